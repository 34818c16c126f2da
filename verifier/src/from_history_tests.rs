//! A made-up match told as the ledger would tell it, and read back.

use client::aurelius::{self, event};
use client::event::Event;
use client::history::HistoryItem;
use client::{Call, Pubkey};

use super::*;
use crate::support::{entrant, honest, late_entrant, short_siege, STAKE};
use crate::verify;

/// An item without content.
fn blank() -> HistoryItem {
    HistoryItem {
        slot: 1,
        signature: Default::default(),
        call: Call::Finalize,
        accounts: Vec::new(),
        events: Vec::new(),
        movements: Vec::new(),
    }
}

/// The ledger of `record`.
fn told(record: &MatchRecord) -> Vec<HistoryItem> {
    let match_key = record.match_ref.key;
    let item = |call, event, movements| HistoryItem {
        call,
        events: vec![event],
        movements,
        ..blank()
    };
    let key = Pubkey::new_from_array;
    let movements_of = |cause: Cause| {
        record
            .payments
            .iter()
            .find(|payment| payment.cause == cause)
            .map(|p| p.movements.clone())
            .unwrap_or_default()
    };
    let entered = |player: &PlayerRecord| {
        let args = aurelius::EnterArgs {
            warriors: player.warriors,
            session_key: key(player.session_key),
            expect_stake: STAKE,
            expect_rules_hash: [0; 32],
            expect_terms: [0; 32],
            expect_late: player.late.is_some(),
        };
        let event = event::Entered {
            match_key,
            player: key(player.wallet),
            slot_index: player.index,
            warriors: player.warriors,
            first_warrior: player.late.and_then(|late| late.first_warrior).unwrap_or(255),
            session_key: key(player.session_key),
            paid: player.paid,
            late: player.late.is_some(),
        };
        item(
            Call::Enter(args),
            Event::Entered(event),
            movements_of(Cause::Entered(player.wallet)),
        )
    };
    let created = event::MatchCreated {
        match_key,
        match_id: 1,
        operator: key([5; 32]),
        operator_authority: key([6; 32]),
        crank: key([6; 32]),
        mint: record.match_ref.mint,
        token_program: record.match_ref.token_program,
        stake_per_warrior: STAKE,
        players_max: 20,
        warriors_max: 20,
        rules_hash: record.terms.rules_hash.unwrap(),
        rules: record.terms.rules.clone(),
        receipt_key: Pubkey::new_from_array([9; 32]),
        drip_root: record.terms.drip_root,
        scheduled_slot: 0,
        lock_deadline: 9,
        slot_us: record.terms.slot_us.unwrap(),
        windows: aurelius::state::Windows {
            checkpoint_slots: 10,
            result_slots: 20,
            ..Default::default()
        },
        cluster: [0; 32],
        bond_reserved: 40 * STAKE,
        burn_bps: 5_000,
        reporter_bps: 1_000,
        withdraw_slots: 7,
        terms_hash: [7; 32],
    };
    let args = aurelius::CreateMatchArgs {
        rules: record.terms.rules.clone(),
        stake_per_warrior: STAKE,
        players_max: 20,
        warriors_max: 20,
        receipt_key: Pubkey::new_from_array([9; 32]),
        drip_root: record.terms.drip_root,
        scheduled_slot: 0,
        expect_terms: [7; 32],
        slot_us: record.terms.slot_us.unwrap(),
    };
    let mut items = vec![item(
        Call::CreateMatch { match_id: 1, args },
        Event::MatchCreated(created),
        vec![],
    )];
    // Somebody who thought better of it.
    let fickle = PlayerRecord {
        index: 1,
        wallet: [0x44; 32],
        ..record.players[0].clone()
    };
    let vault = record.match_ref.vault();
    let pocket = record.match_ref.token_account(&key(fickle.wallet));
    let mut item_in = entered(&fickle);
    item_in.movements = vec![TokenMovement::Transfer {
        source: pocket,
        destination: vault,
        amount: fickle.paid,
    }];
    items.push(item_in);
    let left = event::Left {
        match_key,
        player: key(fickle.wallet),
        slot_index: 1,
        refunded: fickle.paid,
    };
    let back = TokenMovement::Transfer {
        source: vault,
        destination: pocket,
        amount: fickle.paid,
    };
    items.push(item(Call::Leave, Event::Left(left), vec![back]));
    items.extend(
        record
            .players
            .iter()
            .filter(|player| player.late.is_none())
            .map(entered),
    );
    // The first player loses their key and takes another.
    if let Event::Entered(first) = &mut items[3].events[0] {
        first.session_key = key([0x55; 32]);
    }
    let rotated = event::SessionKeyRotated {
        match_key,
        player: key(record.players[0].wallet),
        session_key: key(record.players[0].session_key),
    };
    let call = Call::RotateSessionKey {
        session_key: rotated.session_key,
    };
    items.push(item(call, Event::SessionKeyRotated(rotated), vec![]));
    let start = record.start.as_ref().unwrap();
    let started = event::MatchStarted {
        match_key,
        randomness: key([7; 32]),
        seed_slot: 3,
        value: start.value,
        seed: start.seed,
        genesis_leaf: start.genesis_leaf,
        owners: start.owners.clone(),
        capacity: start.capacity,
        started_slot: start.slot.unwrap(),
        late_entry_deadline: 5,
        progress_deadline: 6,
    };
    let call = Call::StartMatch {
        signature: [0; 64],
        recovery_id: 0,
        value: start.value,
    };
    items.push(item(call, Event::MatchStarted(started), vec![]));
    for checkpoint in &record.checkpoints {
        let late = record.players.iter().filter(|player| {
            player
                .late
                .is_some_and(|late| late.checkpoints_before == Some(checkpoint.index))
        });
        items.extend(late.map(entered));
        let posted = event::CheckpointPosted {
            match_key,
            index: checkpoint.index,
            digest: checkpoint.digest.unwrap(),
            beacon: checkpoint.beacon,
        };
        let call = Call::PostCheckpoint {
            index: checkpoint.index,
            continues: aurelius::Continues::from_leaf(&[0; 32], 0),
            drip_key: checkpoint.drip_key,
            beacon_prefix: [0; 8],
            leaves: checkpoint.segments.iter().map(|segment| segment.leaf).collect(),
            inputs: checkpoint
                .segments
                .iter()
                .map(|segment| segment.inputs.clone())
                .collect(),
        };
        items.push(HistoryItem {
            slot: checkpoint.slot.unwrap(),
            ..item(call, Event::CheckpointPosted(posted), vec![])
        });
    }
    let result = record.result.as_ref().unwrap();
    let books = result.books.unwrap();
    let submitted = event::ResultSubmitted {
        match_key,
        final_leaf: result.final_leaf.unwrap(),
        pot: books.pot,
        fee: books.fee,
        burn: books.burn,
        refunded: books.refunded,
        payouts: result.payouts.clone(),
        challenge_deadline: 0,
    };
    let call = Call::SubmitResult {
        state: result.state.clone().unwrap(),
    };
    items.push(item(call, Event::ResultSubmitted(submitted), vec![]));
    items.push(item(
        Call::Finalize,
        Event::MatchSettled(event::MatchSettled {
            match_key,
            cosigned: false,
        }),
        vec![],
    ));
    for payment in &record.payments {
        let recipient = key(payment.recipient.unwrap_or_default());
        let amount = payment.stated;
        let (call, event) = match payment.cause {
            Cause::Claimed(wallet) => {
                let player = key(wallet);
                (
                    Call::Claim,
                    Event::Claimed(event::Claimed {
                        match_key,
                        player,
                        recipient,
                        amount,
                        refund: false,
                    }),
                )
            }
            Cause::FeeSwept => (
                Call::SweepFee,
                Event::FeeSwept(event::FeeSwept {
                    match_key,
                    recipient,
                    amount,
                }),
            ),
            Cause::Burned => (
                Call::Burn,
                Event::Burned(event::Burned {
                    match_key,
                    recipient,
                    amount,
                }),
            ),
            Cause::Closed => (
                Call::CloseMatch,
                Event::MatchClosed(event::MatchClosed {
                    match_key,
                    surplus: amount,
                }),
            ),
            _ => continue,
        };
        items.push(item(call, event, payment.movements.clone()));
    }
    items
}

fn siege() -> MatchRecord {
    let entrants = [
        entrant(0, 2),
        entrant(1, 1),
        entrant(2, 3),
        late_entrant(3, 2, Some(2)),
        late_entrant(4, 1, Some(3)),
    ];
    let mut record = honest(short_siege(), &entrants, 9);
    for (player, first) in record.players.iter_mut().skip(3).zip([6, 8]) {
        player.late.as_mut().unwrap().first_warrior = Some(first);
    }
    record
}

#[test]
fn what_the_ledger_tells_is_the_record() {
    let record = siege();
    let read = MatchRecord::from_history(&told(&record)).unwrap();
    assert_eq!(read.terms, record.terms);
    assert_eq!(read.players, record.players);
    assert_eq!(read.start, record.start);
    assert_eq!(read.result, record.result);
    assert_eq!(read.standing, Standing::Settled);
    let segments = |record: &MatchRecord| {
        record
            .checkpoints
            .iter()
            .map(|c| c.segments.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(segments(&read), segments(&record));
    let verdict = verify(&read, |_| {});
    assert!(verdict.ok, "{verdict}");
    // The one who left is accounted for: two payments more than in the record.
    assert_eq!(read.payments.len(), record.payments.len() + 2);
}

#[test]
fn the_seed_is_judged_by_what_was_passed_not_by_what_was_announced() {
    let mut items = told(&siege());
    for item in &mut items {
        if let Call::StartMatch { value, .. } = &mut item.call {
            value[0] ^= 1;
        }
    }
    let verdict = verify(&MatchRecord::from_history(&items).unwrap(), |_| {});
    assert!(verdict.first_difference.unwrap().what.contains("seed"));
}

#[test]
fn tokens_that_leave_with_any_other_instruction_are_seen() {
    let record = siege();
    let mut items = told(&record);
    let finalize = items
        .iter_mut()
        .find(|item| matches!(item.call, Call::Finalize))
        .unwrap();
    let (source, destination) = (record.match_ref.vault(), Pubkey::new_from_array([1; 32]));
    finalize.movements = vec![TokenMovement::Transfer {
        source,
        destination,
        amount: 1,
    }];
    let verdict = verify(&MatchRecord::from_history(&items).unwrap(), |_| {});
    assert!(verdict.to_string().contains("moves no tokens"), "{verdict}");
}

#[test]
fn an_incomplete_history_is_refused_by_name() {
    let items = told(&siege());
    assert_eq!(
        MatchRecord::from_history(&items[1..]).unwrap_err(),
        RecordError::NotCreated
    );
    assert_eq!(
        MatchRecord::from_history(&[]).unwrap_err(),
        RecordError::NotCreated
    );
    for instruction in ["create_match", "start_match", "post_checkpoint", "submit_result"] {
        let mut items = items.clone();
        for item in &mut items {
            let is_it = matches!(
                (instruction, &item.call),
                ("create_match", Call::CreateMatch { .. })
                    | ("start_match", Call::StartMatch { .. })
                    | ("post_checkpoint", Call::PostCheckpoint { .. })
                    | ("submit_result", Call::SubmitResult { .. })
            );
            if is_it {
                item.events.clear();
            }
        }
        match MatchRecord::from_history(&items).unwrap_err() {
            RecordError::EventMissing {
                instruction: found, ..
            } => assert_eq!(found, instruction),
            other => panic!("{instruction}: {other}"),
        }
    }
}
