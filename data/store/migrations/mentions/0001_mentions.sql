-- What can be fetched again, and what is counted from it.
CREATE TABLE mentions (
    seq INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    author TEXT,
    author_name TEXT,
    followers INTEGER,
    url TEXT,
    lang TEXT,
    likes INTEGER,
    reposts INTEGER,
    replies INTEGER,
    views INTEGER,
    in_reply_to TEXT,
    html TEXT,
    raw_text TEXT,
    extra TEXT,
    late INTEGER NOT NULL DEFAULT 0,
    UNIQUE (network, id)
) STRICT;
CREATE INDEX mentions_by_time ON mentions (created_ms, seq);

CREATE VIRTUAL TABLE mentions_fts USING fts5 (
    text, author, author_name,
    content = 'mentions', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE minutes (
    minute INTEGER NOT NULL,
    network TEXT NOT NULL,
    mentions INTEGER NOT NULL,
    scored INTEGER NOT NULL DEFAULT 0,
    negative INTEGER NOT NULL DEFAULT 0,
    positive INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, network)
) STRICT, WITHOUT ROWID;

CREATE TABLE readings (seq INTEGER PRIMARY KEY, tone TEXT NOT NULL, words TEXT NOT NULL) STRICT;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash TEXT NOT NULL,
    raw BLOB NOT NULL,
    UNIQUE (source, line, hash)
) STRICT;

CREATE TABLE feeds (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    last_success_ms INTEGER,
    message TEXT NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE assessments (
    minute INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    score REAL NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE agent (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    beat_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE drill_clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    onset_ms INTEGER NOT NULL,
    drill_ms INTEGER NOT NULL,
    real_ms INTEGER,
    speed REAL NOT NULL
) STRICT;
