//! Endpoints that lie, lag and forget, in front of the real program on a local chain, and the readers behind them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use client::error::Error;
use client::instruction;
use client::rpc::{RpcConfig, RpcPool};
use client::view::MatchStatus;
use client::Pubkey;
use scripted_node::{Answer, ScriptedNode};
use serde_json::{json, Value};
use solana_keypair::Signature;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;
use system_tests::driver::{quick_blitz, MatchDriver, Scene};
use verifier::Conclusion;
use watchtower::{Fault, Report, Sight, Until};

use crate::support::watchtower::{blitz, config, lie, started, Tower};

/// The stranger's signature.
fn stranger() -> String {
    Signature::from([0x5e; 64]).to_string()
}

/// A node in front of `real` in whose lists a stranger stands at `place`, counted from the newest; `served` is what
/// `getTransaction` says of it.
async fn with_a_stranger(real: &str, place: Arc<AtomicUsize>, served: Answer) -> ScriptedNode {
    let behind = RpcClient::new(real.to_owned());
    let behind = Arc::new(behind);
    let runtime = tokio::runtime::Handle::current();
    ScriptedNode::in_front_of(real, move |method, params, _| match method {
        "getTransaction" if params[0] == stranger() => Some(served.clone()),
        "getSignaturesForAddress" if params[1]["before"].is_null() => {
            let request = RpcRequest::Custom {
                method: "getSignaturesForAddress",
            };
            let (behind, params) = (behind.clone(), params.clone());
            let asked = async move { behind.send::<Value>(request, params).await };
            let mut page = tokio::task::block_in_place(|| runtime.block_on(asked)).unwrap();
            let lines = page.as_array_mut().unwrap();
            let place = place.load(Ordering::SeqCst).min(lines.len());
            let slot = lines.get(place).map_or(json!(1), |line| line["slot"].clone());
            lines.insert(
                place,
                json!({ "signature": stranger(), "slot": slot, "err": null, "memo": null, "blockTime": null }),
            );
            Some(Answer::Result(page))
        }
        "getSignaturesForAddress" if params[1]["before"] == stranger() => Some(Answer::Result(json!([]))),
        _ => None,
    })
    .await
}

fn unsupported() -> Answer {
    Answer::error(
        -32015,
        "Transaction version (1) is not supported by the requesting client",
    )
}

fn pool(url: &str) -> RpcPool {
    RpcPool::new(RpcConfig::new(url)).unwrap()
}

async fn verdict(rpc: &RpcPool, match_key: Pubkey) -> verifier::Verdict {
    let record = verifier::read::from_chain(rpc, match_key, None, |_| {})
        .await
        .unwrap();
    verifier::verify(&record, |_| {})
}

#[tokio::test(flavor = "multi_thread")]
async fn report_01_a_stranger_in_any_place_hides_no_match_from_verification() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = started(&scene, blitz()).await;
    driver.play_out().await;
    driver.submit_result().await;
    driver.finalize().await;
    driver.claim_all().await;
    let match_key = driver.reference.key;
    let listed = scene.rpc.signatures_of(&match_key, 1_000).await.unwrap().len();
    let place = Arc::new(AtomicUsize::new(0));
    let node = with_a_stranger(&scene.chain.rpc_url, place.clone(), unsupported()).await;
    let rpc = pool(&node.url);
    for at in 0..=listed {
        place.store(at, Ordering::SeqCst);
        let verdict = verdict(&rpc, match_key).await;
        assert_eq!(verdict.conclusion(), Conclusion::Agrees, "place {at}: {verdict}");
        assert_eq!(verdict.unread.len(), 1, "place {at}");
        assert!(verdict.to_string().contains(&stranger()), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn report_01_a_stranger_hides_no_lie_from_the_watchtower() {
    let scene = Scene::start(&[quick_blitz()]).await;
    // In front of the newest, and behind all.
    for at in [0, 1, usize::MAX] {
        let mut driver = started(&scene, blitz()).await;
        driver.checkpoint().await;
        let place = Arc::new(AtomicUsize::new(at));
        let node = with_a_stranger(&scene.chain.rpc_url, place, unsupported()).await;
        let mut tower = Tower::start(config(&node.url, None));
        let index = lie(&mut driver).await;
        let match_key = driver.reference.key;
        let report = tower
            .until(
                "fault",
                |report| matches!(report, Report::Fault { match_key: of, .. } if *of == match_key),
            )
            .await;
        assert!(matches!(report, Report::Fault { fault: Fault::Wrong { index: at, .. }, .. } if at == index));
        assert!(tower.handle.tally().passed_over >= 1);
        let verdict = verdict(&pool(&node.url), match_key).await;
        assert_eq!(verdict.conclusion(), Conclusion::Differs, "{verdict}");
        tower.handle.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn report_01_what_could_not_be_seen_is_not_called_right() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = started(&scene, blitz()).await;
    driver.checkpoint().await;
    driver.checkpoint().await;
    let match_key = driver.reference.key;
    // The node serves no transaction of the match in a form that can be read.
    let node = ScriptedNode::in_front_of(&scene.chain.rpc_url, |method, _, _| {
        (method == "getTransaction").then(unsupported)
    })
    .await;
    let rpc = pool(&node.url);
    let unseen = verifier::read::from_chain(&rpc, match_key, None, |_| {}).await;
    let error = unseen.unwrap_err();
    assert!(
        matches!(error, verifier::read::ReadError::Unseen { .. }),
        "{error}"
    );
    let mut config = config(&node.url, None);
    config.until = Until::CaughtUp;
    config.pace.backoff.max = std::time::Duration::from_millis(60);
    let mut tower = Tower::start(config);
    let tally = tower.handle.wait().await;
    assert_eq!((tally.faults, tally.checked), (0, 0));
    let sight = tower.handle.sight();
    assert!(matches!(sight, Sight::Partial { unseen: 1, .. }), "{sight:?}");
    // A node that shows everything.
    let mut config = crate::support::watchtower::config(&scene.chain.rpc_url, None);
    config.until = Until::CaughtUp;
    let mut tower = Tower::start(config);
    assert_eq!(tower.handle.wait().await.checked, 2);
    assert_eq!(tower.handle.sight(), Sight::Whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn report_31_a_match_is_locked_in_the_slot_after_a_skipped_one() {
    let scene = Scene::start(&[quick_blitz()]).await;
    let call = |method: &'static str, params: Value| {
        let client = RpcClient::new(scene.chain.rpc_url.clone());
        async move {
            let _: u64 = client.send(RpcRequest::Custom { method }, params).await.unwrap();
        }
    };
    let mut driver = MatchDriver::open(&scene, blitz()).await;
    driver.join(2).await;
    driver.join(3).await;
    // The open slot stays open, and the one before it has no block.
    call("localnet_setSlotTime", json!([60_000])).await;
    call("localnet_skipSlots", json!([1])).await;
    let lock = instruction::lock_match(
        &scene.source,
        scene.operator.pubkey(),
        driver.reference.key,
        driver.randomness(),
        scene.oracle,
    );
    let sent = scene
        .sender
        .send_and_confirm(std::slice::from_ref(&lock), &scene.operator, &[])
        .await;
    if let Err(error) = sent {
        // Refused by name, and it is only this slot's fault.
        let name = error.aurelius().map(|refusal| refusal.name().to_string());
        assert!(
            matches!(error, Error::Transaction(_)) && name.is_some(),
            "{error}"
        );
        call("localnet_warpSlots", json!([1])).await;
        scene.run(&[lock], &scene.operator, &[]).await;
    }
    call("localnet_setSlotTime", json!([100])).await;
    assert_eq!(driver.view().await.status, MatchStatus::Locked);
    driver.start().await;
    assert_eq!(driver.view().await.status, MatchStatus::Live);
}
