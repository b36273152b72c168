-- What people stated about the crisis: each word on a fact, so that any past moment can be looked at.
CREATE TABLE fact_changes (
    event TEXT PRIMARY KEY,
    fact TEXT NOT NULL,
    holds INTEGER NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    stamp TEXT NOT NULL
) STRICT;
CREATE INDEX fact_changes_in_order ON fact_changes (fact, stamp);
