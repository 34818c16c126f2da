use protocol::directory::{Amount, CheckpointInfo, MatchStatus, PlayerInfo, ResultInfo};
use protocol::{Hash, PlayerSlot, SessionKey, Signature, Tick, WalletKey};

use super::*;
use crate::bridge::support::detail;

fn player(slot: u8, wallet: u8) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(slot),
        wallet: WalletKey([wallet; 32]),
        session: SessionKey([wallet; 32]),
        warriors: 2,
        first_warrior: Some(0),
        late: false,
        paid: Amount(10),
        payout: None,
        refunded: false,
        place: None,
        entered_in: Some(Signature([wallet; 64])),
        claimed_in: None,
    }
}

/// A whole match, event by event.
fn story() -> Vec<MatchEvent> {
    let status = |status, mark| MatchEvent::Status {
        status,
        signature: Some(Signature([mark; 64])),
    };
    let checkpoint = |index, posted: bool| {
        MatchEvent::Checkpoint(CheckpointInfo {
            index,
            tick: Tick(index * 600),
            digest: Hash([7; 32]),
            leaf: Hash([8; 32]),
            posted_in: posted.then_some(Signature([index as u8; 64])),
            slot: posted.then_some(99),
        })
    };
    vec![
        MatchEvent::Entered(player(0, 1)),
        MatchEvent::Entered(player(1, 2)),
        MatchEvent::Left {
            slot: PlayerSlot(0),
            wallet: WalletKey([1; 32]),
        },
        MatchEvent::Entered(player(0, 3)),
        status(MatchStatus::Locked, 1),
        MatchEvent::Started {
            seed: Hash([1; 32]),
            genesis_leaf: Hash([2; 32]),
            starts_at_ms: 5,
        },
        status(MatchStatus::Live, 2),
        checkpoint(0, false),
        checkpoint(0, true),
        checkpoint(1, true),
        MatchEvent::Result(ResultInfo {
            leaf: Hash([8; 32]),
            pot: Amount(20),
            fee: Amount(1),
            burn: Amount(0),
            proposed_in: None,
            finalized_in: None,
        }),
        MatchEvent::Status {
            status: MatchStatus::Settled,
            signature: None,
        },
        MatchEvent::Paid {
            slot: PlayerSlot(1),
            amount: Amount(19),
            refund: false,
            signature: Signature([9; 64]),
        },
    ]
}

#[test]
fn events_that_were_missed_are_found_again() {
    let mut all = vec![detail()];
    for event in story() {
        let mut next = all.last().unwrap().clone();
        next.apply(&event);
        all.push(next);
    }
    for (from, old) in all.iter().enumerate() {
        for new in &all[from..] {
            let mut caught_up = old.clone();
            events_between(old, new)
                .iter()
                .for_each(|event| caught_up.apply(event));
            assert_eq!(&caught_up, new);
        }
    }
}

#[test]
fn one_event_is_found_as_itself_and_none_as_none() {
    let mut old = detail();
    assert_eq!(events_between(&old, &old), []);
    for event in story() {
        let mut new = old.clone();
        new.apply(&event);
        assert_eq!(events_between(&old, &new), [event]);
        old = new;
    }
}
