"""The tables, one migration after the other. A migration that was released never changes."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
    CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        hash BLOB NOT NULL,
        scopes TEXT NOT NULL,
        created REAL NOT NULL,
        last_used REAL,
        revoked REAL
    ) WITHOUT ROWID
    """,
        """
    CREATE TABLE audit (
        receipt TEXT PRIMARY KEY,
        started REAL NOT NULL,
        took_s REAL NOT NULL,
        who TEXT NOT NULL,
        door TEXT NOT NULL,
        words TEXT NOT NULL,
        tool TEXT NOT NULL,
        device TEXT NOT NULL,
        arguments TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT NOT NULL,
        status TEXT NOT NULL,
        state TEXT NOT NULL,
        message TEXT NOT NULL,
        trace TEXT NOT NULL,
        conversation TEXT NOT NULL
    )
    """,
        "CREATE INDEX audit_by_time ON audit (started)",
    ),
    (
        """
    CREATE TABLE schedule (
        id TEXT PRIMARY KEY,
        due REAL NOT NULL,
        tool TEXT NOT NULL,
        arguments TEXT NOT NULL,
        for_s REAL NOT NULL,
        who TEXT NOT NULL,
        words TEXT NOT NULL,
        language TEXT NOT NULL,
        conversation TEXT NOT NULL,
        trace TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    ),
    (
        """
    CREATE TABLE usage (
        day TEXT NOT NULL,
        who TEXT NOT NULL,
        asked INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        motion_s REAL NOT NULL,
        PRIMARY KEY (day, who)
    ) WITHOUT ROWID
    """,
    ),
    (
        # `devices` is a JSON list, NULL where every device may be touched.
        "ALTER TABLE keys ADD COLUMN expires REAL",
        "ALTER TABLE keys ADD COLUMN devices TEXT",
        "UPDATE keys SET scopes = trim(scopes || ' estop')",
        "ALTER TABLE schedule ADD COLUMN key TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE schedule ADD COLUMN devices TEXT",
        "ALTER TABLE audit ADD COLUMN key TEXT NOT NULL DEFAULT ''",
    ),
    (
        """
    CREATE TABLE list_entries (
        list TEXT NOT NULL,
        entry TEXT NOT NULL,
        added REAL NOT NULL,
        PRIMARY KEY (list, entry)
    ) WITHOUT ROWID
    """,
        "ALTER TABLE schedule ADD COLUMN left_s REAL NOT NULL DEFAULT 0",
    ),
)
"""`MIGRATIONS[n]` brings a database from `user_version` n to n + 1."""
