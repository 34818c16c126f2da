-- What an archived match needs to say what it said while it was live. Rows of before have none of it.
-- Terms: all of them or none.
ALTER TABLE history_matches ADD COLUMN decimals BIGINT;
ALTER TABLE history_matches ADD COLUMN symbol TEXT;
ALTER TABLE history_matches ADD COLUMN players_max BIGINT;
ALTER TABLE history_matches ADD COLUMN warriors_max BIGINT;
ALTER TABLE history_matches ADD COLUMN length_ticks BIGINT;
ALTER TABLE history_matches ADD COLUMN operator BYTEA;
ALTER TABLE history_matches ADD COLUMN rules BYTEA;
ALTER TABLE history_matches ADD COLUMN drip_root BYTEA;
-- The hash of the last state, and the transactions of the steps.
ALTER TABLE history_matches ADD COLUMN final_leaf BYTEA;
ALTER TABLE history_matches ADD COLUMN created_in BYTEA;
ALTER TABLE history_matches ADD COLUMN locked_in BYTEA;
ALTER TABLE history_matches ADD COLUMN started_in BYTEA;
ALTER TABLE history_matches ADD COLUMN proposed_in BYTEA;
ALTER TABLE history_matches ADD COLUMN finalized_in BYTEA;
ALTER TABLE history_checkpoints ADD COLUMN leaf BYTEA;
ALTER TABLE history_checkpoints ADD COLUMN slot BIGINT;
