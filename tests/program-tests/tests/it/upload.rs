use aurelius::error::AureliusError as E;
use client::{address, instruction};
use program_tests::{swapped, World};
use solana_signer::Signer;

#[test]
fn an_upload_holds_what_its_owner_wrote_and_returns_its_rent() {
    let mut world = World::new();
    let (owner, stranger) = (world.wallet(), world.wallet());
    let key = owner.pubkey();
    world.refuse(&[instruction::open_upload(key, 1, 0)], &[&owner], E::UploadEmpty);
    world.refuse(
        &[instruction::open_upload(key, 1, u32::MAX)],
        &[&owner],
        E::UploadTooLong,
    );
    let before = world.lamports(&key);
    world.send(&[instruction::open_upload(key, 1, 10)], &[&owner]);
    world.refuse_code(&[instruction::open_upload(key, 1, 10)], &[&owner], 0);
    world.send(&[instruction::write_upload(key, 1, 3, vec![7; 7])], &[&owner]);
    world.refuse(
        &[instruction::write_upload(key, 1, 4, vec![7; 7])],
        &[&owner],
        E::UploadOutOfBounds,
    );
    world.refuse(
        &[instruction::write_upload(key, 1, u32::MAX, vec![7; 7])],
        &[&owner],
        E::UploadOutOfBounds,
    );
    let upload = address::upload(&key, 1);
    assert_eq!(
        world.account(&upload).unwrap().data[..]
            .iter()
            .rev()
            .take(7)
            .copied()
            .collect::<Vec<_>>(),
        [7; 7]
    );
    for attempt in [
        instruction::write_upload(key, 1, 0, vec![1]),
        instruction::close_upload(key, 1),
    ] {
        let theft = swapped(attempt, &key, &stranger.pubkey());
        let refused = world.try_send(&[theft], &[&stranger]);
        assert!(refused.is_err(), "a stranger touched an upload");
    }
    world.send(&[instruction::close_upload(key, 1)], &[&owner]);
    assert_eq!(world.lamports(&key), before);
    assert!(world.account(&upload).is_none());
}
