//! The status machine, watched from outside after every step: which changes of a match are lawful.

use aurelius::state::{Match, MatchStatus as S, PlayerSlot};

use crate::MatchState;

/// The edges of the design's table, and no others.
const EDGES: [(S, S); 8] = [
    (S::Open, S::Locked),
    (S::Open, S::Cancelled),
    (S::Locked, S::Live),
    (S::Locked, S::Voided),
    (S::Live, S::Proposed),
    (S::Live, S::Voided),
    (S::Proposed, S::Settled),
    (S::Proposed, S::Voided),
];

/// All edges as status bytes.
pub fn edges() -> impl Iterator<Item = (u8, u8)> {
    EDGES.iter().map(|(from, to)| (*from as u8, *to as u8))
}

/// Checks that `now` may follow `before` at slot `slot`; `proven` when a proof landed in between.
#[track_caller]
pub fn check_change(before: &MatchState, now: &MatchState, slot: u64, proven: bool) {
    let (old, new) = (&before.header, &now.header);
    check_pinned(old, new);
    let (from, to) = (old.status, new.status);
    if from != to {
        assert!(
            edges().any(|edge| edge == (from, to)),
            "no way leads from status {from} to {to}"
        );
        check_edge(before, now, slot, proven);
    }
    check_counters(old, new, proven);
    check_slots(before, now, proven);
}

/// What is fixed at creation stays.
#[track_caller]
fn check_pinned(old: &Match, new: &Match) {
    let pinned = |header: &Match| {
        (
            (
                header.version,
                header.mode,
                header.players_max,
                header.warriors_max,
                header.match_id,
            ),
            (
                header.stake_per_warrior,
                header.created_slot,
                header.scheduled_slot,
                header.lock_deadline,
            ),
            (
                header.windows,
                header.operator,
                header.operator_authority,
                header.mint,
                header.vault,
            ),
            (
                header.trace,
                header.rent_payer,
                header.rules_hash,
                header.drip_root,
                header.cluster,
            ),
            (
                header.bond_reserved,
                header.burn_bps,
                header.reporter_bps,
                header.randomness_queue,
            ),
        )
    };
    assert_eq!(pinned(old), pinned(new), "what is pinned moved");
    if old.status >= S::Live as u8 && old.status != S::Cancelled as u8 {
        assert_eq!(
            (
                old.seed,
                old.genesis_leaf,
                old.capacity,
                old.warriors_at_start,
                old.started_slot
            ),
            (
                new.seed,
                new.genesis_leaf,
                new.capacity,
                new.warriors_at_start,
                new.started_slot
            ),
            "the start moved"
        );
    }
}

/// Why the status changed.
#[track_caller]
fn check_edge(before: &MatchState, now: &MatchState, slot: u64, proven: bool) {
    let (old, new) = (&before.header, &now.header);
    let held = new.bond_held;
    if new.status == S::Locked as u8 {
        assert!(
            slot <= old.lock_deadline && old.players_count >= 2,
            "locked too late or too empty"
        );
    } else if new.status == S::Live as u8 {
        assert!(slot <= old.entropy_deadline, "started too late");
    } else if new.status == S::Proposed as u8 {
        assert!(slot <= old.progress_deadline && held == 1, "a result too late");
    } else if new.status == S::Settled as u8 {
        let admitted = now
            .slots
            .iter()
            .filter(|slot| slot.has(PlayerSlot::ENTERED) && slot.first_warrior < new.warriors_admitted);
        let all_signed = admitted.clone().all(|slot| slot.has(PlayerSlot::COSIGNED));
        assert!(
            slot > old.challenge_deadline || all_signed,
            "settled with neither time nor signatures"
        );
        assert_eq!(held, 0, "the bond is free");
    } else if new.status == S::Cancelled as u8 {
        assert_eq!((held, new.slash), (0, 0), "nothing is forfeit before the start");
    } else if old.status == S::Locked as u8 {
        assert!(slot > old.entropy_deadline, "voided too early");
        assert_eq!((held, new.slash), (0, 0), "nothing is forfeit before the start");
    } else {
        let silent = old.status == S::Live as u8 && slot > old.progress_deadline;
        assert!(proven || silent, "voided without a proof and in time");
        assert_eq!(new.slash, new.bond_reserved, "the whole reserve is forfeit");
        let warriors = u64::from(new.warriors_admitted);
        let shares = new.award + warriors * new.compensation_per_warrior;
        assert_eq!(shares + new.slash_burn, new.slash);
        let pot = new.stake_per_warrior * u64::from(new.warriors_max);
        assert!(new.slash_burn >= pot, "less burns than the match could pay");
        assert_eq!(new.slash_payable_slot, slot + new.withdraw_slots);
    }
}

/// What only grows.
#[track_caller]
fn check_counters(old: &Match, new: &Match, proven: bool) {
    let posted = new.checkpoints_posted - old.checkpoints_posted;
    assert!(
        posted == 0 || old.status == S::Live as u8,
        "a checkpoint of a match that does not run"
    );
    assert!(new.checkpoints_posted <= new.checkpoints_max);
    assert!(
        old.warriors_admitted <= new.warriors_admitted,
        "warriors are never taken out"
    );
    assert!(new.players_count <= new.players_max && new.warriors_total <= new.warriors_max);
    if old.status != S::Open as u8 {
        assert!(old.deposited <= new.deposited, "stakes leave an open match only");
        assert!(old.warriors_total <= new.warriors_total);
        let late = old.status == S::Live as u8;
        assert!(old.deposited == new.deposited || late, "nobody enters now");
    }
    let terminal = old.status >= S::Settled as u8;
    if terminal {
        assert!(
            new.owed
                <= old.owed
                    + if new.slash_collected > old.slash_collected {
                        new.slash
                    } else {
                        0
                    }
        );
        assert_eq!(
            (
                old.pot,
                old.fee,
                old.burn,
                old.slash,
                old.award,
                old.compensation_per_warrior,
                old.challenger
            ),
            (
                new.pot,
                new.fee,
                new.burn,
                new.slash,
                new.award,
                new.compensation_per_warrior,
                new.challenger
            ),
            "the division of the money moved"
        );
        assert!(old.fee_swept <= new.fee_swept && old.burn_done <= new.burn_done);
        assert!(old.slash_collected <= new.slash_collected && old.award_paid <= new.award_paid);
    }
    assert!(old.bond_held >= new.bond_held, "a bond is reserved once");
    assert!(old.cosigned <= new.cosigned || proven, "signatures stay");
}

/// A slot is of one player, and nothing that was paid is owed again.
#[track_caller]
fn check_slots(before: &MatchState, now: &MatchState, proven: bool) {
    const PAID: u8 = PlayerSlot::CLAIMED | PlayerSlot::COMPENSATED;
    for (old, new) in before.slots.iter().zip(&now.slots) {
        if before.header.status == S::Open as u8 {
            continue; // players come and go
        }
        if old.has(PlayerSlot::ENTERED) {
            assert_eq!(
                (old.player, old.paid, old.warriors),
                (new.player, new.paid, new.warriors),
                "a player was replaced"
            );
        }
        if before.header.status >= S::Settled as u8 {
            assert_eq!(old.flags & !new.flags, 0, "a flag was taken back");
            assert_eq!(old.payout, new.payout, "a payout changed after settlement");
        } else {
            assert_eq!(old.flags & PAID, 0, "paid before the end");
            let kept = PlayerSlot::ENTERED | PlayerSlot::LATE;
            assert!(proven || new.has(old.flags & kept), "an entry vanished");
        }
    }
}

/// Checks that a match could be closed when it was last seen.
#[track_caller]
pub(super) fn check_closable(last: &MatchState) {
    let header = &last.header;
    assert!(header.status >= S::Settled as u8, "closed before it was over");
    assert_eq!(
        (header.owed, header.entries_open),
        (0, 0),
        "closed with something left"
    );
    assert!(
        header.slash == 0 || header.slash_collected == 1,
        "closed with the slash outstanding"
    );
}
