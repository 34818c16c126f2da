//! The watchtower against the real program on a local chain: honest operators are left alone; liars and the silent are
//! voided, and everybody gets exactly what is theirs.

use std::time::Duration;

use crate::support::watchtower::{
    assert_paid_out, blitz, challenger, config, lie, post, started, Line, Tower,
};
use client::aurelius::UpdateConfigArgs;
use client::instruction;
use client::pubsub::{PubSub, PubSubConfig};
use client::view::{fetch, MatchStatus, Windows};
use solana_signer::Signer;
use system_tests::driver::{quick_blitz, quick_siege, MatchTerms, Scene};
use watchtower::{Fault, Report, Tally, Until};

fn proven_once() -> Tally {
    Tally {
        checked: 0,
        faults: 1,
        proven: 1,
        ..Tally::default()
    }
}

/// The tally without the checkpoints that agreed.
fn faults(tally: Tally) -> Tally {
    Tally { checked: 0, ..tally }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_match_is_followed_to_its_end_without_alarm() {
    let scene = Scene::start(&[quick_blitz(), quick_siege()]).await;
    let key = challenger(&scene).await;
    let mut subscribed = config(&scene.chain.rpc_url, Some(key));
    subscribed.pubsub = Some(PubSub::start(PubSubConfig::new(&scene.chain.ws_url)));
    // Only the subscription can be this quick.
    subscribed.pace.polling_subscribed = Duration::from_secs(2);
    let mut tower = Tower::start(subscribed);
    let mut driver = started(&scene, blitz()).await;
    let match_key = driver.reference.key;
    driver.play_out().await;
    let posted = driver.view().await.header.checkpoints_posted;
    driver.submit_result().await;
    driver.finalize().await;
    let ended = tower
        .until("end of the Blitz", |report| {
            matches!(report, Report::Ended { .. })
        })
        .await;
    assert_eq!(
        ended,
        Report::Ended {
            match_key,
            status: Some(MatchStatus::Settled),
            checkpoints: posted
        }
    );

    // A Siege whose players come late, seen by a watchtower that comes late, too.
    let siege = MatchTerms {
        rules: quick_siege(),
        warriors_max: 100,
        ..blitz()
    };
    let mut driver = started(&scene, siege).await;
    driver.checkpoint().await;
    driver.join_late(2, true).await;
    driver.join_late(1, false).await;
    driver.checkpoint().await;
    let mut late = config(&scene.chain.rpc_url, None);
    late.until = Until::CaughtUp;
    let mut once = Tower::start(late);
    let tally = once.handle.wait().await;
    assert_eq!((tally.checked, tally.faults), (2, 0));
    driver.play_out().await;
    let posted = driver.view().await.header.checkpoints_posted;
    driver.submit_result().await;
    driver.finalize().await;
    let siege_key = driver.reference.key;
    let ended = tower
        .until(
            "end of the Siege",
            |report| matches!(report, Report::Ended { match_key, .. } if *match_key == siege_key),
        )
        .await;
    assert!(matches!(ended, Report::Ended { checkpoints, .. } if checkpoints == posted));
    let tally = tower.handle.stop().await;
    assert_eq!(faults(tally), Tally::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_leaf_is_proven_and_everybody_is_paid() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let key = challenger(&scene).await;
    let mut tower = Tower::start(config(&scene.chain.rpc_url, Some(key.clone())));
    let mut witness = Tower::start(config(&scene.chain.rpc_url, None));
    let mut driver = started(&scene, blitz()).await;
    driver.checkpoint().await;
    let match_key = driver.reference.key;
    for tower in [&mut tower, &mut witness] {
        tower
            .until("first checkpoint", |report| {
                *report == Report::Checked { match_key, index: 0 }
            })
            .await;
    }
    let index = lie(&mut driver).await;
    let fault = tower
        .until("fault", |report| matches!(report, Report::Fault { .. }))
        .await;
    assert!(
        matches!(
            &fault,
            Report::Fault { fault: Fault::Wrong { index: at, segment: 1, tick: 180, .. }, .. } if *at == index
        ),
        "{fault:?}"
    );
    let closed = tower
        .until("closed case", |report| {
            matches!(report, Report::CaseClosed { .. })
        })
        .await;
    assert_eq!(closed, Report::CaseClosed { match_key, unpaid: 0 });
    assert_eq!(driver.view().await.status, MatchStatus::Voided);
    let slash = assert_paid_out(&driver, &key.pubkey()).await;
    assert!(tower.seen.contains(&Report::Collected {
        match_key,
        amount: slash
    }));
    assert_eq!(faults(tower.handle.stop().await), proven_once());

    // Who has no key sees the same, and that it was dealt with.
    witness
        .until("end", |report| matches!(report, Report::Ended { .. }))
        .await;
    let tally = witness.handle.stop().await;
    assert_eq!(
        (tally.faults, tally.proven_by_others, tally.unpunished()),
        (1, 1, 0)
    );

    // Nothing is owed any more.
    driver.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_siege_is_proven_through_an_upload_that_is_closed_again() {
    let scene = Scene::start(&[quick_siege()]).await;
    let siege = MatchTerms {
        rules: quick_siege(),
        warriors_max: 100,
        ..blitz()
    };
    let mut driver = started(&scene, siege).await;
    driver.checkpoint().await;
    driver.join_late(4, true).await;
    driver.checkpoint().await;
    lie(&mut driver).await;
    let key = challenger(&scene).await;
    let match_key = driver.reference.key;
    // What a run before this one has left half written.
    let leftover = u64::from_le_bytes(match_key.as_ref()[..8].try_into().unwrap());
    let open = instruction::open_upload(key.pubkey(), leftover, 10);
    scene.run(&[open], &key, &[]).await;
    let mut tower = Tower::start(config(&scene.chain.rpc_url, Some(key.clone())));
    tower
        .until("closed case", |report| {
            *report == Report::CaseClosed { match_key, unpaid: 0 }
        })
        .await;
    assert_paid_out(&driver, &key.pubkey()).await;
    assert_eq!(faults(tower.handle.stop().await), proven_once());
    let upload = fetch::upload(&scene.rpc, &key.pubkey(), leftover).await.unwrap();
    assert!(upload.is_none(), "the rent of the upload is lost");
}

/// A result that is a lie only in its last segment, found while it can still be challenged.
#[tokio::test(flavor = "multi_thread")]
async fn a_proposed_result_is_checked_to_the_last_leaf() {
    let scene = Scene::start(&[quick_blitz()]).await;
    widen_challenge_window(&scene, 600).await;
    let mut driver = started(&scene, blitz()).await;
    let (last, mut state) = loop {
        let posted = driver.next().await;
        if driver.contest.as_ref().unwrap().ended() {
            break (posted, driver.contest.as_ref().unwrap().state().to_vec());
        }
        post(&driver, posted).await;
    };
    // The operator's favourite has dealt a little more damage.
    const DAMAGE_OF_THE_FIRST: usize = 64 + 12;
    state[DAMAGE_OF_THE_FIRST] ^= 1;
    let mut last = last;
    *last.leaves.last_mut().unwrap() = {
        use arena::Sha256;
        arena::HostSha256::sha256(&[&state])
    };
    post(&driver, last).await;
    let submit = instruction::submit_result(driver.reference.key, state);
    scene.run(&[submit], &scene.operator, &[]).await;
    assert_eq!(driver.view().await.status, MatchStatus::Proposed);

    let key = challenger(&scene).await;
    let mut tower = Tower::start(config(&scene.chain.rpc_url, Some(key.clone())));
    let match_key = driver.reference.key;
    tower
        .until("closed case", |report| {
            *report == Report::CaseClosed { match_key, unpaid: 0 }
        })
        .await;
    assert_paid_out(&driver, &key.pubkey()).await;
    assert_eq!(faults(tower.handle.stop().await), proven_once());
}

async fn widen_challenge_window(scene: &Scene, challenge_slots: u64) {
    let windows = fetch::config(&scene.rpc).await.unwrap().unwrap().windows;
    let args = UpdateConfigArgs {
        treasury: None,
        randomness_program: None,
        randomness_queue: None,
        windows: Some(Windows {
            challenge_slots,
            ..windows
        }),
        cluster: None,
        bond: None,
    };
    let update = instruction::update_config(scene.authority.pubkey(), args);
    scene.run(&[update], &scene.authority, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_for_a_while_loses_no_proof() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let key = challenger(&scene).await;
    let line = Line::to(&scene.chain.rpc_url).await;
    let mut tower = Tower::start(config(&line.url, Some(key.clone())));
    let mut driver = started(&scene, blitz()).await;
    let match_key = driver.reference.key;
    tower
        .until("watching", |report| matches!(report, Report::Watching { .. }))
        .await;
    line.set_down(true);
    driver.checkpoint().await;
    lie(&mut driver).await;
    tower
        .until("trouble", |report| {
            matches!(report, Report::Trouble { match_key: None, .. })
        })
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(tower.handle.tally(), Tally::default());
    line.set_down(false);
    tower
        .until("proof", |report| matches!(report, Report::Proven { .. }))
        .await;
    // And once more, with the bond on its way.
    line.set_down(true);
    tokio::time::sleep(Duration::from_millis(700)).await;
    line.set_down(false);
    tower
        .until("closed case", |report| {
            *report == Report::CaseClosed { match_key, unpaid: 0 }
        })
        .await;
    assert_paid_out(&driver, &key.pubkey()).await;
    assert_eq!(faults(tower.handle.stop().await), proven_once());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_operator_is_voided_and_pays() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let key = challenger(&scene).await;
    let mut tower = Tower::start(config(&scene.chain.rpc_url, Some(key.clone())));
    let mut driver = started(&scene, blitz()).await;
    driver.checkpoint().await;
    let match_key = driver.reference.key;
    tower
        .until("checkpoint", |report| matches!(report, Report::Checked { .. }))
        .await;
    let deadline = driver.view().await.header.progress_deadline;
    scene.pass(deadline).await;
    let fault = tower
        .until("fault", |report| matches!(report, Report::Fault { .. }))
        .await;
    assert_eq!(
        fault,
        Report::Fault {
            match_key,
            fault: Fault::Silent { deadline }
        }
    );
    assert!(scene.rpc.slot().await.unwrap() > deadline);
    tower
        .until("closed case", |report| {
            *report == Report::CaseClosed { match_key, unpaid: 0 }
        })
        .await;
    assert_paid_out(&driver, &key.pubkey()).await;
    assert_eq!(faults(tower.handle.stop().await), proven_once());
}

/// What was proven before a restart is paid out after it, from the chain alone; a match beyond the limit is said to be
/// unwatched.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_start_finishes_what_was_begun() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let key = challenger(&scene).await;
    let mut driver = started(&scene, blitz()).await;
    driver.checkpoint().await;
    lie(&mut driver).await;
    let match_key = driver.reference.key;
    let record = verifier::read::from_chain(&scene.rpc, match_key, None, |_| {})
        .await
        .unwrap();
    let proof = verifier::proof::find(&record).unwrap();
    let prove = instruction::prove_fraud(match_key, key.pubkey(), proof.args);
    scene.run(&[prove], &key, &[]).await;

    let mut narrow = config(&scene.chain.rpc_url, Some(key.clone()));
    narrow.limits.matches_max = 0;
    let mut tower = Tower::start(narrow);
    tower
        .until("closed case", |report| {
            *report == Report::CaseClosed { match_key, unpaid: 0 }
        })
        .await;
    assert_paid_out(&driver, &key.pubkey()).await;
    let live = started(&scene, blitz()).await;
    let unwatched = live.reference.key;
    tower
        .until(
            "unwatched match",
            |report| matches!(report, Report::Unwatched { match_key, .. } if *match_key == unwatched),
        )
        .await;
    // Nothing was wrong that this run has seen, and one match it did not see.
    let seen = Tally {
        unseen: 1,
        ..Tally::default()
    };
    assert_eq!(tower.handle.stop().await, seen);
}
