//! Several endpoints: who is asked, who rests, and what a caller never learns.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use anchor_lang::prelude::Pubkey;
use solana_signature::Signature;

use super::*;
use scripted_node::{Answer, ScriptedNode};

const PATIENCE: Duration = Duration::from_secs(20);

fn config(urls: &[&str]) -> RpcConfig {
    let mut config = urls[1..]
        .iter()
        .fold(RpcConfig::new(urls[0]), |config, url| config.and(*url));
    config.backoff = Backoff {
        first: Duration::from_millis(5),
        max: Duration::from_millis(20),
        attempts_max: 4,
    };
    config.timeout = Duration::from_millis(500);
    // Not part of most of these tests.
    config.check_interval = Duration::from_secs(3_600);
    config
}

/// A pool whose first comparison of slots, which comes with the first request, is over.
async fn pool(nodes: &[&ScriptedNode]) -> RpcPool {
    let urls: Vec<&str> = nodes.iter().map(|node| node.url.as_str()).collect();
    let pool = RpcPool::new(config(&urls)).unwrap();
    pool.genesis_hash().await.unwrap();
    until(|| {
        nodes
            .iter()
            .all(|node| node.methods().contains(&"getSlot".to_owned()))
    })
    .await;
    until(|| pool.endpoints().iter().all(|endpoint| endpoint.latency.is_some())).await;
    pool
}

async fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn hash() -> Answer {
    Answer::Result(json!(bs58::encode([7; 32]).into_string()))
}

fn http(head: &str) -> Answer {
    Answer::Http(format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n"))
}

/// Answers what the set-up asks for, and balances as `balance` says.
async fn node<F>(balance: F) -> ScriptedNode
where
    F: Fn(usize) -> Answer + Send + Sync + 'static,
{
    let asked = AtomicU64::new(0);
    ScriptedNode::start(move |method, _, _| match method {
        "getGenesisHash" => hash(),
        "getSlot" => Answer::Result(json!(1_000)),
        _ => balance(asked.fetch_add(1, Ordering::SeqCst) as usize),
    })
    .await
}

fn lamports(amount: u64) -> Answer {
    Answer::Result(json!({ "context": { "slot": 1_000 }, "value": amount }))
}

fn count(node: &ScriptedNode, method: &str) -> usize {
    node.methods().iter().filter(|name| *name == method).count()
}

#[tokio::test]
async fn another_endpoint_is_asked_at_once() {
    for (name, failure) in [
        ("hang-up", None),
        ("500", Some("500 Internal Server Error")),
        ("key revoked", Some("401 Unauthorized")),
        ("cloudflare", Some("522 Unknown")),
    ] {
        let broken = node(move |_| failure.map_or(Answer::HangUp, http)).await;
        let good = node(|_| lamports(5)).await;
        let pool = pool(&[&broken, &good]).await;
        let key = Pubkey::new_unique();
        assert_eq!(pool.balance(&key).await.unwrap(), 5, "{name}");
        assert_eq!(count(&broken, "getBalance"), 1, "{name}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_request_is_the_same_everywhere() {
    let refusing = || Answer::Error {
        code: -32602,
        message: "Invalid params",
        data: Value::Null,
    };
    let (one, two) = (node(move |_| refusing()).await, node(|_| lamports(1)).await);
    let pool = pool(&[&one, &two]).await;
    let error = pool.balance(&Pubkey::new_unique()).await.unwrap_err();
    assert!(error.to_string().contains("Invalid params"), "{error}");
    assert_eq!(count(&two, "getBalance"), 0);
}

#[tokio::test]
async fn a_method_that_one_does_not_offer_is_asked_of_another() {
    let poor = node(|_| Answer::Error {
        code: -32601,
        message: "Method not found",
        data: Value::Null,
    })
    .await;
    let rich = node(|_| lamports(8)).await;
    let pool = pool(&[&poor, &rich]).await;
    assert_eq!(pool.balance(&Pubkey::new_unique()).await.unwrap(), 8);
    assert!(
        pool.endpoints()[0].is_ready,
        "it is no worse an endpoint for everything else"
    );
}

#[tokio::test]
async fn an_endpoint_that_asks_for_a_rest_gets_it() {
    let limited = node(|before| match before {
        0 => Answer::Http(
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ),
        _ => lamports(1),
    })
    .await;
    let other = node(|_| lamports(2)).await;
    let pool = pool(&[&limited, &other]).await;
    let started = Instant::now();
    let key = Pubkey::new_unique();
    while started.elapsed() < Duration::from_millis(1_500) {
        assert_eq!(pool.balance(&key).await.unwrap(), 2);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(count(&limited, "getBalance"), 1, "asked while it rests");
    assert!(!pool.endpoints()[0].is_ready);
    until(|| pool.endpoints()[0].is_ready).await;
    assert_eq!(pool.balance(&key).await.unwrap(), 1, "the preferred one is back");
}

#[tokio::test]
async fn when_all_rest_the_shortest_rest_is_waited_for() {
    let limited = |seconds: u32, amount: u64| {
        node(move |before| match before {
            0 => Answer::Http(format!(
                "HTTP/1.1 429 Too Many Requests\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n"
            )),
            _ => lamports(amount),
        })
    };
    let (long, short) = (limited(25, 1).await, limited(1, 2).await);
    let pool = pool(&[&long, &short]).await;
    let started = Instant::now();
    assert_eq!(pool.balance(&Pubkey::new_unique()).await.unwrap(), 2);
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_secs(20),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_broken_endpoint_is_left_alone_and_comes_back() {
    let down = Arc::new(AtomicBool::new(true));
    let is_down = down.clone();
    let shaky = node(move |_| match is_down.load(Ordering::SeqCst) {
        true => http("503 Service Unavailable"),
        false => lamports(1),
    })
    .await;
    let steady = node(|_| lamports(2)).await;
    let pool = pool(&[&shaky, &steady]).await;
    let key = Pubkey::new_unique();
    for _ in 0..30 {
        assert_eq!(pool.balance(&key).await.unwrap(), 2);
    }
    assert_eq!(
        count(&shaky, "getBalance"),
        3,
        "three failures in a row are enough"
    );
    assert!(!pool.endpoints()[0].is_ready);
    down.store(false, Ordering::SeqCst);
    until(|| pool.endpoints()[0].is_ready).await;
    assert_eq!(pool.balance(&key).await.unwrap(), 1);
}

#[tokio::test]
async fn an_endpoint_that_lags_is_asked_last() {
    let slot_of_first = Arc::new(AtomicU64::new(900));
    let slot = slot_of_first.clone();
    let behind = ScriptedNode::start(move |method, _, _| match method {
        "getSlot" => Answer::Result(json!(slot.load(Ordering::SeqCst))),
        _ => lamports(1),
    })
    .await;
    let current = node(|_| lamports(2)).await;
    let mut config = config(&[&behind.url, &current.url]);
    config.check_interval = Duration::from_millis(50);
    let pool = RpcPool::new(config).unwrap();
    let key = Pubkey::new_unique();
    pool.balance(&key).await.unwrap();
    until(|| pool.endpoints()[0].lag_slots == 100).await;
    assert_eq!(pool.balance(&key).await.unwrap(), 2);
    // It catches up, which is noticed while the pool is used.
    slot_of_first.store(1_000, Ordering::SeqCst);
    let begun = Instant::now();
    while pool.balance(&key).await.unwrap() != 1 {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_read_that_must_not_be_old_goes_to_who_has_seen_the_slot() {
    let account = |slot: u64, lamports: u64| {
        json!({
            "context": { "slot": slot },
            "value": { "lamports": lamports, "data": ["", "base64"], "owner": Pubkey::default().to_string(),
                       "executable": false, "rentEpoch": 0, "space": 0 },
        })
    };
    let behind = node(|_| Answer::Error {
        code: -32016,
        message: "Minimum context slot has not been reached",
        data: json!({ "contextSlot": 990 }),
    })
    .await;
    let current = node(move |_| Answer::Result(account(1_000, 3))).await;
    let pool = pool(&[&behind, &current]).await;
    let key = Pubkey::new_unique();
    let (slot, account) = pool.account_since(&key, 995).await.unwrap();
    assert_eq!((slot, account.unwrap().lamports), (1_000, 3));
    assert_eq!(behind.params("getAccountInfo")[0][1]["minContextSlot"], 995);
    assert!(pool.endpoints()[0].is_ready);
}

#[tokio::test]
async fn an_airdrop_is_not_asked_of_another() {
    let (one, two) = (node(|_| Answer::HangUp).await, node(|_| lamports(1)).await);
    let pool = pool(&[&one, &two]).await;
    pool.airdrop(&Pubkey::new_unique(), 1).await.unwrap_err();
    assert_eq!(
        (count(&one, "requestAirdrop"), count(&two, "requestAirdrop")),
        (1, 0)
    );
}

async fn send(pool: &RpcPool) -> Result<String, RequestError> {
    let params = json!(["AQ==", { "encoding": "base64" }]);
    let decode = |answer: &Value| Ok(answer.as_str().unwrap_or_default().to_owned());
    pool.pool.broadcast(params, decode).await
}

#[tokio::test]
async fn a_transaction_goes_to_several_and_one_is_enough() {
    let taken = |text: &'static str| node(move |_| Answer::Result(json!(text)));
    let broken = node(|_| http("503 Service Unavailable")).await;
    let (one, two) = (taken("signature").await, taken("signature").await);
    let pool = pool(&[&broken, &one, &two]).await;
    assert_eq!(send(&pool).await.unwrap(), "signature");
    until(|| {
        [&broken, &one, &two]
            .iter()
            .all(|node| count(node, "sendTransaction") == 1)
    })
    .await;
}

/// Somebody may have forwarded it, so nobody's refusal is the last word.
#[tokio::test]
async fn a_refusal_does_not_hide_that_another_may_have_taken_it() {
    let refusing = || {
        node(|_| Answer::Error {
            code: -32602,
            message: "preflight says no",
            data: Value::Null,
        })
    };
    let (one, two) = (refusing().await, refusing().await);
    let plain = pool(&[&one, &two]).await;
    assert!(!send(&plain).await.unwrap_err().is_transient());

    let (one, silent) = (refusing().await, node(|_| Answer::HangUp).await);
    let several = pool(&[&one, &silent]).await;
    assert!(send(&several).await.unwrap_err().is_transient());

    // The same with one endpoint, over two attempts.
    let alone = node(|before| match before {
        0 => Answer::HangUp,
        _ => Answer::Error {
            code: -32602,
            message: "preflight says no",
            data: Value::Null,
        },
    })
    .await;
    let alone = RpcPool::new(config(&[&alone.url])).unwrap();
    assert!(send(&alone).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn what_the_ledger_knows_is_asked_of_everybody() {
    let answer = |slot: u64, status: Value| {
        node(move |_| Answer::Result(json!({ "context": { "slot": slot }, "value": [status] })))
    };
    let known = json!({ "slot": 5, "confirmations": null, "err": null, "status": { "Ok": null },
                        "confirmationStatus": "finalized" });
    let (blind, seeing) = (answer(990, Value::Null).await, answer(1_000, known).await);
    let broken = node(|_| http("503 Service Unavailable")).await;
    let pool = pool(&[&blind, &broken, &seeing]).await;
    let mut known = pool.statuses_in_history(&Signature::default()).await.unwrap();
    known.sort_by_key(|(slot, _)| *slot);
    assert_eq!(known.len(), 2);
    assert!(known[0].1.is_none() && known[1].1.is_some());
    assert_eq!((known[0].0, known[1].0), (990, 1_000));
}

#[tokio::test]
async fn nothing_that_comes_out_holds_a_key() {
    const KEY: &str = "c0ffee-5ec2e7-a91";
    let tells = node(|_| Answer::Error {
        code: -32000,
        message: "no credit left for key c0ffee-5ec2e7-a91",
        data: Value::Null,
    })
    .await;
    let tells = format!("{}/v2/{KEY}/?api-key={KEY}", tells.url);
    let nobody = format!("http://127.0.0.1:9/{KEY}?{KEY}");
    let revoked = node(|_| http("403 Forbidden")).await;
    let revoked = format!("{}/{KEY}", revoked.url);
    for url in [&tells, &nobody, &revoked] {
        let settings = config(&[url]);
        assert!(!format!("{settings:?}").contains(KEY));
        let pool = RpcPool::new(settings).unwrap();
        let error = pool.balance(&Pubkey::new_unique()).await.unwrap_err();
        let mut shown = vec![
            format!("{error} {error:?}"),
            format!("{pool:?}"),
            pool.shown_url(),
        ];
        shown.push(format!("{:?}", pool.endpoints()));
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push(format!("{inner} {inner:?}"));
            cause = inner.source();
        }
        for text in shown {
            assert!(!text.contains(KEY), "{text}");
        }
    }
    for wrong in [
        format!("wss://x.example/{KEY}"),
        format!("x.example/{KEY}"),
        KEY.to_owned(),
    ] {
        let error = RpcPool::new(RpcConfig::new(wrong)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
    }
}

#[test]
fn the_same_address_counts_once_and_too_many_are_refused() {
    let pool = RpcPool::new(config(&[
        "http://a.example",
        "http://a.example/",
        "http://a.example/key",
    ]))
    .unwrap();
    let hosts: Vec<String> = pool.endpoints().into_iter().map(|one| one.host).collect();
    assert_eq!(hosts, ["a.example", "a.example#2"]);
    let many: Vec<String> = (0..=ENDPOINTS_MAX)
        .map(|n| format!("http://{n}.example"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(RpcPool::new(config(&many))
        .unwrap_err()
        .to_string()
        .contains("at most 16"));
}

/// An account of 7 lamports, with this text as its data.
fn account_with(data: &str, encoding: &str) -> Value {
    json!({ "lamports": 7, "data": [data, encoding], "owner": Pubkey::default().to_string(), "executable": false,
            "rentEpoch": 18_446_744_073_709_552_000.0, "space": 3, "newInTheNextRelease": { "deep": [1] } })
}

fn accounts_node(account: Value) -> impl Fn(&str, &Value, usize) -> Answer + Send + Sync {
    move |method, _, _| match method {
        "getGenesisHash" => hash(),
        "getSlot" => Answer::Result(json!(1_000)),
        "getMultipleAccounts" => Answer::in_context(1_000, json!([account])),
        "getProgramAccounts" => {
            Answer::Result(json!([{ "pubkey": Pubkey::default().to_string(), "account": account }]))
        }
        _ => Answer::in_context(1_000, account.clone()),
    }
}

#[tokio::test]
async fn report_02_an_answer_that_cannot_be_read_is_asked_of_another_and_nothing_panics() {
    let key = Pubkey::new_unique();
    for (data, encoding) in [
        (json!("%%%"), "base64"),
        (json!("AAAA"), "base64+zstd"),
        (json!("KLUv/SAA"), "base64+zstd"),
        (json!("AAAA"), "base91"),
        (json!(5), "base64"),
        (Value::Null, "base64"),
    ] {
        let mut broken = account_with("", encoding);
        broken["data"][0] = data;
        let broken = ScriptedNode::start(accounts_node(broken)).await;
        let sound = ScriptedNode::start(accounts_node(account_with("AQID", "base64"))).await;
        let pool = pool(&[&broken, &sound]).await;
        assert_eq!(pool.account(&key).await.unwrap().unwrap().data, [1, 2, 3]);
        let accounts = pool.accounts(&[key]).await.unwrap();
        assert_eq!(accounts[0].as_ref().unwrap().lamports, 7);
        let scanned = pool.program_accounts(&key, Vec::new()).await.unwrap();
        assert_eq!(scanned[0].1.data, [1, 2, 3]);
        // Alone, it is named.
        let alone = RpcPool::new(config(&[&broken.url])).unwrap();
        let error = alone.account(&key).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("127.0.0.1") && text.contains("getAccountInfo"),
            "{text}"
        );
        assert!(error.is_transient(), "{text}");
    }
}

#[tokio::test]
async fn report_02_rounded_numbers_and_unknown_members_do_no_harm() {
    let node = ScriptedNode::with([(
        "getAccountInfo",
        Answer::in_context(9, account_with("AQID", "base64")),
    )])
    .await;
    let pool = RpcPool::new(config(&[&node.url])).unwrap();
    let account = pool.account(&Pubkey::default()).await.unwrap().unwrap();
    assert_eq!((account.lamports, account.data), (7, vec![1, 2, 3]));
}

#[tokio::test]
async fn report_03_nothing_is_gone_on_one_endpoints_word() {
    let null = || node(|_| Answer::in_context(1_000, Value::Null));
    let key = Pubkey::new_unique();
    let (blind, seeing) = (
        null().await,
        ScriptedNode::start(accounts_node(account_with("AQID", "base64"))).await,
    );
    let pool = pool(&[&blind, &seeing]).await;
    assert!(matches!(
        pool.confirm_gone(&key, 900).await.unwrap(),
        Gone::Present { slot: 1_000, account } if account.lamports == 7
    ));
    // The other is broken, garbled or too old: then it is not known.
    for other in [
        Answer::HangUp,
        Answer::in_context(1_000, account_with("%", "base64")),
        Answer::in_context(800, Value::Null),
        Answer::error(-32016, "Minimum context slot has not been reached"),
    ] {
        let (one, other) = (null().await, node(move |_| other.clone()).await);
        let pool = RpcPool::new(config(&[&one.url, &other.url])).unwrap();
        let gone = pool.confirm_gone(&key, 900).await.unwrap();
        assert_eq!(
            gone,
            Gone::Unsure {
                endpoints: 1,
                asked: 2
            }
        );
    }
    let (one, two) = (null().await, null().await);
    let pool = RpcPool::new(config(&[&one.url, &two.url])).unwrap();
    let gone = pool.confirm_gone(&key, 900).await.unwrap();
    assert_eq!(gone, Gone::Confirmed { endpoints: 2 });
    let alone = RpcPool::new(config(&[&one.url])).unwrap();
    let gone = alone.confirm_gone(&key, 900).await.unwrap();
    assert_eq!(gone, Gone::Confirmed { endpoints: 1 });
}

#[tokio::test]
async fn report_08_an_endpoint_that_hangs_on_accounts_is_passed_over_for_them() {
    let hanging = node(|_| Answer::Never).await;
    let sound = node(|_| lamports(4)).await;
    let mut config = config(&[&hanging.url, &sound.url]);
    config.patience = Duration::from_millis(100);
    config.timeout = Duration::from_secs(20);
    let pool = RpcPool::new(config).unwrap();
    let key = Pubkey::new_unique();
    let begun = Instant::now();
    for _ in 0..30 {
        assert_eq!(pool.balance(&key).await.unwrap(), 4);
        pool.slot().await.unwrap();
    }
    // Three time-outs, and what is asked of it while its circuit is tried again.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(hanging.count("getBalance"), 3);
    assert!(hanging.count("getSlot") >= 25, "it still tells its slot");
    assert!(!pool.endpoints()[0].is_ready && pool.endpoints()[1].is_ready);
}

#[tokio::test]
async fn report_17_a_missing_fee_method_is_no_end() {
    let node = ScriptedNode::with([
        (
            "getRecentPrioritizationFees",
            Answer::error(-32601, "Method not found"),
        ),
        (
            "getSignatureStatuses",
            Answer::in_context(
                5,
                json!([{ "slot": 4, "confirmations": 3,
            "err": { "SomethingNew": { "since": "next year" } }, "confirmationStatus": "confirmed" }]),
            ),
        ),
    ])
    .await;
    let pool = RpcPool::new(config(&[&node.url])).unwrap();
    assert!(!pool.recent_fees(&[]).await.unwrap_err().is_transient());
    // A kind of error that is not known is an error all the same.
    let (slot, statuses) = pool.statuses(&[Signature::default()]).await.unwrap();
    assert_eq!(slot, 5);
    assert!(statuses[0].as_ref().unwrap().failure.is_some());
}

/// A node whose slot is read from `slot`, and that tells it with every account.
async fn at_slot(slot: Arc<AtomicU64>) -> ScriptedNode {
    ScriptedNode::start(move |method, _, _| {
        let slot = slot.load(Ordering::SeqCst);
        match method {
            "getGenesisHash" => hash(),
            "getSlot" => Answer::result(slot),
            "getEpochInfo" => Answer::Result(json!({ "absoluteSlot": slot, "blockHeight": slot - 50 })),
            "getLatestBlockhash" => Answer::in_context(
                slot,
                json!({ "blockhash": bs58::encode([1; 32]).into_string(), "lastValidBlockHeight": slot + 100 }),
            ),
            "getMultipleAccounts" => Answer::in_context(slot, json!([null])),
            _ => Answer::in_context(slot, Value::Null),
        }
    })
    .await
}

#[tokio::test]
async fn report_03_an_endpoint_ahead_of_the_chain_is_believed_by_nobody() {
    for place in [0, 1] {
        let slots = [1_000, 1_001].map(|slot| Arc::new(AtomicU64::new(slot)));
        let nodes = [at_slot(slots[0].clone()).await, at_slot(slots[1].clone()).await];
        let (liar, honest) = (&slots[place], &slots[1 - place]);
        let pool = pool(&[&nodes[0], &nodes[1]]).await;
        let key = Pubkey::new_unique();
        assert!(pool.slot().await.unwrap() >= 1_000);
        assert!(pool.tip().await.unwrap().block_height >= 950);
        liar.fetch_add(10_000, Ordering::SeqCst);
        for _ in 0..8 {
            let sane = 1_000..1_100;
            assert!(sane.contains(&pool.slot().await.unwrap()));
            assert!(sane.contains(&pool.account_with_slot(&key).await.unwrap().0));
            assert!(sane.contains(&pool.accounts_with_slot(&[key]).await.unwrap().0));
            assert!(sane.contains(&pool.tip().await.unwrap().slot));
            let recent = pool.latest_blockhash().await.unwrap();
            assert!(recent.last_valid_block_height < 1_200);
            honest.fetch_add(1, Ordering::SeqCst);
        }
        assert!(!pool.can_be_at(liar.load(Ordering::SeqCst)) && pool.can_be_at(1_010));
    }
}

#[tokio::test]
async fn a_chain_that_jumps_is_followed_when_two_endpoints_say_so() {
    let slot = Arc::new(AtomicU64::new(1_000));
    let nodes = [at_slot(slot.clone()).await, at_slot(slot.clone()).await];
    let pool = pool(&[&nodes[0], &nodes[1]]).await;
    assert_eq!(pool.slot().await.unwrap(), 1_000);
    assert_eq!(pool.tip().await.unwrap().slot, 1_000);
    slot.store(50_000, Ordering::SeqCst);
    let begun = Instant::now();
    while pool.slot().await.ok() != Some(50_000) {
        assert!(begun.elapsed() < PATIENCE);
    }
    assert_eq!(pool.tip().await.unwrap().block_height, 49_950);
    let recent = pool.latest_blockhash().await.unwrap();
    assert_eq!(recent.last_valid_block_height, 50_100);
    // A single endpoint is all there is to believe.
    let alone = RpcPool::new(config(&[&nodes[0].url])).unwrap();
    assert_eq!(alone.slot().await.unwrap(), 50_000);
    slot.store(90_000, Ordering::SeqCst);
    assert_eq!(alone.slot().await.unwrap(), 90_000);
}

#[tokio::test]
async fn report_04_the_length_of_slots_is_measured() {
    let sample =
        |slots: u64| json!({ "slot": 9, "numSlots": slots, "numTransactions": 1, "samplePeriodSecs": 60 });
    for (samples, expected) in [
        (json!([sample(150)]), Some(400)),
        (json!([sample(300), sample(300)]), Some(200)),
        (json!([]), None),
        (json!([sample(0)]), None),
    ] {
        let node = ScriptedNode::with([("getRecentPerformanceSamples", Answer::Result(samples))]).await;
        let pool = RpcPool::new(config(&[&node.url])).unwrap();
        let expected = expected.map(Duration::from_millis);
        assert_eq!(pool.slot_time().await.unwrap(), expected);
    }
}
