use solana_hash::Hash;
use solana_transaction_4::versioned::VersionedTransaction;

use super::super::record::Outcome;
use super::*;

fn address(byte: u8) -> Address {
    Address::from([byte; 32])
}

fn signature(sequence: u64) -> Signature {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(&(sequence + 1).to_le_bytes());
    Signature::from(bytes)
}

fn record(sequence: u64, slot: u64, keys: &[u8]) -> Arc<TransactionRecord> {
    Arc::new(TransactionRecord {
        sequence,
        slot,
        index: 0,
        block_time: 0,
        transaction: VersionedTransaction {
            signatures: vec![signature(sequence)],
            ..VersionedTransaction::default()
        },
        outcome: Outcome {
            keys: keys.iter().copied().map(address).collect(),
            ..Outcome::default()
        },
    })
}

fn block(slot: u64, transactions: Vec<Arc<TransactionRecord>>) -> Block {
    Block {
        slot,
        parent: slot.saturating_sub(1),
        height: slot,
        blockhash: Hash::default(),
        previous_blockhash: Hash::default(),
        time: 0,
        transactions,
    }
}

/// Two transactions a slot; the first names addresses 1 and 2, the second address 2.
fn filled(slots: u64, blocks_max: usize, transactions_max: usize) -> History {
    let mut history = History::new(blocks_max, transactions_max);
    for slot in 0..slots {
        let records = vec![record(2 * slot, slot, &[1, 2]), record(2 * slot + 1, slot, &[2])];
        for record in &records {
            history.push_transaction(record.clone());
        }
        history.push_block(block(slot, records));
    }
    history
}

fn page() -> Page {
    Page {
        before: None,
        until: None,
        slot_max: u64::MAX,
        limit: 1_000,
    }
}

fn sequences(history: &History, address_byte: u8, page: Page) -> Vec<u64> {
    history
        .of_address(&address(address_byte), &page)
        .iter()
        .map(|record| record.sequence)
        .collect()
}

#[test]
fn pages_are_newest_first_and_bounded_by_signatures() {
    let history = filled(3, 100, 100);
    assert_eq!(sequences(&history, 1, page()), [4, 2, 0]);
    assert_eq!(sequences(&history, 2, page()), [5, 4, 3, 2, 1, 0]);
    assert_eq!(sequences(&history, 9, page()), [0u64; 0]);
    let between = Page {
        before: Some(signature(4)),
        until: Some(signature(1)),
        ..page()
    };
    assert_eq!(sequences(&history, 2, between), [3, 2]);
    assert_eq!(sequences(&history, 2, Page { limit: 2, ..page() }), [5, 4]);
    let rooted = Page {
        slot_max: 0,
        ..page()
    };
    assert_eq!(sequences(&history, 2, rooted), [1, 0]);
    let unknown = Page {
        before: Some(signature(99)),
        ..page()
    };
    assert_eq!(sequences(&history, 2, unknown), [0u64; 0]);
}

#[test]
fn eviction_by_blocks_drops_every_index() {
    let history = filled(10, 3, 100);
    assert_eq!(history.first_slot(), 7);
    assert!(history.block(6).is_none());
    assert_eq!(history.block(9).map(|block| block.slot), Some(9));
    assert_eq!(history.transaction_count(), 20);
    assert!(history.transaction(&signature(13)).is_none());
    assert_eq!(history.transaction(&signature(14)).map(|r| r.sequence), Some(14));
    assert_eq!(sequences(&history, 1, page()), [18, 16, 14]);
    assert_eq!(history.by_signature.len(), 6);
    assert_eq!(history.by_address.values().map(VecDeque::len).sum::<usize>(), 9);
}

#[test]
fn eviction_by_transactions_keeps_whole_blocks() {
    let history = filled(10, 100, 5);
    assert_eq!(history.first_slot(), 8);
    assert!(history.block(7).is_none());
    assert!(history.header(7).is_some());
    assert_eq!(sequences(&history, 2, page()), [19, 18, 17, 16]);
}

#[test]
fn the_newest_block_stays_even_when_it_alone_is_over_the_bound() {
    let history = filled(3, 100, 1);
    assert_eq!(history.first_slot(), 2);
    assert_eq!(sequences(&history, 2, page()), [5, 4]);
}
