//! The tables of each version.

/// What leads from each version to the next one. Times are milliseconds of the Unix epoch.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        at INTEGER,
        user_id TEXT,
        user_email TEXT,
        subject_id TEXT,
        raw TEXT NOT NULL,
        source TEXT NOT NULL,
        is_hint INTEGER NOT NULL,
        received INTEGER NOT NULL,
        state TEXT NOT NULL,
        tries INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        reason TEXT,
        ended INTEGER
    ) STRICT;
    CREATE INDEX event_by_moment ON event (at, kind);
    CREATE INDEX event_due ON event (not_before, seq) WHERE state = 'new';
    CREATE INDEX event_dead ON event (seq) WHERE state = 'dead';
    CREATE INDEX event_ended ON event (ended) WHERE state = 'done';
    CREATE TABLE sighting (
        source TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        event INTEGER NOT NULL REFERENCES event (seq) ON DELETE CASCADE,
        PRIMARY KEY (source, kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sighting_by_id ON sighting (id);
    CREATE INDEX sighting_by_event ON sighting (event, source);
"];
