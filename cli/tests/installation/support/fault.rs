//! The faults, each with everything that was left to chance.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use test_installation::gate::Lie;

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
    /// One of two RPC endpoints of every crank lies.
    RpcLies {
        lie: Lie,
        endpoint: usize,
        percent: u8,
        time: Duration,
    },
    /// Subscriptions stay open and say nothing.
    SilentPubSub { time: Duration },
    /// The chain opens no slot and executes nothing.
    ChainHalts { time: Duration },
    /// Slots without a block.
    ChainSkips { slots: u64 },
    /// Slots have another length.
    ChainPace { slot_ms: u64, time: Duration },
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
            | Fault::RpcLies { .. }
            | Fault::SilentPubSub { .. }
            | Fault::ChainHalts { .. }
            | Fault::ChainSkips { .. }
            | Fault::ChainPace { .. }
            | Fault::PostgresRestart { .. }
            | Fault::DiskFull { .. }
            | Fault::ClockJump { .. }
            | Fault::RudeClients { .. } => Duration::ZERO,
        }
    }

    /// From its beginning until it is undone.
    pub(crate) fn time(&self) -> Duration {
        match self {
            Fault::KillCrank { down: time }
            | Fault::KillRelay { down: time }
            | Fault::RedisRestart { down: time }
            | Fault::PostgresRestart { down: time }
            | Fault::TakeOverWithWrongClock { down: time, .. }
            | Fault::PauseCrank { time }
            | Fault::PauseRelay { time }
            | Fault::CrankWithoutRedis { time }
            | Fault::RelayWithoutRedis { time }
            | Fault::CrankWithoutPostgres { time }
            | Fault::ChainOutOfReach { time }
            | Fault::RpcStorm { time, .. }
            | Fault::RpcLies { time, .. }
            | Fault::SilentPubSub { time }
            | Fault::ChainHalts { time }
            | Fault::ChainPace { time, .. }
            | Fault::RedisPause { time }
            | Fault::DiskFull { time }
            | Fault::ClockJump { time, .. }
            | Fault::RudeClients { time } => *time,
            Fault::ChainSkips { .. } => Duration::ZERO,
        }
    }

    /// Whether the process of this name may give up because of it: a crank that cannot write its logs may.
    pub(crate) fn may_end(&self, name: &str) -> bool {
        matches!(self, Fault::DiskFull { .. }) && name.starts_with("crank")
    }

    /// Every kind once, and every lie, with details that follow from the seed.
    pub(crate) fn all(seed: u64) -> Vec<Fault> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut all = of_services(&mut random);
        all.extend(of_machines(&mut random));
        all.extend(of_the_chain(&mut random));
        all
    }
}

fn time(random: &mut StdRng, from_ms: u64, to_ms: u64) -> Duration {
    Duration::from_millis(random.gen_range(from_ms..=to_ms))
}

fn of_services(random: &mut StdRng) -> Vec<Fault> {
    vec![
        Fault::KillCrank {
            down: time(random, 3_000, 6_000),
        },
        Fault::PauseCrank {
            time: time(random, 1_000, 6_000),
        },
        Fault::KillRelay {
            down: time(random, 500, 3_000),
        },
        Fault::PauseRelay {
            time: time(random, 1_000, 4_000),
        },
        Fault::CrankWithoutRedis {
            time: time(random, 1_000, 6_000),
        },
        Fault::RelayWithoutRedis {
            time: time(random, 1_000, 4_000),
        },
        Fault::CrankWithoutPostgres {
            time: time(random, 1_000, 5_000),
        },
        Fault::RedisRestart {
            down: time(random, 500, 3_000),
        },
        Fault::RedisPause {
            time: time(random, 500, 4_000),
        },
        Fault::PostgresRestart {
            down: time(random, 500, 3_000),
        },
    ]
}

fn of_machines(random: &mut StdRng) -> Vec<Fault> {
    let either_way = |random: &mut StdRng, ms: std::ops::RangeInclusive<i64>| {
        random.gen_range(ms) * if random.gen() { 1 } else { -1 }
    };
    vec![
        Fault::DiskFull {
            time: time(random, 2_000, 4_000),
        },
        // Up to an hour, in either direction.
        Fault::ClockJump {
            off_ms: either_way(random, 60_000..=3_600_000),
            time: time(random, 2_000, 4_000),
        },
        Fault::TakeOverWithWrongClock {
            off_ms: either_way(random, 500..=5_000),
            down: time(random, 4_000, 6_000),
        },
        Fault::RudeClients {
            time: time(random, 3_000, 5_000),
        },
    ]
}

fn of_the_chain(random: &mut StdRng) -> Vec<Fault> {
    let mut all = vec![
        Fault::ChainOutOfReach {
            time: time(random, 1_000, 6_000),
        },
        Fault::RpcStorm {
            time: time(random, 3_000, 6_000),
            percent: random.gen_range(50..=95),
        },
        Fault::SilentPubSub {
            time: time(random, 2_000, 5_000),
        },
        Fault::ChainHalts {
            time: time(random, 2_000, 8_000),
        },
        Fault::ChainSkips {
            slots: random.gen_range(1..=40),
        },
        Fault::ChainPace {
            slot_ms: random.gen_range(50..=600),
            time: time(random, 2_000, 5_000),
        },
    ];
    all.extend(Lie::ALL.map(|lie| Fault::RpcLies {
        lie,
        endpoint: random.gen_range(0..2),
        percent: random.gen_range(40..=100),
        time: time(random, 3_000, 6_000),
    }));
    all
}
