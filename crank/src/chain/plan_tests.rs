//! The plan, as a table: what a match in each situation needs next.

use super::*;
use anchor_lang::prelude::Pubkey;
use anchor_lang::Discriminator;
use arena::Rules;
use client::aurelius::state::{Match, PlayerSlot};
use client::instruction::UPLOAD_CHUNK_BYTES;
use solana_account::Account;

/// A situation, changed from a good default by each case.
struct Case {
    header: Box<Match>,
    slots: Vec<PlayerSlot>,
    missing: Option<u64>,
    phase: MatchPhase,
    slot: u64,
    now_ms: i64,
    enough_since_ms: Option<i64>,
    over_since_ms: Option<i64>,
    checkpoints: BTreeMap<u32, Checkpoint>,
    end: Option<Vec<u8>>,
    uploaded: bool,
    cosigned: Option<Cosigned>,
    upload: UploadState,
    held: Vec<IntentKind>,
    hopeless: Vec<IntentKind>,
    draining: bool,
    policy: Policy,
}

fn player(number: u8, flags: u8) -> PlayerSlot {
    PlayerSlot {
        player: Pubkey::new_from_array([number; 32]),
        paid: 5,
        warriors: 1,
        flags: PlayerSlot::ENTERED | flags,
        ..PlayerSlot::default()
    }
}

/// An open lobby of up to four players, two of whom are there.
fn lobby() -> Case {
    let mut header: Box<Match> = Box::new(bytemuck::Zeroable::zeroed());
    header.version = 1;
    header.players_max = 4;
    header.players_count = 2;
    header.slots_used = 2;
    header.warriors_max = 4;
    header.warriors_total = 2;
    header.warriors_min = 2;
    header.entries_open = 2;
    header.lock_deadline = 1_000;
    header.owed = 10;
    header.randomness = Pubkey::new_from_array([9; 32]);
    let rules = Rules::BLITZ;
    header.rules_len = rules.as_bytes().len() as u16;
    header.rules[..rules.as_bytes().len()].copy_from_slice(rules.as_bytes());
    Case {
        header,
        slots: vec![
            player(1, 0),
            player(2, 0),
            PlayerSlot::default(),
            PlayerSlot::default(),
        ],
        missing: None,
        phase: MatchPhase::Open,
        slot: 100,
        now_ms: 60_000,
        enough_since_ms: Some(60_000),
        over_since_ms: None,
        checkpoints: BTreeMap::new(),
        end: None,
        uploaded: false,
        cosigned: None,
        upload: UploadState::Unread,
        held: Vec::new(),
        hopeless: Vec::new(),
        draining: false,
        policy: Policy {
            lock_grace: Duration::from_secs(10),
            lobby_timeout: None,
            close_delay: Some(Duration::from_secs(60)),
            claims_per_transaction: 3,
        },
    }
}

impl Case {
    fn status(mut self, status: MatchStatus) -> Self {
        self.header.status = status as u8;
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Case)) -> Self {
        change(&mut self);
        self
    }

    fn view(&self) -> MatchView {
        let mut data = Match::DISCRIMINATOR.to_vec();
        data.extend_from_slice(bytemuck::bytes_of(&*self.header));
        self.slots
            .iter()
            .for_each(|slot| data.extend_from_slice(bytemuck::bytes_of(slot)));
        let account = Account {
            lamports: 1,
            data,
            owner: client::PROGRAM_ID,
            executable: false,
            rent_epoch: 0,
        };
        MatchView::decode(Pubkey::new_from_array([7; 32]), &account).unwrap()
    }

    fn step(&self) -> Step {
        let view = self.view();
        let held = |kind: IntentKind| self.held.contains(&kind);
        let facts = Facts {
            on_chain: match self.missing {
                Some(slots) => OnChain::Missing { slots },
                None => OnChain::There(&view),
            },
            phase: self.phase,
            slot: self.slot,
            now_ms: self.now_ms,
            created_at_ms: 0,
            enough_since_ms: self.enough_since_ms,
            over_since_ms: self.over_since_ms,
            checkpoints: &self.checkpoints,
            end: self.end.as_ref().map(|state| FinalState {
                state,
                uploaded: self.uploaded,
            }),
            cosigned: self.cosigned.as_ref(),
            upload: &self.upload,
            held: &held,
            hopeless: &|kind| self.hopeless.contains(&kind),
            draining: self.draining,
        };
        next_step(&facts, &self.policy)
    }

    #[track_caller]
    fn needs(&self, kinds: &[IntentKind]) {
        assert_eq!(self.step(), Step::Send(kinds.to_vec()));
    }

    #[track_caller]
    fn waits(&self) {
        assert_eq!(self.step(), Step::Wait);
    }
}

use IntentKind::{
    Burn, Cancel, Claim, CloseEntry, CloseMatch, CloseRandomness, CloseUpload, CollectSlash, Compensate,
    Cosign, Create, Finalize, InitRandomness, Lock, OpenUpload, PayAward, Refund, Start, SubmitResult,
    SweepFee, Void, WriteUpload,
};

#[test]
fn a_match_that_is_not_there() {
    let absent = |phase, slots| {
        lobby().with(|c| {
            c.missing = Some(slots);
            c.phase = phase;
        })
    };
    absent(MatchPhase::Creating, 9_999).needs(&[Create]);
    absent(MatchPhase::Creating, 0)
        .with(|c| c.held = vec![Create])
        .waits();
    for phase in [
        MatchPhase::Open,
        MatchPhase::Locked,
        MatchPhase::Live,
        MatchPhase::Proposed,
    ] {
        absent(phase, MISSING_SLOTS).waits();
        assert_eq!(
            absent(phase, MISSING_SLOTS + 1).step(),
            Step::Finished(MatchPhase::Abandoned)
        );
    }
    for phase in [MatchPhase::Settled, MatchPhase::Cancelled, MatchPhase::Voided] {
        assert_eq!(absent(phase, 0).step(), Step::Finished(MatchPhase::Closed));
    }
    assert_eq!(
        absent(MatchPhase::Abandoned, 0).step(),
        Step::Finished(MatchPhase::Abandoned)
    );
}

#[test]
fn an_open_lobby() {
    lobby().waits();
    lobby().with(|c| c.now_ms = 70_000).needs(&[Lock]);
    let full = |c: &mut Case| c.header.warriors_total = 4;
    lobby().with(full).needs(&[Lock]);
    lobby().with(full).with(|c| c.held = vec![Lock]).waits();
    lobby()
        .with(|c| c.header.players_max = 2)
        .with(|c| c.slots.truncate(2))
        .needs(&[Lock]);
    let no_randomness = |c: &mut Case| c.header.randomness = Pubkey::default();
    lobby().with(full).with(no_randomness).needs(&[InitRandomness]);
    lobby().with(full).with(|c| c.slot = 1_001).needs(&[Cancel]);

    let alone = |c: &mut Case| {
        c.header.players_count = 1;
        c.header.warriors_total = 1;
        c.enough_since_ms = None;
    };
    lobby().with(alone).with(|c| c.now_ms = i64::MAX).waits();
    lobby().with(alone).with(|c| c.draining = true).needs(&[Cancel]);
    let short = |c: &mut Case| c.policy.lobby_timeout = Some(Duration::from_secs(60));
    lobby().with(alone).with(short).needs(&[Cancel]);
    lobby()
        .with(alone)
        .with(short)
        .with(|c| c.now_ms = 59_999)
        .waits();
    lobby().with(short).waits();
    let nobody = |c: &mut Case| {
        c.header.players_count = 0;
        c.header.warriors_total = 0;
    };
    lobby().with(alone).with(nobody).with(no_randomness).waits();
    lobby().with(alone).with(no_randomness).needs(&[InitRandomness]);
    // Two warriors of one player are no match.
    lobby()
        .with(alone)
        .with(|c| c.header.warriors_total = 4)
        .with(|c| c.now_ms = i64::MAX)
        .waits();
}

#[test]
fn a_scheduled_match_is_locked_at_its_slot() {
    let scheduled = || {
        lobby()
            .with(|c| c.header.scheduled_slot = 200)
            .with(|c| c.header.warriors_total = 4)
    };
    scheduled().with(|c| c.now_ms = i64::MAX).waits();
    scheduled().with(|c| c.slot = 200).needs(&[Lock]);
    let alone = |c: &mut Case| c.header.players_count = 1;
    scheduled()
        .with(alone)
        .with(|c| c.policy.lobby_timeout = Some(Duration::ZERO))
        .waits();
    scheduled().with(alone).with(|c| c.slot = 200).needs(&[Cancel]);
}

#[test]
fn a_locked_match_is_started_or_voided() {
    let locked = || {
        lobby()
            .status(MatchStatus::Locked)
            .with(|c| c.header.entropy_deadline = 300)
    };
    locked().with(|c| c.slot = 300).needs(&[Start]);
    // The slot is somebody's word: what can be tried is tried, and the program says whether it is too late.
    locked().with(|c| c.slot = 301).needs(&[Start]);
    locked()
        .with(|c| c.slot = 301)
        .with(|c| c.held = vec![Start])
        .needs(&[Void]);
    locked().with(|c| c.held = vec![Start]).waits();
}

fn checkpoint(index: u32) -> (u32, Checkpoint) {
    let checkpoint = Checkpoint {
        index,
        continues: client::instruction::Continues::from_leaf(&[0; 32], 2),
        tick: 0,
        drip_key: [0; 32],
        beacon: [0; 32],
        leaves: Vec::new(),
        inputs: Vec::new(),
        digest: [0; 32],
        last: false,
    };
    (index, checkpoint)
}

fn posts(indexes: &[u32]) -> Vec<IntentKind> {
    indexes
        .iter()
        .map(|index| IntentKind::Checkpoint(*index))
        .collect()
}

fn live() -> Case {
    lobby()
        .status(MatchStatus::Live)
        .with(|c| c.header.progress_deadline = 500)
}

#[test]
fn a_live_match_posts_what_is_complete() {
    live().waits();
    live().with(|c| c.slot = 501).needs(&[Void]);
    let ready = |from: u32, to: u32| move |c: &mut Case| c.checkpoints = (from..to).map(checkpoint).collect();
    live().with(ready(0, 1)).needs(&posts(&[0]));
    live().with(ready(0, 9)).needs(&posts(&[0, 1, 2, 3]));
    let posted = |c: &mut Case| c.header.checkpoints_posted = 3;
    live().with(ready(0, 3)).with(posted).waits();
    live().with(ready(0, 4)).with(posted).needs(&posts(&[3]));
    live().with(ready(4, 9)).with(posted).waits();
    live()
        .with(ready(0, 4))
        .with(posted)
        .with(|c| c.held = posts(&[3]))
        .waits();
    let late = || live().with(ready(0, 4)).with(|c| c.slot = 501);
    late().needs(&posts(&[0, 1, 2, 3]));
    late().with(|c| c.held = posts(&[0])).needs(&[Void]);
    late()
        .with(|c| c.held = [posts(&[0]), vec![Void]].concat())
        .waits();
}

#[test]
fn a_result_is_shown_once_its_leaf_is_the_last() {
    let state = vec![3; 2 * UPLOAD_CHUNK_BYTES + 5];
    let over = || {
        live().with(|c| {
            c.header.last_leaf = arena::leaf::<arena::HostSha256>(&state);
            c.end = Some(state.clone());
        })
    };
    over().needs(&[SubmitResult]);
    over().with(|c| c.header.last_leaf[0] ^= 1).waits();
    over()
        .with(|c| c.checkpoints = [checkpoint(0)].into())
        .needs(&posts(&[0]));

    let large = || over().with(|c| c.uploaded = true);
    assert_eq!(large().step(), Step::ReadUpload);
    large()
        .with(|c| c.upload = UploadState::Missing)
        .needs(&[OpenUpload]);
    let holding = |bytes: Vec<u8>| large().with(|c| c.upload = UploadState::There(bytes));
    holding(vec![0; state.len()]).needs(&[WriteUpload(0)]);
    let mut half = vec![0; state.len()];
    half[..UPLOAD_CHUNK_BYTES].fill(3);
    holding(half.clone()).needs(&[WriteUpload(UPLOAD_CHUNK_BYTES as u32)]);
    half[..2 * UPLOAD_CHUNK_BYTES].fill(3);
    holding(half).needs(&[WriteUpload(2 * UPLOAD_CHUNK_BYTES as u32)]);
    holding(state.clone()).needs(&[SubmitResult]);
}

#[test]
fn a_proposed_match_is_finalized_after_its_window() {
    let proposed = || {
        lobby()
            .status(MatchStatus::Proposed)
            .with(|c| c.header.challenge_deadline = 300)
    };
    proposed().with(|c| c.slot = 300).waits();
    proposed().with(|c| c.slot = 301).needs(&[Finalize]);
    let uploaded = |c: &mut Case| {
        c.end = Some(vec![1]);
        c.uploaded = true;
        c.upload = UploadState::There(vec![1]);
    };
    proposed().with(uploaded).needs(&[CloseUpload]);
    proposed()
        .with(uploaded)
        .with(|c| c.slot = 301)
        .needs(&[Finalize]);
    proposed()
        .with(uploaded)
        .with(|c| c.upload = UploadState::Missing)
        .waits();
}

#[test]
fn a_result_that_all_players_signed_is_settled_at_once() {
    use protocol::{PlayerSlot as Slot, SessionKey, Signature};
    let signed = |slot: u8| (Slot(slot), SessionKey([slot; 32]), Signature([slot; 64]));
    let proposed = || {
        lobby().status(MatchStatus::Proposed).with(|c| {
            c.header.challenge_deadline = 300;
            c.slot = 200;
            c.cosigned = Some(Cosigned {
                expires_slot: 250,
                signatures: vec![signed(0), signed(1)],
            });
        })
    };
    proposed().needs(&[Cosign(0)]);
    proposed().with(|c| c.slot = 251).waits();
    proposed().with(|c| c.held = vec![Cosign(0)]).waits();
    let half = |c: &mut Case| c.slots[0].flags |= PlayerSlot::COSIGNED;
    proposed().with(half).needs(&[Cosign(1)]);
    proposed()
        .with(|c| (c.slot, c.cosigned) = (301, None))
        .needs(&[Finalize]);
}

#[test]
fn a_forfeit_bond_is_collected_and_shared() {
    let voided = || {
        lobby().status(MatchStatus::Voided).with(|c| {
            c.over_since_ms = Some(0);
            c.header.slash = 100;
            c.header.compensation_per_warrior = 30;
            c.header.award = 40;
            c.header.warriors_admitted = u8::MAX;
            c.header.slash_payable_slot = 500;
        })
    };
    let back = |c: &mut Case| {
        let players = c.slots.iter_mut().take(2);
        players.for_each(|slot| slot.flags |= PlayerSlot::REFUNDED);
    };
    voided().needs(&[Refund(0), Refund(1)]);
    voided().with(back).needs(&[CollectSlash]);
    let collected = |c: &mut Case| {
        back(c);
        c.header.slash_collected = 1;
        c.header.owed = 100;
        c.slot = 500;
    };
    voided().with(collected).with(|c| c.slot = 499).waits();
    voided().with(collected).needs(&[Compensate(0), Compensate(1)]);
    let compensated = |c: &mut Case| {
        collected(c);
        let players = c.slots.iter_mut().take(2);
        players.for_each(|slot| slot.flags |= PlayerSlot::COMPENSATED);
        c.header.owed = 40;
    };
    voided().with(compensated).needs(&[PayAward]);
    let paid = |c: &mut Case| {
        compensated(c);
        (c.header.award_paid, c.header.owed) = (1, 0);
    };
    voided().with(paid).needs(&[CloseEntry(0), CloseEntry(1)]);
}

/// A settled match of four, of whom one is paid and one gets nothing, just before its accounts may be closed.
fn settled() -> Case {
    lobby().status(MatchStatus::Settled).with(|c| {
        c.slots = vec![
            player(1, 0),
            player(2, PlayerSlot::CLAIMED),
            player(3, 0),
            player(4, 0),
        ];
        c.header.slots_used = 4;
        [7, 6, 0, 5]
            .iter()
            .zip(&mut c.slots)
            .for_each(|(payout, slot)| slot.payout = *payout);
        c.over_since_ms = Some(0);
        c.now_ms = 59_999;
    })
}

fn everybody_is_paid(c: &mut Case) {
    c.slots
        .iter_mut()
        .for_each(|slot| slot.flags |= PlayerSlot::CLAIMED)
}

fn nothing_is_owed(c: &mut Case) {
    everybody_is_paid(c);
    c.header.fee_swept = 1;
    c.header.burn_done = 1;
    c.header.owed = 0;
}

#[test]
fn a_settled_match_pays_everybody_then_closes() {
    settled().needs(&[Claim(0), Claim(3)]);
    settled()
        .with(|c| c.policy.claims_per_transaction = 1)
        .needs(&[Claim(0)]);
    settled().with(|c| c.held = vec![Claim(0)]).needs(&[Claim(3)]);
    settled().with(everybody_is_paid).needs(&[SweepFee]);
    settled()
        .with(everybody_is_paid)
        .with(|c| c.held = vec![SweepFee])
        .needs(&[Burn]);
    settled().with(nothing_is_owed).waits();
    let later = |c: &mut Case| {
        nothing_is_owed(c);
        c.now_ms = 60_000;
    };
    settled()
        .with(later)
        .needs(&[CloseEntry(0), CloseEntry(1), CloseEntry(2)]);
    settled()
        .with(later)
        .with(|c| c.held = (0..4).map(CloseEntry).collect())
        .waits();
    let no_entries = |c: &mut Case| {
        later(c);
        c.header.entries_open = 0;
    };
    settled().with(no_entries).needs(&[CloseRandomness]);
    settled()
        .with(no_entries)
        .with(|c| c.header.randomness = Pubkey::default())
        .needs(&[CloseMatch]);
    settled()
        .with(later)
        .with(|c| c.policy.close_delay = None)
        .waits();
    // Somebody's account is frozen: what is owed stays.
    settled().with(later).with(|c| c.header.owed = 1).waits();
}

#[test]
fn report_09_a_match_is_not_closed_before_what_depends_on_it() {
    let stranded = || {
        settled().with(nothing_is_owed).with(|c| {
            c.now_ms = 60_000;
            c.header.entries_open = 0;
            c.held = vec![CloseRandomness];
        })
    };
    stranded().waits();
    // Nothing helped for hours.
    stranded()
        .with(|c| c.hopeless = vec![CloseRandomness])
        .needs(&[CloseMatch]);
}

#[test]
fn a_match_without_a_result_gives_everything_back() {
    for status in [MatchStatus::Cancelled, MatchStatus::Voided] {
        let refunding = || lobby().status(status).with(|c| c.over_since_ms = Some(0));
        refunding().needs(&[Refund(0), Refund(1)]);
        refunding().with(|c| c.held = vec![Refund(0)]).needs(&[Refund(1)]);
        let back = |c: &mut Case| {
            c.slots
                .iter_mut()
                .take(2)
                .for_each(|slot| slot.flags |= PlayerSlot::REFUNDED);
            c.header.owed = 0;
        };
        refunding().with(back).needs(&[CloseEntry(0), CloseEntry(1)]);
        refunding().with(back).with(|c| c.now_ms = 59_999).waits();
    }
}
