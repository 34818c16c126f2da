//! Tick threads: deadlines, catch-up, logging before acking, and what is told to the rest of the crank.

use std::sync::{Arc, Mutex};

use arena::Rules;
use bus::{Bus, InputOutcome, Rejected, Subscription};
use ed25519_dalek::SigningKey;
use protocol::codes::RejectReason;
use protocol::directory::{Amount, MatchDetail, MatchEvent, MatchStatus, MatchSummary, Mode};
use protocol::input::{Input, SignedInput};
use protocol::log::LogRecord;
use protocol::receipt::Receipt;
use protocol::wire::{Snapshot, StateFrame};
use protocol::{Hash, PlayerSlot, PublicKey, SessionKey, Tick, WarriorIndex};

use solana_keypair::Keypair;
use tokio::sync::oneshot;

use super::*;
use crate::clock::MonotonicUs;
use crate::drip::DripChain;
use crate::journal::{InputLog, JournalError, Judged};
use crate::live::tests::revealed;
use crate::live::{InputWindow, LiveMatch, MatchSetup, VerifiedInput};
use crate::receipts::Notary;

const RULES: Rules = Rules {
    length_ticks: 360,
    shrink_start_ticks: 180,
    ..Rules::BLITZ
};
const KEY: MatchKey = MatchKey([6; 32]);

/// A clock that moves when it is told to.
#[derive(Default)]
struct HandClock(Mutex<i64>);

impl HandClock {
    fn set(&self, us: i64) {
        *self.0.lock().unwrap() = us;
    }
}

impl Clock for HandClock {
    fn unix_us(&self) -> i64 {
        *self.0.lock().unwrap()
    }
    fn monotonic(&self) -> MonotonicUs {
        MonotonicUs(*self.0.lock().unwrap())
    }
}

/// A log in memory that can run out of disk.
#[derive(Clone, Default)]
struct MemoryLog(Arc<Mutex<(Vec<LogRecord>, bool)>>);

impl InputLog for MemoryLog {
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
        let mut inner = self.0.lock().unwrap();
        if inner.1 {
            return Err(JournalError::Torn {
                path: "memory".into(),
            });
        }
        inner.0.push(record.clone());
        Ok(())
    }

    fn acknowledge(&mut self, reply: oneshot::Sender<InputOutcome>, judged: Judged) {
        let _ = reply.send(notary().sign(judged));
    }
}

fn notary() -> Notary {
    Notary::of(&Keypair::new_from_array([8; 32]))
}

/// The answer to the first input, accepted for `tick`.
fn accepted(signed: &SignedInput, tick: u32) -> InputOutcome {
    notary().sign(Ok(Receipt::of(&signed.input, Tick(tick))))
}

struct Bench {
    runner: Runner,
    clock: HandClock,
    notices: mpsc::Receiver<Notice>,
    inputs: mpsc::Sender<VerifiedEnvelope>,
    log: MemoryLog,
    followed: Subscription,
    key: SigningKey,
    next: (u32, Hash),
}

pub(super) fn detail() -> MatchDetail {
    let summary = MatchSummary {
        match_key: KEY,
        match_id: 1,
        mode: Mode::Blitz,
        status: MatchStatus::Live,
        mint: PublicKey([0; 32]),
        decimals: 6,
        symbol: "TEST".into(),
        stake_per_warrior: Amount(1),
        players: 2,
        players_max: 2,
        warriors: 2,
        warriors_max: 2,
        pot: Amount(2),
        tick: Tick(0),
        length_ticks: RULES.length_ticks.into(),
        created_at_ms: 0,
        starts_at_ms: None,
    };
    MatchDetail {
        summary,
        operator: PublicKey([0; 32]),
        rules_hash: Hash([0; 32]),
        rules: Vec::new(),
        drip_root: Hash([0; 32]),
        seed: None,
        genesis_leaf: None,
        players: Vec::new(),
        checkpoints: Vec::new(),
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

fn setup() -> MatchSetup {
    MatchSetup {
        match_key: KEY,
        rules: RULES,
        capacity: 2,
        owners: vec![0, 1],
        seed: [1; 32],
        drip: DripChain::new([2; 32], RULES.checkpoint_count()),
        window: InputWindow::default(),
        cheat: None,
    }
}

impl Bench {
    /// One match with two warriors, starting at 0.
    fn new(notices_max: usize) -> Self {
        Self::of(notices_max, revealed(LiveMatch::new(setup()).unwrap()))
    }

    /// As [`Bench::new`], with no beacon known.
    fn unrevealed(notices_max: usize) -> Self {
        Self::of(notices_max, LiveMatch::new(setup()).unwrap())
    }

    fn reveal_at(&mut self, us: i64, checkpoint: u32, beacon: arena::Digest) {
        self.runner.reveal(KEY, checkpoint, beacon, MonotonicUs(us));
    }

    fn of(notices_max: usize, live: LiveMatch) -> Self {
        let bus = Bus::default();
        let (publisher, _queue) = bus.open_match(detail()).unwrap();
        let followed = bus.subscribe(&KEY).unwrap();
        let (notices_in, notices) = mpsc::channel(notices_max);
        let (inputs, receiver) = mpsc::channel(16);
        let log = MemoryLog::default();
        let mut runner = Runner::new(notices_in, Arc::default());
        runner.adopt(Adoption {
            live,
            start: MonotonicUs(0),
            log: Box::new(log.clone()),
            publisher,
            inputs: receiver,
        });
        let key = SigningKey::from_bytes(&[1; 32]);
        Self {
            runner,
            clock: HandClock::default(),
            notices,
            inputs,
            log,
            followed,
            key,
            next: (1, Hash::default()),
        }
    }

    fn run_at(&mut self, us: i64) -> Option<MonotonicUs> {
        self.clock.set(us);
        self.runner.run_due(MonotonicUs(us), &self.clock)
    }

    /// The first input of player 0.
    fn first(&self, heading: u8) -> SignedInput {
        let input = Input {
            match_key: KEY,
            slot: PlayerSlot(0),
            sequence: self.next.0,
            previous: self.next.1,
            tick: Tick(0),
            warrior: WarriorIndex(0),
            heading,
        };
        input.sign(&self.key)
    }

    fn send(&mut self, heading: u8) -> oneshot::Receiver<InputOutcome> {
        let signed = self.first(heading);
        let session = SessionKey(self.key.verifying_key().to_bytes());
        let (reply, answer) = oneshot::channel();
        let input = VerifiedInput::verify(signed, &session).unwrap();
        self.inputs.try_send(VerifiedEnvelope { input, reply }).unwrap();
        answer
    }

    fn frames(&mut self) -> Vec<u32> {
        let mut ticks = Vec::new();
        while let Ok(frame) = self.followed.frames.try_recv() {
            ticks.push(frame.tick.0);
        }
        ticks
    }
}

#[test]
fn ticks_come_at_their_deadlines_and_not_before() {
    let mut bench = Bench::new(64);
    assert_eq!(bench.frames(), [0], "the genesis state is shown at once");
    assert_eq!(bench.run_at(0), Some(MonotonicUs(16_666)));
    assert_eq!(bench.run_at(16_665), Some(MonotonicUs(16_666)));
    assert_eq!(bench.frames(), [0u32; 0]);
    assert_eq!(
        bench.run_at(16_666),
        Some(MonotonicUs(33_333)),
        "deadlines are start + n/60, not last + 1/60"
    );
    assert_eq!(bench.run_at(33_334), Some(MonotonicUs(50_000)));
    assert_eq!(bench.frames(), [1, 2]);
}

#[test]
fn after_a_stall_every_tick_is_made_in_bursts() {
    let mut bench = Bench::new(64);
    let stall_us = 1_000_000;
    let burst = BURST_TICKS_MAX;
    let mut wake = bench.run_at(stall_us);
    assert_eq!(
        bench.frames(),
        (0..=burst).collect::<Vec<_>>(),
        "one burst, then the others' turn"
    );
    while wake.unwrap() <= MonotonicUs(stall_us) {
        wake = bench.run_at(stall_us);
    }
    assert_eq!(
        bench.frames(),
        (burst + 1..=60).collect::<Vec<_>>(),
        "no tick is dropped"
    );
    assert_eq!(wake, Some(MonotonicUs(1_016_666)), "deadlines did not move");
    let reading = bench.runner_meter();
    assert_eq!(reading.ticks(), 60);
    assert!(reading.overruns >= 59, "{}", reading.overruns);
}

impl Bench {
    fn runner_meter(&self) -> Lateness {
        self.runner.meter().reading()
    }
}

#[test]
fn an_input_is_logged_before_it_is_acked_and_takes_effect_on_its_tick() {
    let mut bench = Bench::new(64);
    let mut answer = bench.send(3);
    assert!(answer.try_recv().is_err());
    bench.run_at(16_666);
    assert_eq!(answer.try_recv().unwrap(), accepted(&bench.first(3), 1));
    let logged = bench.log.0.lock().unwrap().0.clone();
    assert!(
        matches!(logged[..], [LogRecord::Input { tick: Tick(1), .. }]),
        "{logged:?}"
    );
    let mut state: Option<Snapshot> = None;
    while let Ok(frame) = bench.followed.frames.try_recv() {
        StateFrame::from_bytes(&frame.bytes)
            .unwrap()
            .apply(&mut state, &mut |_, _| {})
            .unwrap();
    }
    assert_eq!(state.unwrap().tick, Tick(1));
}

#[test]
fn an_input_that_cannot_be_logged_never_happened() {
    let mut bench = Bench::new(64);
    bench.log.0.lock().unwrap().1 = true;
    let mut answer = bench.send(3);
    bench.run_at(16_666);
    let Err(Rejected { reason, chain }) = answer.try_recv().unwrap() else {
        panic!("acked without a log");
    };
    assert_eq!(
        (reason, chain.unwrap().expected_sequence),
        (RejectReason::Busy, 1)
    );
    bench.log.0.lock().unwrap().1 = false;
    let mut answer = bench.send(3);
    bench.run_at(33_333);
    assert_eq!(
        answer.try_recv().unwrap(),
        accepted(&bench.first(3), 2),
        "the same input, sent again, is fine"
    );
}

#[test]
fn checkpoints_and_the_end_are_told_in_order_even_to_a_slow_listener() {
    let mut bench = Bench::new(1);
    let mut told = Vec::new();
    let mut now = 0;
    let mut wake = bench.run_at(0);
    while let Some(next) = wake {
        now = next.0.max(now);
        wake = bench.run_at(now);
        // One at a time, and only every now and then.
        if now % 7 == 0 {
            told.extend(bench.notices.try_recv());
        }
        now += 100;
    }
    while let Ok(notice) = bench.notices.try_recv() {
        told.push(notice);
    }
    let Some(Notice::Ended { end, .. }) = told.pop() else {
        panic!("the last notice is the end");
    };
    let mut alone = revealed(LiveMatch::new(setup()).unwrap());
    let mut expected = Vec::new();
    while !alone.ended() {
        expected.extend(alone.step(0, &mut ()).unwrap().checkpoint);
    }
    let checkpoints: Vec<_> = told
        .into_iter()
        .map(|notice| match notice {
            Notice::Checkpoint { checkpoint, .. } => checkpoint,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(checkpoints, expected);
    assert_eq!(end.state, alone.state().as_bytes());
    let sealed = bench.log.0.lock().unwrap().0.len();
    assert_eq!(sealed, expected.len() * 2, "one leaf a segment is logged");
}

#[test]
fn inputs_after_the_end_are_answered() {
    let mut bench = Bench::new(64);
    let last = 360 * 1_000_000 / 60;
    while bench.run_at(last).is_some() {}
    let (reply, mut answer) = oneshot::channel();
    let signed = Input {
        match_key: KEY,
        slot: PlayerSlot(0),
        sequence: 1,
        previous: Hash::default(),
        tick: Tick(0),
        warrior: WarriorIndex(0),
        heading: 1,
    }
    .sign(&bench.key);
    let session = SessionKey(bench.key.verifying_key().to_bytes());
    let input = VerifiedInput::verify(signed, &session).unwrap();
    assert!(
        bench.inputs.try_send(VerifiedEnvelope { input, reply }).is_err(),
        "the queue is closed"
    );
    assert!(answer.try_recv().is_err());
}

#[tokio::test]
async fn a_real_thread_runs_a_match_to_its_end() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail()).unwrap();
    let (notices_in, mut notices) = mpsc::channel(64);
    let (_inputs, inputs) = mpsc::channel(16);
    let clock = Arc::new(crate::clock::SystemClock);
    let mut workers = Workers::start(2, clock.clone(), notices_in).unwrap();
    // It began five seconds ago: what is missing is made at once, the last second in its time.
    let start = clock.monotonic().plus(-5_000_000);
    let (live, log) = (
        revealed(LiveMatch::new(setup()).unwrap()),
        Box::new(MemoryLog::default()),
    );
    workers
        .adopt(Adoption {
            live,
            start,
            log,
            publisher,
            inputs,
        })
        .unwrap();
    assert_eq!(workers.matches(), 1);
    let mut checkpoints = 0;
    loop {
        match notices.recv().await.unwrap() {
            Notice::Checkpoint { .. } => checkpoints += 1,
            Notice::Ended { match_key, .. } => {
                workers.forget(match_key);
                break;
            }
            Notice::Crashed { reason, .. } | Notice::Failed { reason, .. } => panic!("{reason}"),
        }
    }
    let late_us = clock.monotonic().since(start) - 6_000_000;
    assert!(
        (0..500_000).contains(&late_us),
        "the last tick came {late_us} µs after its deadline"
    );
    assert_eq!((checkpoints, workers.matches()), (3, 0));
    assert!(workers.all_alive());
    assert!(matches!(
        workers.release(KEY),
        Err(WorkerError::UnknownMatch(KEY))
    ));
    workers.stop();
}

/// A chain that stands still stops the arena, is told of once, and nothing that was waited is made up.
#[test]
fn ticks_wait_for_their_beacon_and_go_on_at_sixty_a_second() {
    let mut bench = Bench::unrevealed(64);
    let beacon = crate::live::tests::beacon;
    bench.reveal_at(0, 0, beacon(0));
    for us in (0..4_000_000).step_by(100_000) {
        bench.run_at(us);
    }
    let ticks = RULES.checkpoint_ticks();
    assert_eq!(
        bench.frames().last(),
        Some(&ticks),
        "the next checkpoint's beacon is not known"
    );
    bench.run_at(63_000_000);
    let told = |bench: &mut Bench| {
        let mut told = Vec::new();
        while let Ok(event) = bench.followed.events.try_recv() {
            told.push(event);
        }
        told
    };
    let paused = MatchEvent::Paused { tick: Tick(ticks) };
    assert_eq!(told(&mut bench), [paused]);
    bench.reveal_at(63_000_000, 1, beacon(1));
    assert_eq!(told(&mut bench), [MatchEvent::Resumed { tick: Tick(ticks) }]);
    bench.run_at(63_000_000);
    assert_eq!(bench.frames(), [ticks + 1], "one tick, not a burst");
    assert!(bench
        .log
        .0
        .lock()
        .unwrap()
        .0
        .iter()
        .any(|record| matches!(record, LogRecord::Beacon { checkpoint: 1, .. })));
}

/// A full disk holds up no tick: beacons that cannot be logged are kept, and logged before whatever comes next.
#[test]
fn a_beacon_that_cannot_be_logged_holds_up_inputs_and_no_tick() {
    let mut bench = Bench::unrevealed(64);
    let beacon = crate::live::tests::beacon;
    bench.log.0.lock().unwrap().1 = true;
    bench.reveal_at(0, 0, beacon(0));
    bench.reveal_at(0, 1, beacon(1));
    let ticks = RULES.checkpoint_ticks();
    let mut answer = bench.send(3);
    for us in (0..4_000_000).step_by(100_000) {
        bench.run_at(us);
    }
    assert!(bench.frames().last() > Some(&ticks), "the match goes on");
    let refused = answer.try_recv().unwrap().unwrap_err();
    assert_eq!(refused.reason, RejectReason::Busy);
    bench.log.0.lock().unwrap().1 = false;
    let mut answer = bench.send(3);
    bench.run_at(4_000_000);
    assert!(answer.try_recv().unwrap().is_ok());
    let logged = bench.log.0.lock().unwrap().0.clone();
    let first: Vec<_> = logged.iter().take(2).collect();
    let expected = [0, 1].map(|checkpoint| LogRecord::Beacon {
        checkpoint,
        hash: Hash(beacon(checkpoint)),
    });
    assert_eq!(first, expected.iter().collect::<Vec<_>>());
    assert!(logged
        .iter()
        .any(|record| matches!(record, LogRecord::Input { .. })));
}

/// A log with a defect that shows when the first segment is complete.
struct DefectiveLog;

impl InputLog for DefectiveLog {
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
        assert!(
            !matches!(record, LogRecord::Sealed { .. }),
            "segments are never sealed"
        );
        Ok(())
    }

    fn acknowledge(&mut self, _reply: oneshot::Sender<InputOutcome>, _judged: Judged) {}
}

#[test]
fn a_defect_in_a_tick_costs_that_match_its_place_and_no_other_match_anything() {
    const OTHER: MatchKey = MatchKey([7; 32]);
    let mut bench = Bench::new(16);
    let bus = Bus::default();
    let mut shown = detail();
    shown.summary.match_key = OTHER;
    let (publisher, _queue) = bus.open_match(shown).unwrap();
    let (inputs, receiver) = mpsc::channel(1);
    bench.runner.adopt(Adoption {
        live: revealed(
            LiveMatch::new(MatchSetup {
                match_key: OTHER,
                ..setup()
            })
            .unwrap(),
        ),
        start: MonotonicUs(0),
        log: Box::new(DefectiveLog),
        publisher,
        inputs: receiver,
    });
    for second in 1..=3 {
        for _ in 0..10 {
            bench.run_at(second * 1_000_000);
        }
    }
    let mut told = Vec::new();
    while let Ok(notice) = bench.notices.try_recv() {
        told.push((notice.match_key(), matches!(notice, Notice::Crashed { .. })));
    }
    assert_eq!(
        told,
        [(OTHER, true), (KEY, false)],
        "one crashed, the other made its checkpoint"
    );
    assert!(inputs.is_closed(), "nobody waits for an answer that never comes");
}
