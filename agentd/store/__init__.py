"""What is remembered: keys and the audit of every call, in one SQLite file."""

from agentd.store.audit import Audit
from agentd.store.database import Database, StoreError
from agentd.store.keys import Grant, Key, Keys, Scope

__all__ = ["Audit", "Database", "Grant", "Key", "Keys", "Scope", "StoreError"]
