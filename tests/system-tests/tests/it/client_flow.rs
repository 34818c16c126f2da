//! Whole matches on a local chain through the client alone, and what the verifier says of them: while they run, when
//! they are settled, and after every account of theirs is closed.

use std::time::Duration;

use client::history::HistoryOptions;
use client::pubsub::{Notice, PubSub, PubSubConfig, Subscription, Topic};
use client::sender::{Outcome, Prepared};
use client::view::{fetch, MatchStatus};
use client::{aurelius::error::AureliusError, instruction, Error};
use protocol::replay::Replay;
use solana_keypair::Keypair;
use solana_signer::Signer;
use system_tests::driver::{
    quick_blitz, quick_siege, Contestant, MatchDriver, MatchTerms, Scene, PURSE, SOL,
};
use verifier::record::{Evidence, Standing};
use verifier::{verify, CheckResult, MatchRecord, Verdict};

const STAKE: u64 = 1_000_007;

fn blitz() -> MatchTerms {
    MatchTerms {
        rules: quick_blitz(),
        stake_per_warrior: STAKE,
        players_max: 8,
        warriors_max: 20,
    }
}

async fn record(driver: &MatchDriver<'_>, replay: Option<&Replay>) -> MatchRecord {
    verifier::read::from_chain(&driver.scene.rpc, driver.reference.key, replay, |_| {})
        .await
        .unwrap()
}

#[track_caller]
fn assert_ok(record: &MatchRecord) -> Verdict {
    let verdict = verify(record, |_| {});
    assert!(verdict.ok, "{verdict}");
    verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blitz_from_entry_to_close_verifies_at_every_stage() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = MatchDriver::open(&scene, blitz()).await;
    for warriors in [1, 5, 2, 3] {
        driver.join(warriors).await;
    }
    // The second thinks better of it; somebody else takes their slot.
    driver.leave(1).await;
    driver.join(4).await;
    assert_ok(&record(&driver, None).await);

    driver.lock().await;
    driver.start().await;
    driver.checkpoint().await;
    let live = record(&driver, None).await;
    assert_eq!((live.standing, live.checkpoints.len()), (Standing::Live, 1));
    assert!(live.trace.is_some());
    assert_ok(&live);

    driver.play_out().await;
    driver.submit_result().await;
    driver.finalize().await;
    let supply = scene.supply().await;
    driver.claim_all().await;
    driver.sweep_and_burn().await;
    let replay = driver.replay().await;
    let settled = record(&driver, Some(&replay)).await;
    let verdict = assert_ok(&settled);
    assert!(
        verdict
            .checks
            .iter()
            .all(|check| check.result == CheckResult::Passed),
        "{verdict}"
    );
    check_balances(&driver, &verdict, supply).await;

    driver.close().await;
    assert!(fetch::match_account(&scene.rpc, driver.reference.key)
        .await
        .unwrap()
        .is_none());
    assert!(fetch::trace(&scene.rpc, &driver.reference.key)
        .await
        .unwrap()
        .is_none());
    let closed = record(&driver, Some(&replay)).await;
    assert_eq!(closed.evidence, Evidence::LedgerAndReplay);
    assert!(closed.trace.is_none());
    let verdict = assert_ok(&closed);
    assert!(
        verdict.check("transfers").unwrap().detail.contains("closed"),
        "{verdict}"
    );

    // The same ledger under a replay file that lies.
    let mut liar = replay;
    liar.inputs.pop();
    let verdict = verify(&record(&driver, Some(&liar)).await, |_| {});
    assert!(!verdict.ok, "{verdict}");
    assert!(verdict
        .first_difference
        .unwrap()
        .what
        .contains("without a signed input"));
}

/// Every wallet has what it began with, less its stake, plus the payout that the verifier computed.
async fn check_balances(driver: &MatchDriver<'_>, verdict: &Verdict, supply_before: u64) {
    let view = driver.view().await;
    for player in view.players() {
        let expected = PURSE - player.paid + verdict.payouts[usize::from(player.index)];
        assert_eq!(
            driver.scene.tokens(&player.wallet).await,
            expected,
            "player {}",
            player.index
        );
    }
    assert_eq!(driver.scene.tokens(&driver.scene.treasury).await, view.header.fee);
    assert_eq!(driver.scene.supply().await, supply_before - view.header.burn);
    let total: u64 = verdict.payouts.iter().sum();
    assert_eq!(total + view.header.fee + view.header.burn, view.header.deposited);
    assert_eq!(view.header.owed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_siege_with_late_entries_settles_through_an_upload() {
    let scene = Scene::start(&[quick_siege()]).await;
    let terms = MatchTerms {
        rules: quick_siege(),
        stake_per_warrior: STAKE,
        players_max: 20,
        warriors_max: 100,
    };
    let mut driver = MatchDriver::open(&scene, terms).await;
    for warriors in [5, 1, 3] {
        driver.join(warriors).await;
    }
    driver.lock().await;
    driver.start().await;
    driver.checkpoint().await;
    let admitted = driver.join_late(2, true).await;
    driver.checkpoint().await;
    let left_out = driver.join_late(1, false).await;
    driver.play_out().await;
    driver.submit_result().await;
    driver.finalize().await;
    let supply = scene.supply().await;
    driver.claim_all().await;
    driver.sweep_and_burn().await;

    let view = driver.view().await;
    let player = |place: usize| view.player(&driver.contestants[place].wallet.pubkey()).unwrap();
    assert!(player(admitted).late && !player(admitted).refunded);
    assert!(player(left_out).late && player(left_out).refunded);
    assert_eq!(player(left_out).payout, player(left_out).paid);

    let replay = driver.replay().await;
    let verdict = assert_ok(&record(&driver, Some(&replay)).await);
    check_balances(&driver, &verdict, supply).await;
    driver.close().await;
    assert_ok(&record(&driver, Some(&replay)).await);
    assert_ok(&MatchRecord::from_replay(&replay));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_and_voided_matches_pay_back_and_verify() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut cancelled = MatchDriver::open(&scene, blitz()).await;
    cancelled.join(2).await;
    let cancel = instruction::cancel(&cancelled.reference, scene.operator.pubkey());
    scene.run(&[cancel], &scene.operator, &[]).await;
    cancelled.refund_all().await;
    assert_eq!(
        scene.tokens(&cancelled.contestants[0].wallet.pubkey()).await,
        PURSE
    );
    cancelled.close().await;
    assert_eq!(
        assert_ok(&record(&cancelled, None).await).standing,
        Standing::Cancelled
    );

    let mut voided = MatchDriver::open(&scene, blitz()).await;
    voided.join(1).await;
    voided.join(1).await;
    voided.lock().await;
    voided.start().await;
    voided.checkpoint().await;
    scene.pass(voided.view().await.header.progress_deadline).await;
    let stranger = scene.wallet().await;
    scene
        .run(
            &[instruction::void_match(&voided.reference, stranger.pubkey())],
            &stranger,
            &[],
        )
        .await;
    assert_eq!(voided.view().await.status, MatchStatus::Voided);
    voided.refund_all().await;
    let player = voided.contestants[1].wallet.pubkey();
    assert_eq!(scene.tokens(&player).await, PURSE);
    voided.share_slash().await;
    let header = voided.view().await.header;
    assert_eq!(
        scene.tokens(&player).await,
        PURSE + header.compensation_per_warrior
    );
    assert_eq!(scene.tokens(&stranger.pubkey()).await, PURSE + header.award);
    assert_eq!(
        header.award + 2 * header.compensation_per_warrior + header.slash_burn,
        header.bond_reserved
    );
    voided.close().await;
    let verdict = assert_ok(&record(&voided, None).await);
    assert_eq!(verdict.standing, Standing::Voided);
    assert_eq!(verdict.check("checkpoints").unwrap().result, CheckResult::Passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_operator_is_found_by_the_leaf() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = MatchDriver::open(&scene, blitz()).await;
    driver.join(2).await;
    driver.join(2).await;
    driver.lock().await;
    driver.start().await;
    driver.checkpoint().await;
    let mut posted = driver.next().await;
    posted.leaves[1][0] ^= 1;
    scene.run(&[driver.post(posted)], &scene.operator, &[]).await;
    let verdict = verify(&record(&driver, None).await, |_| {});
    let difference = verdict.first_difference.as_ref().unwrap();
    assert_eq!(
        (difference.checkpoint(), difference.segment(), difference.tick()),
        (Some(1), Some(1), Some(180)),
        "{verdict}"
    );
    assert!(difference.what.contains("leaf"), "{verdict}");
}

fn aurelius(result: Result<(), Error>) -> AureliusError {
    let error = result.unwrap_err();
    error
        .aurelius()
        .unwrap_or_else(|| panic!("not the program's error: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_back_by_name() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = MatchDriver::open(&scene, blitz()).await;
    driver.join(1).await;

    let six = Contestant::new(scene.wallet().await, 6);
    assert_eq!(aurelius(driver.enter(&six).await), AureliusError::WarriorsInvalid);
    let claim = instruction::claim(
        &driver.reference,
        scene.operator.pubkey(),
        &driver.contestants[0].wallet.pubkey(),
    );
    let claimed = scene
        .sender
        .send_and_confirm(&[claim], &scene.operator, &[])
        .await;
    assert_eq!(aurelius(claimed.map(|_| ())), AureliusError::MatchNotSettled);
    assert_eq!(
        aurelius(
            scene
                .sender
                .send_and_confirm(
                    &[instruction::void_match(
                        &driver.reference,
                        scene.operator.pubkey()
                    )],
                    &scene.operator,
                    &[]
                )
                .await
                .map(|_| ())
        ),
        AureliusError::NotVoidable
    );

    // The token program's own error, from within the escrow's instruction.
    let rich = MatchTerms {
        stake_per_warrior: PURSE + 1,
        ..blitz()
    };
    let dear = MatchDriver::open(&scene, rich).await;
    let error = dear
        .enter(&Contestant::new(scene.wallet().await, 1))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("token account holds too little"),
        "{error}"
    );
    assert!(!error.is_transient());

    // Nobody: no account on this chain pays the fee.
    let nobody = Keypair::new();
    let error = scene
        .sender
        .send_and_confirm(&[instruction::finalize(&driver.reference)], &nobody, &[])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("fund it"), "{error}");

    // An address that is no match.
    let missing = client::history::of_match(&scene.rpc, nobody.pubkey(), HistoryOptions::default(), |_| {})
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("check the address"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_transaction_lands_once_however_often_it_is_sent() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let to = Keypair::new().pubkey();
    let pay = solana_system_interface::instruction::transfer(&scene.operator.pubkey(), &to, SOL);
    let prepared = scene.sender.prepare(&[pay], &scene.operator, &[]).await.unwrap();
    let stored = prepared.to_bytes().unwrap();
    // What a service does after a restart.
    let restored = Prepared::from_bytes(&stored, prepared.last_valid_block_height).unwrap();
    assert_eq!(restored.signature, prepared.signature);
    for _ in 0..3 {
        scene.sender.submit(&restored).await.unwrap();
        assert!(matches!(
            scene.sender.track(&restored).await,
            Outcome::Landed { .. }
        ));
    }
    assert_eq!(scene.rpc.balance(&to).await.unwrap(), SOL);

    // One that was never sent expires once its blockhash is over, and not before.
    let pay = solana_system_interface::instruction::transfer(&scene.operator.pubkey(), &to, 2 * SOL);
    let unsent = scene.sender.prepare(&[pay], &scene.operator, &[]).await.unwrap();
    scene.pass(scene.rpc.slot().await.unwrap() + 200).await;
    assert!(matches!(scene.sender.track(&unsent).await, Outcome::Expired));
    assert_eq!(scene.rpc.balance(&to).await.unwrap(), SOL);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_see_the_match_change() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let pubsub = PubSub::start(PubSubConfig::new(&scene.chain.ws_url));
    let mut driver = MatchDriver::open(&scene, blitz()).await;
    let match_key = driver.reference.key;
    let mut one = pubsub.subscribe(Topic::Account(match_key)).await.unwrap();
    let filters = fetch::match_filters(None, None);
    let mut all = pubsub
        .subscribe(Topic::Program {
            program: client::PROGRAM_ID,
            filters,
        })
        .await
        .unwrap();
    let mut slots = pubsub.subscribe(Topic::Slot).await.unwrap();
    for subscription in [&mut one, &mut all, &mut slots] {
        assert!(matches!(subscription.next().await, Some(Notice::Resync)));
    }
    driver.join(3).await;
    for subscription in [&mut one, &mut all] {
        let seen = tokio::time::timeout(Duration::from_secs(10), sees_warriors(subscription, match_key, 3));
        seen.await.expect("no notice of the entry");
    }
    assert!(matches!(slots.next().await, Some(Notice::Slot { .. })));
}

/// Waits for a notice of the match with this many warriors; earlier changes may be told first.
async fn sees_warriors(subscription: &mut Subscription, match_key: client::Pubkey, warriors: u8) {
    loop {
        let Some(Notice::Account { address, account, .. }) = subscription.next().await else {
            panic!("no notice")
        };
        assert_eq!(address, match_key);
        let view = client::view::MatchView::decode(address, &account).unwrap();
        if view.header.warriors_total == warriors {
            return;
        }
    }
}
