-- The log of events, and the tables that follow from it.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    v INTEGER NOT NULL,
    min_reader INTEGER NOT NULL,
    incident TEXT,
    actor TEXT NOT NULL,
    replica TEXT NOT NULL,
    counter INTEGER NOT NULL,
    prev TEXT NOT NULL,
    hlc_ms INTEGER NOT NULL,
    hlc_n INTEGER NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL CHECK (length(CAST(body AS BLOB)) <= 65536),
    sig TEXT,
    hash TEXT NOT NULL,
    UNIQUE (replica, counter)
) STRICT;
CREATE INDEX events_by_incident ON events (incident, seq);
CREATE INDEX events_by_time ON events (hlc_ms, hlc_n);

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_never_vanish BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

-- From here on everything follows from events; `stamp` is the hybrid time and
-- replica of the last writer, as text that sorts.
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    phase TEXT NOT NULL,
    level INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    detected_at TEXT NOT NULL
) STRICT;

CREATE TABLE steps (
    incident TEXT NOT NULL,
    playbook TEXT NOT NULL,
    step TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (incident, playbook, step)
) STRICT;

CREATE TABLE step_states (
    incident TEXT NOT NULL,
    playbook TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    evidence TEXT,
    stamp TEXT NOT NULL,
    PRIMARY KEY (incident, playbook, step)
) STRICT;

CREATE TABLE level_changes (
    proposed INTEGER NOT NULL,
    event TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    before INTEGER NOT NULL,
    after INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    stamp TEXT NOT NULL
) STRICT;
CREATE INDEX level_changes_in_order ON level_changes (stamp);

CREATE TABLE revisions (
    statement TEXT NOT NULL,
    hash TEXT NOT NULL,
    parent TEXT,
    incident TEXT,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (statement, hash)
) STRICT;

CREATE TABLE evidence (
    hash TEXT PRIMARY KEY,
    kept_at TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Drafts are not events: they are the editor's buffer, at most 250 ms behind.
CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    statement TEXT NOT NULL,
    incident TEXT,
    base TEXT,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;
