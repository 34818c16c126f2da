-- Several cranks on one database. fence is the highest token under which a crank owned the match; it only grows, and a
-- crank with a lower one writes nothing more. 0: nobody took it yet, or its crank works alone. holder is that crank's name.
ALTER TABLE matches ADD COLUMN fence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE matches ADD COLUMN holder TEXT;
-- Every crank lists the unfinished matches several times a second. The old index could not help with that, and cost a
-- write at each change of phase.
DROP INDEX matches_status;
CREATE INDEX matches_unfinished ON matches (created_at_ms, match_id) WHERE status NOT IN ('closed', 'abandoned');

-- Replay files, for relays on other machines than the crank. Not a column of history_matches: lists must not read them.
CREATE TABLE history_replays (
    match_key BYTEA NOT NULL PRIMARY KEY,
    bytes     BYTEA NOT NULL
);
-- Most of a replay are signatures, which no compression makes shorter.
ALTER TABLE history_replays ALTER COLUMN bytes SET STORAGE EXTERNAL;
