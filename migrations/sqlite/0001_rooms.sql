-- Rooms of the store. Times are Unix milliseconds unless the name says otherwise, amounts are base units of the
-- match's mint, keys and digests are 32-byte blobs, signatures 64-byte blobs.

-- intents: what the crank wants to do on chain, written before it is sent.
CREATE TABLE intents (
    id                      INTEGER PRIMARY KEY AUTOINCREMENT,
    match_key               BLOB    NOT NULL,
    kind                    TEXT    NOT NULL,
    ordinal                 INTEGER NOT NULL,
    state                   TEXT    NOT NULL,
    signature               BLOB,
    last_valid_block_height INTEGER,
    transaction_bytes       BLOB,
    slot                    INTEGER,
    reason                  TEXT,
    attempts                INTEGER NOT NULL DEFAULT 0,
    created_at_ms           INTEGER NOT NULL,
    updated_at_ms           INTEGER NOT NULL,
    UNIQUE (match_key, kind, ordinal)
);
CREATE INDEX intents_open ON intents (state, id) WHERE state IN ('queued', 'sent', 'unknown');

-- matches: the operator's own view.
CREATE TABLE matches (
    match_key         BLOB    NOT NULL PRIMARY KEY,
    operator          BLOB    NOT NULL,
    match_id          INTEGER NOT NULL,
    mode              INTEGER NOT NULL,
    mint              BLOB    NOT NULL,
    rules             BLOB    NOT NULL,
    stake_per_warrior INTEGER NOT NULL,
    players_max       INTEGER NOT NULL,
    warriors_max      INTEGER NOT NULL,
    scheduled_slot    INTEGER NOT NULL,
    status            TEXT    NOT NULL,
    created_at_ms     INTEGER NOT NULL,
    start_unix_us     INTEGER,
    UNIQUE (operator, match_id)
);
CREATE INDEX matches_status ON matches (status);

-- history: what the public may read.
CREATE TABLE history_matches (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    match_key         BLOB    NOT NULL UNIQUE,
    match_id          INTEGER NOT NULL,
    mode              INTEGER NOT NULL,
    status            TEXT    NOT NULL,
    mint              BLOB    NOT NULL,
    stake_per_warrior INTEGER NOT NULL,
    rules_hash        BLOB    NOT NULL,
    players           INTEGER NOT NULL,
    warriors          INTEGER NOT NULL,
    pot               INTEGER NOT NULL,
    fee               INTEGER NOT NULL,
    burn              INTEGER NOT NULL,
    seed              BLOB,
    genesis_leaf      BLOB,
    winner            BLOB,
    ticks             INTEGER NOT NULL,
    created_at_ms     INTEGER NOT NULL,
    started_at_ms     INTEGER,
    ended_at_ms       INTEGER,
    replay_file       TEXT
);
CREATE INDEX history_matches_status ON history_matches (status, seq);

CREATE TABLE history_entries (
    match_key   BLOB    NOT NULL,
    slot        INTEGER NOT NULL,
    player      BLOB    NOT NULL,
    session_key BLOB    NOT NULL,
    warriors    INTEGER NOT NULL,
    paid        INTEGER NOT NULL,
    late        INTEGER NOT NULL,
    signature   BLOB,
    PRIMARY KEY (match_key, slot)
);
CREATE INDEX history_entries_player ON history_entries (player);

CREATE TABLE history_checkpoints (
    match_key    BLOB    NOT NULL,
    idx          INTEGER NOT NULL,
    tick         INTEGER NOT NULL,
    digest       BLOB    NOT NULL,
    signature    BLOB,
    posted_at_ms INTEGER,
    PRIMARY KEY (match_key, idx)
);

CREATE TABLE history_placements (
    match_key       BLOB    NOT NULL,
    slot            INTEGER NOT NULL,
    player          BLOB    NOT NULL,
    place           INTEGER NOT NULL,
    paid            INTEGER NOT NULL,
    payout          INTEGER NOT NULL,
    refunded        INTEGER NOT NULL,
    warriors        INTEGER NOT NULL,
    warriors_alive  INTEGER NOT NULL,
    hp_centi        INTEGER NOT NULL,
    eliminations    INTEGER NOT NULL,
    damage_centi    INTEGER NOT NULL,
    claim_signature BLOB,
    PRIMARY KEY (match_key, slot)
);
CREATE INDEX history_placements_player ON history_placements (player);

-- A row here means: the result is recorded and counted in player_stats.
CREATE TABLE history_results (
    match_key BLOB NOT NULL PRIMARY KEY
);

CREATE TABLE history_eliminations (
    match_key        BLOB    NOT NULL,
    idx              INTEGER NOT NULL,
    tick             INTEGER NOT NULL,
    victim_warrior   INTEGER NOT NULL,
    victim_slot      INTEGER NOT NULL,
    attacker_warrior INTEGER,
    attacker_slot    INTEGER,
    PRIMARY KEY (match_key, idx)
);

-- One row for each player and mint: amounts of different mints cannot be added.
CREATE TABLE player_stats (
    player        BLOB    NOT NULL,
    mint          BLOB    NOT NULL,
    matches       INTEGER NOT NULL,
    wins          INTEGER NOT NULL,
    eliminations  INTEGER NOT NULL,
    warriors_lost INTEGER NOT NULL,
    damage_centi  INTEGER NOT NULL,
    staked        INTEGER NOT NULL,
    won           INTEGER NOT NULL,
    PRIMARY KEY (player, mint)
);
CREATE INDEX player_stats_won ON player_stats (won DESC, wins DESC);

-- bans: one current ban for each wallet, and the flags that led to it.
CREATE TABLE bans (
    wallet      BLOB    NOT NULL PRIMARY KEY,
    reason      TEXT    NOT NULL,
    since_ms    INTEGER NOT NULL,
    until_ms    INTEGER
);

CREATE TABLE flags (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    wallet BLOB    NOT NULL,
    kind   TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL
);
CREATE INDEX flags_wallet ON flags (wallet, at_ms);
