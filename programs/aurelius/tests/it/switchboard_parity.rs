//! Our offsets of a Switchboard randomness account against the struct of Switchboard's own crate.

use std::{cell::Ref, mem::offset_of};

use aurelius::switchboard::{offset, Randomness, ACCOUNT_DISCRIMINATOR, ACCOUNT_LEN_MIN};
use switchboard_on_demand::{Discriminator, RandomnessAccountData};

/// Bytes of a deployed account; the crate's struct is shorter.
const DEPLOYED_LEN: usize = 480;

#[test]
fn offsets_are_those_of_the_crate() {
    let crate_offsets = [
        offset_of!(RandomnessAccountData, authority),
        offset_of!(RandomnessAccountData, queue),
        offset_of!(RandomnessAccountData, seed_slothash),
        offset_of!(RandomnessAccountData, seed_slot),
        offset_of!(RandomnessAccountData, oracle),
        offset_of!(RandomnessAccountData, reveal_slot),
        offset_of!(RandomnessAccountData, value),
    ];
    let ours = [
        offset::AUTHORITY,
        offset::QUEUE,
        offset::SEED_SLOTHASH,
        offset::SEED_SLOT,
        offset::ORACLE,
        offset::REVEAL_SLOT,
        offset::VALUE,
    ];
    assert_eq!(ours, crate_offsets.map(|offset| offset + 8));
    assert_eq!(RandomnessAccountData::DISCRIMINATOR, ACCOUNT_DISCRIMINATOR);
    assert!(ACCOUNT_LEN_MIN <= RandomnessAccountData::size());
    assert!(RandomnessAccountData::size() <= DEPLOYED_LEN);
}

#[test]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
fn both_read_the_same_from_the_same_bytes() {
    // Every byte differs from its neighbours, so a shifted field cannot go unnoticed. Aligned as an
    // account's data is.
    let mut words: Vec<u64> = (0..DEPLOYED_LEN as u64 / 8)
        .map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .collect();
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
    bytes[..8].copy_from_slice(&ACCOUNT_DISCRIMINATOR);
    let ours = Randomness::parse(bytes).unwrap();
    let cell = std::cell::RefCell::new(bytes);
    let theirs = RandomnessAccountData::parse(Ref::map(cell.borrow(), |data| data)).unwrap();
    assert_eq!(ours.authority.to_bytes(), theirs.authority.to_bytes());
    assert_eq!(ours.queue.to_bytes(), theirs.queue.to_bytes());
    assert_eq!(ours.seed_slothash, theirs.seed_slothash);
    assert_eq!(ours.seed_slot, theirs.seed_slot);
    assert_eq!(ours.oracle.to_bytes(), theirs.oracle.to_bytes());
    assert_eq!(ours.reveal_slot, theirs.reveal_slot);
    assert_eq!(ours.value, theirs.value);
}

#[test]
fn discriminators_are_anchors() {
    use aurelius::{hash::SyscallSha256, switchboard::discriminator};
    for (name, ours) in [
        ("randomness_init", discriminator::INIT),
        ("randomness_commit", discriminator::COMMIT),
        ("randomness_reveal", discriminator::REVEAL),
        ("randomness_close", discriminator::CLOSE),
    ] {
        let hash = SyscallSha256::hash(&[b"global:", name.as_bytes()]);
        assert_eq!(hash[..8], ours, "{name}");
    }
}
