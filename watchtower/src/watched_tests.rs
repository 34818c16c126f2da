//! Views that are newer, older, from another branch; checkpoints that fit, repeat, skip and lie.

use arena::{Scratch, SegmentInputs};
use bytemuck::Zeroable;
use client::aurelius::state::{Match, PlayerSlot, DISCRIMINATOR_LEN};
use client::view::MatchView;
use solana_account::Account;
use verifier::record::SegmentRecord;

use super::*;

const SEED: Digest = [3; 32];
/// Nobody moves; one byte is the canonical form of that.
const NO_INPUTS: [u8; 1] = [0];

fn key() -> Pubkey {
    Pubkey::new_from_array([1; 32])
}

/// An honest operator of a Siege of two players with a warrior each, and room for two more.
struct Operator {
    state: arena::StateBuf,
    owners: Vec<u8>,
    genesis_leaf: Digest,
    posted: Vec<CheckpointRecord>,
}

impl Operator {
    fn new() -> Self {
        let owners = vec![0, 1];
        let state = arena::genesis::<HostSha256>(&Rules::SIEGE, &owners, 4, &SEED).unwrap();
        Self {
            genesis_leaf: arena::leaf::<HostSha256>(state.as_bytes()),
            state,
            owners,
            posted: Vec::new(),
        }
    }

    fn post(&mut self, admit: u8) -> CheckpointRecord {
        let (drip_key, beacon) = ([self.posted.len() as u8; 32], [self.posted.len() as u8 ^ 9; 32]);
        let mixed = arena::mixed_key::<HostSha256>(&drip_key, &beacon);
        let inputs = if admit == 0 {
            NO_INPUTS.to_vec()
        } else {
            vec![admit]
        };
        arena::step_segment::<HostSha256>(
            &Rules::SIEGE,
            &mut self.state.view_mut(),
            &mut Scratch::new(),
            &arena::checkpoint_key::<HostSha256>(&SEED, &mixed),
            &SegmentInputs::parse(&Rules::SIEGE, 4, &inputs).unwrap(),
            &self.owners,
            &mut (),
        )
        .unwrap();
        let posted = CheckpointRecord {
            index: self.posted.len() as u32,
            drip_key,
            beacon,
            slot: None,
            segments: vec![SegmentRecord {
                inputs,
                leaf: arena::leaf::<HostSha256>(self.state.as_bytes()),
            }],
            digest: None,
            transaction: None,
        };
        self.posted.push(posted.clone());
        posted
    }

    /// The match account now.
    fn view(&self) -> MatchView {
        let mut header = Match::zeroed();
        header.version = 1;
        header.status = MatchStatus::Live as u8;
        header.players_max = 4;
        header.slots_used = self.owners.len() as u8;
        header.warriors_at_start = 2;
        header.warriors_total = self.owners.len() as u8;
        header.capacity = 4;
        header.checkpoints_posted = self.posted.len() as u32;
        header.progress_deadline = 100 + u64::from(header.checkpoints_posted);
        header.seed = SEED;
        header.genesis_leaf = self.genesis_leaf;
        header.last_leaf = self
            .posted
            .last()
            .map_or(self.genesis_leaf, |posted| posted.segments[0].leaf);
        header.rules_len = Rules::SIEGE.as_bytes().len() as u16;
        header.rules[..usize::from(header.rules_len)].copy_from_slice(Rules::SIEGE.as_bytes());
        let mut data = <Match as anchor_lang::Discriminator>::DISCRIMINATOR.to_vec();
        assert_eq!(data.len(), DISCRIMINATOR_LEN);
        data.extend_from_slice(bytemuck::bytes_of(&header));
        for index in 0..4u8 {
            let mut slot = PlayerSlot::zeroed();
            if usize::from(index) < self.owners.len() {
                slot.flags = PlayerSlot::ENTERED;
                slot.warriors = 1;
                slot.first_warrior = index;
            }
            data.extend_from_slice(bytemuck::bytes_of(&slot));
        }
        let account = Account {
            lamports: 1,
            data,
            owner: client::PROGRAM_ID,
            ..Account::default()
        };
        MatchView::decode(key(), &account).unwrap()
    }
}

#[test]
fn checkpoints_are_stepped_once_and_in_order() {
    let mut operator = Operator::new();
    let mut watched = Watched::of(&operator.view()).unwrap();
    let (first, second) = (operator.post(0), operator.post(0));
    assert!(!watched.may_step(0));
    assert_eq!(watched.observe(&operator.view()), Seen::Behind);
    assert_eq!(
        watched.step(&second),
        Err(Unwatchable::Gap {
            expected: 0,
            found: 1
        })
    );
    assert_eq!(watched.step(&first), Ok(Stepped::Agrees));
    assert_eq!(watched.step(&first), Ok(Stepped::Known));
    assert_eq!(watched.behind(), 1);
    assert_eq!(watched.step(&second), Ok(Stepped::Agrees));
    assert_eq!(watched.observe(&operator.view()), Seen::CaughtUp);
}

#[test]
fn a_late_player_of_the_newest_view_may_be_admitted() {
    let mut operator = Operator::new();
    let mut watched = Watched::of(&operator.view()).unwrap();
    operator.owners.push(2);
    let admitting = operator.post(1);
    watched.observe(&operator.view());
    assert_eq!(watched.step(&admitting), Ok(Stepped::Agrees));
    // Who begins with this view begins with the roster at the start.
    let mut late = Watched::of(&operator.view()).unwrap();
    assert_eq!(late.step(&admitting), Ok(Stepped::Agrees));
}

#[test]
fn an_older_view_changes_nothing_and_another_branch_is_noticed() {
    let mut operator = Operator::new();
    let before = operator.view();
    let mut watched = Watched::of(&before).unwrap();
    let posted = operator.post(0);
    let after = operator.view();
    watched.observe(&after);
    assert_eq!(watched.observe(&before), Seen::Behind);
    assert_eq!(watched.progress_deadline, 101);
    watched.step(&posted).unwrap();
    let mut elsewhere = operator.view();
    elsewhere.header.last_leaf = [9; 32];
    assert_eq!(watched.observe(&elsewhere), Seen::Diverged);
    let mut shorter = before;
    shorter.status = MatchStatus::Voided;
    assert_eq!(watched.observe(&shorter), Seen::Diverged);
}

#[test]
fn after_a_lie_nothing_more_is_stepped() {
    let mut operator = Operator::new();
    let mut watched = Watched::of(&operator.view()).unwrap();
    let mut lie = operator.post(0);
    lie.segments[0].leaf = [9; 32];
    operator.post(0);
    watched.observe(&operator.view());
    let Ok(Stepped::Wrong(Fault::Wrong {
        index,
        segment,
        claimed,
        ..
    })) = watched.step(&lie)
    else {
        panic!("not noticed")
    };
    assert_eq!((index, segment, claimed), (0, 0, [9; 32]));
    assert_eq!(watched.behind(), 0);
    assert_eq!(watched.step(&operator.posted[1]), Ok(Stepped::Known));
    assert_eq!(watched.observe(&operator.view()), Seen::CaughtUp);
}

#[test]
fn silence_begins_beyond_the_deadline_and_the_margin() {
    let mut operator = Operator::new();
    let mut watched = Watched::of(&operator.view()).unwrap();
    assert!(!watched.is_silent(104, 4));
    assert!(watched.is_silent(105, 4));
    operator.post(0);
    watched.observe(&operator.view());
    assert!(!watched.is_silent(105, 4));
    watched.status = MatchStatus::Proposed;
    assert!(!watched.is_silent(1_000, 4));
}

#[test]
fn another_genesis_than_the_programs_is_not_watched() {
    let operator = Operator::new();
    let mut view = operator.view();
    view.header.genesis_leaf = [0; 32];
    assert_eq!(Watched::of(&view).unwrap_err(), Unwatchable::OtherGenesis);
    view.header.capacity = 0;
    assert!(matches!(Watched::of(&view), Err(Unwatchable::Genesis(_))));
}
