//! Money that nobody moves: the watchtower starts, cancels, finalises and pays what an operator has left lying, and
//! without a key it says what waits.

use std::time::Duration;

use client::due::Step;
use client::entropy::{EntropyClient, Reach};
use client::view::MatchStatus;
use client::Pubkey;
use solana_signer::Signer;
use system_tests::driver::{quick_blitz, MatchDriver, Scene};
use watchtower::{Report, Until, WatchtowerConfig};

use crate::support::watchtower::{blitz, challenger, config, started, Tower, STAKE};

/// A watchtower that waits for nobody longer than three slots.
fn impatient(scene: &Scene, key: Option<std::sync::Arc<solana_keypair::Keypair>>) -> WatchtowerConfig {
    let mut config = config(&scene.chain.rpc_url, key);
    config.pace.overdue_grace_slots = 3;
    config.entropy = Some(EntropyClient::new(Reach::Loopback, Duration::from_secs(5)).unwrap());
    config.gateway = Some(scene.chain.gateway_url.clone());
    config
}

/// Waits until `step` of a match was done by the watchtower.
async fn done(tower: &mut Tower, key: Pubkey, step: Step) -> Report {
    let wanted = move |report: &Report| matches!(report, Report::Done { match_key, overdue, .. } if *match_key == key && overdue.step == step);
    tower.until("errand", wanted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_has_left_lying_is_done_for_it() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let key = challenger(&scene).await;
    // A result that nobody finalises and a roster that nobody starts.
    let mut proposed = started(&scene, blitz()).await;
    proposed.play_out().await;
    proposed.submit_result().await;
    let mut locked = MatchDriver::open(&scene, blitz()).await;
    locked.join(1).await;
    locked.join(1).await;
    locked.lock().await;
    // A lobby that nobody locks, and one that nobody has entered: there is nothing to do in it.
    let mut open = MatchDriver::open(&scene, blitz()).await;
    open.join(2).await;
    let empty = MatchDriver::open(&scene, blitz()).await;

    let mut tower = Tower::start(impatient(&scene, Some(key)));
    done(&mut tower, locked.reference.key, Step::Start).await;
    assert_eq!(locked.view().await.status, MatchStatus::Live);

    scene
        .pass(proposed.view().await.header.challenge_deadline + 1)
        .await;
    done(&mut tower, proposed.reference.key, Step::Finalize).await;
    let view = proposed.view().await;
    assert_eq!(view.status, MatchStatus::Settled);
    for winner in view.players().filter(|player| player.payout > 0) {
        done(&mut tower, proposed.reference.key, Step::Claim(winner.wallet)).await;
        assert!(scene.tokens(&winner.wallet).await >= winner.payout);
    }

    scene.pass(open.view().await.header.lock_deadline + 1).await;
    let player = open.contestants[0].wallet.pubkey();
    let before = scene.tokens(&player).await;
    done(&mut tower, open.reference.key, Step::Cancel).await;
    done(&mut tower, open.reference.key, Step::Refund(player)).await;
    assert_eq!(scene.tokens(&player).await, before + 2 * STAKE);
    assert_eq!(
        empty.view().await.status,
        MatchStatus::Open,
        "an empty lobby is nobody's money"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_it_says_what_is_overdue_and_never_that_all_is_well() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut open = MatchDriver::open(&scene, blitz()).await;
    open.join(2).await;
    let look = |settings: WatchtowerConfig| async {
        let mut settings = settings;
        settings.until = Until::CaughtUp;
        let mut tower = Tower::start(settings);
        let tally = tower.handle.wait().await;
        while let Some(report) = tower.next_now() {
            tower.seen.push(report);
        }
        (tally, tower.seen)
    };
    let (tally, _) = look(impatient(&scene, None)).await;
    assert_eq!(tally.overdue, 0, "it is in time");
    let deadline = open.view().await.header.lock_deadline;
    scene.pass(deadline + 4).await;
    let (tally, seen) = look(impatient(&scene, None)).await;
    assert_eq!((tally.overdue, tally.done, tally.faults), (1, 0, 0));
    let told = seen.iter().find_map(|report| match report {
        Report::Overdue { match_key, overdue } => Some((*match_key, *overdue)),
        _ => None,
    });
    let (match_key, overdue) = told.expect("a report");
    assert_eq!(match_key, open.reference.key);
    assert_eq!(
        (overdue.step, overdue.amount, overdue.since),
        (Step::Cancel, 2 * STAKE, deadline)
    );
    // With one it does the lot, in one go.
    let key = challenger(&scene).await;
    let (tally, _) = look(impatient(&scene, Some(key))).await;
    assert_eq!((tally.overdue, tally.done), (0, 2), "cancelled, and refunded");
}
