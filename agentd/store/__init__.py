"""What is remembered in one SQLite file: keys, usage, the audit, what is scheduled and noted."""

from agentd.store.agenda import Agenda, Scheduled
from agentd.store.audit import Audit
from agentd.store.database import Database, StoreError
from agentd.store.key import Grant, Key, Scope
from agentd.store.keys import Keys
from agentd.store.lists import Lists

__all__ = [
    "Agenda",
    "Audit",
    "Database",
    "Grant",
    "Key",
    "Keys",
    "Lists",
    "Scheduled",
    "Scope",
    "StoreError",
]
