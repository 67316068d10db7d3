//! The tables of each version.

/// What leads from each version to the next one.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE connection (name TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
    CREATE TABLE token (
        hash BLOB PRIMARY KEY,
        connection TEXT NOT NULL REFERENCES connection (name),
        label TEXT NOT NULL,
        created INTEGER NOT NULL,
        used INTEGER,
        UNIQUE (connection, label)
    ) STRICT;

    CREATE TABLE roster (
        id TEXT PRIMARY KEY,
        email TEXT,
        domain TEXT,
        role TEXT,
        client TEXT,
        facts TEXT NOT NULL,
        created INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        written INTEGER,
        generation INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX roster_by_email ON roster (email);
    CREATE INDEX roster_in_order ON roster (created, id);

    CREATE TABLE person (
        connection TEXT NOT NULL,
        id TEXT NOT NULL,
        user_name TEXT NOT NULL,
        folded TEXT NOT NULL,
        external_id TEXT,
        document TEXT NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (connection, id)
    ) STRICT;
    CREATE UNIQUE INDEX person_by_name ON person (connection, folded);
    CREATE INDEX person_by_external_id ON person (connection, external_id);
    CREATE INDEX person_by_id ON person (id);
    CREATE TABLE address (connection TEXT NOT NULL, email TEXT NOT NULL, id TEXT NOT NULL) STRICT;
    CREATE INDEX address_by_email ON address (connection, email);
    CREATE INDEX address_by_id ON address (connection, id);
    CREATE TABLE tombstone (id TEXT PRIMARY KEY, connection TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

    CREATE TABLE grp (
        connection TEXT NOT NULL,
        id TEXT NOT NULL,
        display_name TEXT NOT NULL,
        folded TEXT NOT NULL,
        external_id TEXT,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (connection, id)
    ) STRICT;
    CREATE UNIQUE INDEX grp_by_name ON grp (connection, folded);
    CREATE TABLE member (
        connection TEXT NOT NULL,
        grp TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (connection, grp, id)
    ) STRICT;
    CREATE INDEX member_by_id ON member (connection, id);

    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        connection TEXT NOT NULL,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        disables INTEGER NOT NULL,
        what TEXT NOT NULL,
        state TEXT NOT NULL,
        plan TEXT,
        attempts TEXT,
        outcome TEXT,
        tries INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        result TEXT,
        is_answered INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outbox_open ON outbox (state, disables DESC, id) WHERE state IN ('queued', 'held', 'running');
    CREATE INDEX outbox_by_subject ON outbox (subject, id);
    CREATE INDEX outbox_leavers ON outbox (connection, created) WHERE disables;

    CREATE TABLE audit (
        at INTEGER NOT NULL,
        connection TEXT NOT NULL,
        request TEXT NOT NULL,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        status INTEGER NOT NULL,
        fields TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_time ON audit (at);
"];
