-- What people decided about single mentions, one row an act; of each field the
-- act with the highest stamp stands, and a value of NULL takes it back.
CREATE TABLE triage_acts (
    event TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT,
    note TEXT,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    stamp TEXT NOT NULL
) STRICT;
CREATE INDEX triage_acts_by_subject ON triage_acts (subject, field, stamp);
CREATE INDEX triage_acts_by_field ON triage_acts (field, stamp);

-- Whom the keyed hashes in events mean. Follows from no event and may be erased:
-- the log of events then stands whole and names nobody.
CREATE TABLE subjects (
    key TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX subjects_by_mention ON subjects (network, id);
CREATE INDEX subjects_by_time ON subjects (created_ms);
