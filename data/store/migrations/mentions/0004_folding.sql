-- A folded feed shows each story once: pages walk this index, so that the copies of a raid cost them nothing.
CREATE INDEX readings_not_copies ON readings (seq) WHERE story IS NULL OR story = seq;

-- The place of the newest copy, by which one sees which stories grew.
ALTER TABLE stories ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;
UPDATE stories SET newest = coalesce(
    (SELECT max(r.seq) FROM readings AS r WHERE r.story = stories.story AND r.story <> r.seq), 0
);
CREATE INDEX stories_by_newest ON stories (newest);
