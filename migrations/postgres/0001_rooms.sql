-- Rooms of the store. Times are Unix milliseconds unless the name says otherwise, amounts are base units of the
-- match's mint, keys and digests are 32 bytes, signatures 64 bytes.
-- Integers are all of 64 bits, as in SQLite, so that both databases are read by the same code.

-- intents: what the crank wants to do on chain, written before it is sent.
CREATE TABLE intents (
    id                      BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    match_key               BYTEA   NOT NULL,
    kind                    TEXT    NOT NULL,
    ordinal                 BIGINT  NOT NULL,
    state                   TEXT    NOT NULL,
    signature               BYTEA,
    last_valid_block_height BIGINT,
    transaction_bytes       BYTEA,
    slot                    BIGINT,
    reason                  TEXT,
    attempts                BIGINT  NOT NULL DEFAULT 0,
    created_at_ms           BIGINT  NOT NULL,
    updated_at_ms           BIGINT  NOT NULL,
    UNIQUE (match_key, kind, ordinal)
);
CREATE INDEX intents_open ON intents (state, id) WHERE state IN ('queued', 'sent', 'unknown');

-- matches: the operator's own view.
CREATE TABLE matches (
    match_key         BYTEA   NOT NULL PRIMARY KEY,
    operator          BYTEA   NOT NULL,
    match_id          BIGINT  NOT NULL,
    mode              BIGINT  NOT NULL,
    mint              BYTEA   NOT NULL,
    rules             BYTEA   NOT NULL,
    stake_per_warrior BIGINT  NOT NULL,
    players_max       BIGINT  NOT NULL,
    warriors_max      BIGINT  NOT NULL,
    scheduled_slot    BIGINT  NOT NULL,
    status            TEXT    NOT NULL,
    created_at_ms     BIGINT  NOT NULL,
    start_unix_us     BIGINT,
    UNIQUE (operator, match_id)
);
CREATE INDEX matches_status ON matches (status);

-- history: what the public may read.
CREATE TABLE history_matches (
    seq               BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    match_key         BYTEA   NOT NULL UNIQUE,
    match_id          BIGINT  NOT NULL,
    mode              BIGINT  NOT NULL,
    status            TEXT    NOT NULL,
    mint              BYTEA   NOT NULL,
    stake_per_warrior BIGINT  NOT NULL,
    rules_hash        BYTEA   NOT NULL,
    players           BIGINT  NOT NULL,
    warriors          BIGINT  NOT NULL,
    pot               BIGINT  NOT NULL,
    fee               BIGINT  NOT NULL,
    burn              BIGINT  NOT NULL,
    seed              BYTEA,
    genesis_leaf      BYTEA,
    winner            BYTEA,
    ticks             BIGINT  NOT NULL,
    created_at_ms     BIGINT  NOT NULL,
    started_at_ms     BIGINT,
    ended_at_ms       BIGINT,
    replay_file       TEXT
);
CREATE INDEX history_matches_status ON history_matches (status, seq);

CREATE TABLE history_entries (
    match_key   BYTEA   NOT NULL,
    slot        BIGINT  NOT NULL,
    player      BYTEA   NOT NULL,
    session_key BYTEA   NOT NULL,
    warriors    BIGINT  NOT NULL,
    paid        BIGINT  NOT NULL,
    late        BOOLEAN NOT NULL,
    signature   BYTEA,
    PRIMARY KEY (match_key, slot)
);
CREATE INDEX history_entries_player ON history_entries (player);

CREATE TABLE history_checkpoints (
    match_key    BYTEA   NOT NULL,
    idx          BIGINT  NOT NULL,
    tick         BIGINT  NOT NULL,
    digest       BYTEA   NOT NULL,
    signature    BYTEA,
    posted_at_ms BIGINT,
    PRIMARY KEY (match_key, idx)
);

CREATE TABLE history_placements (
    match_key       BYTEA   NOT NULL,
    slot            BIGINT  NOT NULL,
    player          BYTEA   NOT NULL,
    place           BIGINT  NOT NULL,
    paid            BIGINT  NOT NULL,
    payout          BIGINT  NOT NULL,
    refunded        BOOLEAN NOT NULL,
    warriors        BIGINT  NOT NULL,
    warriors_alive  BIGINT  NOT NULL,
    hp_centi        BIGINT  NOT NULL,
    eliminations    BIGINT  NOT NULL,
    damage_centi    BIGINT  NOT NULL,
    claim_signature BYTEA,
    PRIMARY KEY (match_key, slot)
);
CREATE INDEX history_placements_player ON history_placements (player);

-- A row here means: the result is recorded and counted in player_stats.
CREATE TABLE history_results (
    match_key BYTEA NOT NULL PRIMARY KEY
);

CREATE TABLE history_eliminations (
    match_key        BYTEA   NOT NULL,
    idx              BIGINT  NOT NULL,
    tick             BIGINT  NOT NULL,
    victim_warrior   BIGINT  NOT NULL,
    victim_slot      BIGINT  NOT NULL,
    attacker_warrior BIGINT,
    attacker_slot    BIGINT,
    PRIMARY KEY (match_key, idx)
);

-- One row for each player and mint: amounts of different mints cannot be added.
CREATE TABLE player_stats (
    player        BYTEA   NOT NULL,
    mint          BYTEA   NOT NULL,
    matches       BIGINT  NOT NULL,
    wins          BIGINT  NOT NULL,
    eliminations  BIGINT  NOT NULL,
    warriors_lost BIGINT  NOT NULL,
    damage_centi  BIGINT  NOT NULL,
    staked        BIGINT  NOT NULL,
    won           BIGINT  NOT NULL,
    PRIMARY KEY (player, mint)
);
CREATE INDEX player_stats_won ON player_stats (won DESC, wins DESC);

-- bans: one current ban for each wallet, and the flags that led to it.
CREATE TABLE bans (
    wallet      BYTEA   NOT NULL PRIMARY KEY,
    reason      TEXT    NOT NULL,
    since_ms    BIGINT  NOT NULL,
    until_ms    BIGINT
);

CREATE TABLE flags (
    id     BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wallet BYTEA   NOT NULL,
    kind   TEXT    NOT NULL,
    at_ms  BIGINT  NOT NULL
);
CREATE INDEX flags_wallet ON flags (wallet, at_ms);
