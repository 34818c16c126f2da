//! A match among failures: what is tried again, and when.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::Discriminator;
use arena::{Mode, Rules};
use client::aurelius::state::{Match, PlayerSlot};
use client::view::{MatchStatus, MatchView};
use solana_account::Account;
use store::{IntentKind, MatchPhase, MatchRecord};

use super::account::Seen;
use super::past::Past;
use super::{Flow, Present};
use crate::chain::carrier::{Failure, Landed};
use crate::chain::plan::{Policy, Step};
use crate::clock::{Clock, MonotonicUs};
use crate::live::Checkpoint;

/// A machine whose wall clock can be set.
#[derive(Default)]
struct Machine {
    unix_us: AtomicI64,
    monotonic_us: AtomicI64,
}

impl Clock for Machine {
    fn unix_us(&self) -> i64 {
        self.unix_us.load(Ordering::Relaxed)
    }

    fn monotonic(&self) -> MonotonicUs {
        MonotonicUs(self.monotonic_us.load(Ordering::Relaxed))
    }
}

impl Machine {
    fn pass(&self, ms: i64) {
        self.unix_us.fetch_add(ms * 1_000, Ordering::Relaxed);
        self.monotonic_us.fetch_add(ms * 1_000, Ordering::Relaxed);
    }

    fn set(&self, by_ms: i64) {
        self.unix_us.fetch_add(by_ms * 1_000, Ordering::Relaxed);
    }
}

fn policy() -> Policy {
    Policy {
        lock_grace: Duration::from_secs(10),
        lobby_timeout: Some(Duration::from_secs(600)),
        close_delay: Some(Duration::ZERO),
        claims_per_transaction: 4,
    }
}

fn record(created_at_ms: i64) -> MatchRecord {
    MatchRecord {
        match_key: [5; 32],
        operator: [6; 32],
        match_id: 1,
        mode: Mode::Blitz,
        mint: [7; 32],
        rules: Rules::BLITZ.as_bytes().to_vec(),
        stake_per_warrior: 5,
        players_max: 4,
        warriors_max: 4,
        scheduled_slot: 0,
        phase: MatchPhase::Live,
        created_at_ms,
        start_unix_us: None,
    }
}

fn view(status: MatchStatus) -> MatchView {
    let mut header: Box<Match> = Box::new(bytemuck::Zeroable::zeroed());
    header.version = 1;
    header.status = status as u8;
    header.players_max = 4;
    header.players_count = 1;
    header.slots_used = 1;
    header.warriors_max = 4;
    header.warriors_total = 1;
    header.warriors_min = 2;
    header.lock_deadline = 10_000;
    header.progress_deadline = 400;
    header.entropy_deadline = 400;
    header.randomness = Pubkey::new_from_array([9; 32]);
    let rules = Rules::BLITZ;
    header.rules_len = rules.as_bytes().len() as u16;
    header.rules[..rules.as_bytes().len()].copy_from_slice(rules.as_bytes());
    let mut slots = [PlayerSlot::default(); 4];
    slots[0] = PlayerSlot {
        player: Pubkey::new_from_array([1; 32]),
        paid: 5,
        warriors: 1,
        flags: PlayerSlot::ENTERED,
        ..PlayerSlot::default()
    };
    let mut data = Match::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&*header));
    slots
        .iter()
        .for_each(|slot| data.extend_from_slice(bytemuck::bytes_of(slot)));
    let account = Account {
        lamports: 1,
        data,
        owner: client::PROGRAM_ID,
        executable: false,
        rent_epoch: 0,
    };
    MatchView::decode(Pubkey::new_from_array([5; 32]), &account).unwrap()
}

fn seen(machine: &Machine, newest_slot: u64) -> Seen {
    Seen {
        now_ms: machine.monotonic_ms(),
        newest_slot,
    }
}

fn flow(machine: &Machine, status: MatchStatus) -> Flow {
    let created = machine.monotonic_ms_of(machine.unix_ms());
    let mut flow = Flow::new(record(machine.unix_ms()), None, created);
    flow.past = Past::Resolved;
    flow.observe(100, Some(view(status)), seen(machine, 100));
    let checkpoint = Checkpoint {
        index: 0,
        continues: client::instruction::Continues::from_leaf(&[0; 32], 2),
        tick: 120,
        drip_key: [0; 32],
        beacon: [0; 32],
        leaves: Vec::new(),
        inputs: Vec::new(),
        digest: [0; 32],
        last: false,
    };
    flow.arena.checkpoints.insert(0, checkpoint);
    flow
}

fn step(flow: &Flow, machine: &Machine, able: bool) -> Step {
    let policy = policy();
    flow.next_step(Present {
        slot: 100,
        now_ms: machine.monotonic_ms(),
        policy: &policy,
        draining: false,
        able,
    })
}

fn failed(kind: IntentKind) -> Failure {
    Failure {
        kinds: vec![kind],
        reason: "the node is behind".to_owned(),
        refused: true,
    }
}

#[test]
fn report_18_a_refused_checkpoint_is_sent_again_wherever_the_wall_clock_goes() {
    const HOUR_MS: i64 = 3_600_000;
    let wanted = Step::Send(vec![IntentKind::Checkpoint(0)]);
    for set_by_ms in [-HOUR_MS, HOUR_MS, 0] {
        let machine = Machine::default();
        machine.set(50 * HOUR_MS);
        machine.pass(1_000);
        let mut flow = flow(&machine, MatchStatus::Live);
        assert_eq!(step(&flow, &machine, true), wanted);
        flow.sends
            .note_failure(&failed(IntentKind::Checkpoint(0)), machine.monotonic_ms());
        machine.set(set_by_ms);
        assert_eq!(
            step(&flow, &machine, true),
            Step::Wait,
            "half a second has to pass"
        );
        machine.pass(500);
        assert_eq!(step(&flow, &machine, true), wanted, "set by {set_by_ms} ms");
        assert_eq!(flow.sends.last_reason(), Some("the node is behind"));
    }
}

#[test]
fn report_18_a_lobby_is_as_old_as_it_is_wherever_the_wall_clock_goes() {
    let machine = Machine::default();
    machine.set(1_000_000_000);
    let lobby = flow(&machine, MatchStatus::Open);
    machine.set(-900_000);
    machine.pass(599_000);
    assert_eq!(step(&lobby, &machine, true), Step::Wait);
    machine.set(7_200_000);
    assert_eq!(
        step(&lobby, &machine, true),
        Step::Wait,
        "two hours forward make it no older"
    );
    machine.pass(1_000);
    assert_eq!(step(&lobby, &machine, true), Step::Send(vec![IntentKind::Cancel]));
}

#[test]
fn report_22_no_match_is_started_that_cannot_be_run_and_a_live_one_goes_on() {
    let machine = Machine::default();
    let live = flow(&machine, MatchStatus::Live);
    assert_eq!(
        step(&live, &machine, false),
        Step::Send(vec![IntentKind::Checkpoint(0)])
    );
    let locked = flow(&machine, MatchStatus::Locked);
    assert_eq!(step(&locked, &machine, false), Step::Wait);
    let mut arena = flow(&machine, MatchStatus::Live).arena;
    for round in 0..50 {
        let now_ms = round * 10_000;
        assert!(
            arena.may_be_adopted(now_ms),
            "a log that cannot be opened is tried again, for ever"
        );
        assert_eq!(arena.rest(now_ms), round == 0, "and that is said once");
        assert!(!arena.may_be_adopted(now_ms));
    }
}

#[test]
fn report_03_an_answer_out_of_the_future_is_replaced_by_a_later_one() {
    let machine = Machine::default();
    let mut flow = flow(&machine, MatchStatus::Live);
    // An endpoint that is ahead of the chain tells of the match, and of a checkpoint that landed there.
    flow.observe(10_100, Some(view(MatchStatus::Locked)), seen(&machine, 10_100));
    assert!(flow.has_status(MatchStatus::Locked));
    flow.sends.note_landed(&[Landed {
        kind: IntentKind::Checkpoint(0),
        signature: None,
        slot: 10_100,
    }]);
    // While it may be true, what is older does not count.
    flow.observe(110, Some(view(MatchStatus::Live)), seen(&machine, 10_100));
    assert!(flow.has_status(MatchStatus::Locked));
    // Nobody bore it out.
    flow.observe(120, Some(view(MatchStatus::Live)), seen(&machine, 120));
    assert!(flow.has_status(MatchStatus::Live));
    assert_eq!(flow.account.read_slot(), Some(120));
    assert_eq!(
        step(&flow, &machine, true),
        Step::Send(vec![IntentKind::Checkpoint(0)]),
        "the account does not show it, and nothing can be waited for"
    );
}
