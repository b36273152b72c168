-- What became of mentions after they came, spans that could not be read, and how the ways in are doing.

-- The newest form of a mention that changed; its original stays in mentions. `changed` rises with every change.
CREATE TABLE states (
    seq INTEGER PRIMARY KEY,
    changed INTEGER NOT NULL,
    text TEXT,
    edited_ms INTEGER,
    deleted_ms INTEGER,
    likes INTEGER,
    reposts INTEGER,
    replies INTEGER,
    views INTEGER
) STRICT;
CREATE INDEX states_by_change ON states (changed);

CREATE TABLE edits (
    seq INTEGER NOT NULL,
    noticed_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (seq, noticed_ms, text)
) STRICT, WITHOUT ROWID;

-- Mentions whose source can look at them again, and when that was done last.
CREATE TABLE tracked (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    handle TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    checked_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tracked_by_age ON tracked (source, created_ms);
CREATE INDEX tracked_by_handle ON tracked (source, handle);

-- A gap has a row in mentions too, of the network "(gap)", so that it stands in its place of the feed.
CREATE TABLE gaps (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE limits (host TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;

CREATE TABLE costs (
    source TEXT NOT NULL,
    month TEXT NOT NULL,
    micro_usd INTEGER NOT NULL,
    PRIMARY KEY (source, month)
) STRICT, WITHOUT ROWID;

ALTER TABLE feeds ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN next_ms INTEGER;
ALTER TABLE feeds ADD COLUMN remaining INTEGER;
ALTER TABLE feeds ADD COLUMN budget INTEGER;
ALTER TABLE feeds ADD COLUMN resets_ms INTEGER;
-- Set when a person asks to look now.
ALTER TABLE feeds ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
