-- Pages of lists that grow: the index of replays, and the leaderboard of one mint.
CREATE INDEX history_matches_replay ON history_matches (seq) WHERE replay_file IS NOT NULL;
CREATE INDEX player_stats_mint_won ON player_stats (mint, won DESC, wins DESC, player);
