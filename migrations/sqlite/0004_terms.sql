-- What an archived match needs to say what it said while it was live. Rows of before have none of it.
-- Terms: all of them or none.
ALTER TABLE history_matches ADD COLUMN decimals INTEGER;
ALTER TABLE history_matches ADD COLUMN symbol TEXT;
ALTER TABLE history_matches ADD COLUMN players_max INTEGER;
ALTER TABLE history_matches ADD COLUMN warriors_max INTEGER;
ALTER TABLE history_matches ADD COLUMN length_ticks INTEGER;
ALTER TABLE history_matches ADD COLUMN operator BLOB;
ALTER TABLE history_matches ADD COLUMN rules BLOB;
ALTER TABLE history_matches ADD COLUMN drip_root BLOB;
-- The hash of the last state, and the transactions of the steps.
ALTER TABLE history_matches ADD COLUMN final_leaf BLOB;
ALTER TABLE history_matches ADD COLUMN created_in BLOB;
ALTER TABLE history_matches ADD COLUMN locked_in BLOB;
ALTER TABLE history_matches ADD COLUMN started_in BLOB;
ALTER TABLE history_matches ADD COLUMN proposed_in BLOB;
ALTER TABLE history_matches ADD COLUMN finalized_in BLOB;
ALTER TABLE history_checkpoints ADD COLUMN leaf BLOB;
ALTER TABLE history_checkpoints ADD COLUMN slot INTEGER;
