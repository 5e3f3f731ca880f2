"""What is remembered: keys, their usage, the audit and what is scheduled, in one SQLite file."""

from agentd.store.agenda import Agenda, Scheduled
from agentd.store.audit import Audit
from agentd.store.database import Database, StoreError
from agentd.store.key import Grant, Key, Scope
from agentd.store.keys import Keys

__all__ = [
    "Agenda",
    "Audit",
    "Database",
    "Grant",
    "Key",
    "Keys",
    "Scheduled",
    "Scope",
    "StoreError",
]
