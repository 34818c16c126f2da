//! The faults, and a seeded order of them.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// Within so long a match whose crank is gone ticks again.
const FAILOVER: Duration = Duration::from_secs(3);

/// Something that goes wrong, with everything that was left to chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9` of the crank with the most matches; it is started again after a while.
    KillCrank { down: Duration },
    /// A crank is frozen, for longer than its leases live or not.
    PauseCrank { time: Duration },
    /// `kill -9` of a relay; it is started again.
    KillRelay { down: Duration },
    /// A relay is frozen: its sockets stay open and say nothing.
    PauseRelay { time: Duration },
    /// A crank cannot reach Redis; everybody else can.
    CrankWithoutRedis { time: Duration },
    /// A relay cannot reach Redis.
    RelayWithoutRedis { time: Duration },
    /// A crank cannot reach PostgreSQL.
    CrankWithoutPostgres { time: Duration },
    /// No crank can reach the chain, neither RPC nor PubSub.
    ChainOutOfReach { time: Duration },
    /// The RPC answers most requests with 429 and 500.
    RpcStorm { time: Duration, percent: u8 },
    /// A Redis node ends, with all its data, and comes back empty.
    RedisRestart { down: Duration },
    /// A Redis node is frozen for longer than the others wait for it.
    RedisPause { time: Duration },
    /// PostgreSQL ends as in a power cut and comes back.
    PostgresRestart { down: Duration },
    /// No file of a crank may grow any more.
    DiskFull { time: Duration },
    /// The wall clock of a crank is set forwards or backwards, and later set right.
    ClockJump { off_ms: i64, time: Duration },
    /// A crank is killed, and the one that goes on has a wall clock that is seconds off.
    TakeOverWithWrongClock { off_ms: i64, down: Duration },
    /// Clients that do not read, and clients that send garbage.
    RudeClients { time: Duration },
}

impl Fault {
    /// How long a client may wait for a tick because of it.
    pub(crate) fn hole_max(&self) -> Duration {
        match self {
            // Another crank goes on.
            Fault::KillCrank { .. }
            | Fault::PauseCrank { .. }
            | Fault::CrankWithoutRedis { .. }
            // It cannot post checkpoints, and may lose its leases to one that can.
            | Fault::CrankWithoutPostgres { .. } => FAILOVER,
            // It goes on where its clock says that the match is.
            Fault::TakeOverWithWrongClock { off_ms, .. } => FAILOVER + Duration::from_millis(off_ms.unsigned_abs()),
            // What all ticks go through is away: as long as that, and until everybody found each other again.
            Fault::RedisRestart { down: time } | Fault::RedisPause { time } => *time + 2 * FAILOVER,
            Fault::RelayWithoutRedis { time } | Fault::PauseRelay { time } => *time + FAILOVER,
            // Clients move to another relay.
            Fault::KillRelay { .. } => FAILOVER,
            // Ticks need none of these.
            Fault::ChainOutOfReach { .. }
            | Fault::RpcStorm { .. }
            | Fault::PostgresRestart { .. }
            | Fault::DiskFull { .. }
            | Fault::ClockJump { .. }
            | Fault::RudeClients { .. } => Duration::ZERO,
        }
    }

    /// Whether the process of this name may give up because of it: a crank that cannot write its logs may.
    pub(crate) fn may_end(&self, name: &str) -> bool {
        matches!(self, Fault::DiskFull { .. }) && name.starts_with("crank")
    }

    /// Every kind once, in an order and with details that follow from the seed.
    pub(crate) fn deck(seed: u64) -> Vec<Fault> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut time = |from_ms: u64, to_ms: u64| Duration::from_millis(random.gen_range(from_ms..=to_ms));
        let mut deck = vec![
            Fault::KillCrank {
                down: time(3_000, 6_000),
            },
            Fault::PauseCrank {
                time: time(1_000, 6_000),
            },
            Fault::KillRelay {
                down: time(500, 3_000),
            },
            Fault::PauseRelay {
                time: time(1_000, 4_000),
            },
            Fault::CrankWithoutRedis {
                time: time(1_000, 6_000),
            },
            Fault::RelayWithoutRedis {
                time: time(1_000, 4_000),
            },
            Fault::CrankWithoutPostgres {
                time: time(1_000, 5_000),
            },
            Fault::ChainOutOfReach {
                time: time(1_000, 6_000),
            },
            Fault::DiskFull {
                time: time(2_000, 4_000),
            },
            Fault::RudeClients {
                time: time(3_000, 5_000),
            },
            Fault::PostgresRestart {
                down: time(500, 3_000),
            },
        ];
        let more = [Fault::RpcStorm {
            time: time(3_000, 6_000),
            percent: random.gen_range(50..=95),
        }];
        deck.extend(more);
        let down = Duration::from_millis(random.gen_range(500..=3_000));
        deck.push(Fault::RedisRestart { down });
        let time = Duration::from_millis(random.gen_range(500..=4_000));
        deck.push(Fault::RedisPause { time });
        // Up to an hour, in either direction.
        let off_ms = random.gen_range(60_000..=3_600_000) * if random.gen() { 1 } else { -1 };
        let time = Duration::from_millis(random.gen_range(2_000..=4_000));
        deck.push(Fault::ClockJump { off_ms, time });
        let off_ms = random.gen_range(500..=5_000) * if random.gen() { 1 } else { -1 };
        let down = Duration::from_millis(random.gen_range(4_000..=6_000));
        deck.push(Fault::TakeOverWithWrongClock { off_ms, down });
        deck.shuffle(&mut random);
        deck
    }
}
