-- What is read from mentions beside their tone: the crisis type, cues for floors, and the story they belong to.
ALTER TABLE readings ADD COLUMN score REAL;
ALTER TABLE readings ADD COLUMN type TEXT;
ALTER TABLE readings ADD COLUMN about TEXT;
-- The first mention that said the same; null for mentions that were read before there were stories.
ALTER TABLE readings ADD COLUMN story INTEGER;
ALTER TABLE readings ADD COLUMN hint INTEGER NOT NULL DEFAULT 0;
-- The watches that it speaks of, where there are several.
ALTER TABLE readings ADD COLUMN watches TEXT;
ALTER TABLE readings ADD COLUMN model TEXT;
CREATE INDEX readings_of_stories ON readings (story, seq) WHERE story <> seq;

-- How many mentions of a minute are of a kind: type:security, votes, hint, cue:injury.
CREATE TABLE tallies (
    minute INTEGER NOT NULL,
    kind TEXT NOT NULL,
    mentions INTEGER NOT NULL,
    PRIMARY KEY (minute, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE cues (
    created_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    seq INTEGER NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (created_ms, kind, seq)
) STRICT, WITHOUT ROWID;

-- Mentions of a minute that repeat a story; the first one of a story is not counted here.
CREATE TABLE story_minutes (
    minute INTEGER NOT NULL,
    story INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    PRIMARY KEY (minute, story)
) STRICT, WITHOUT ROWID;

-- Stories that were repeated, and how often.
CREATE TABLE stories (story INTEGER PRIMARY KEY, copies INTEGER NOT NULL) STRICT;

ALTER TABLE mentions ADD COLUMN author_created_ms INTEGER;
