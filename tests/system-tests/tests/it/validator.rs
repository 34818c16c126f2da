//! The second opinion: Solana's own validator. The committed ELF goes onto it through the loader; a crank plays two
//! matches, one that all players sign and one that waits for its window; then a crank lies, and a watchtower proves it
//! and has everybody paid; then a client in TypeScript, which knows the IDL alone, reads all of it. Everything over real
//! RPC and PubSub, with slots of 400 ms. The same client runs against the local chain: both answer alike.
//!
//! What was seen to differ from the local chain, with the same programs:
//!
//! | | validator 4.2.2 | local chain |
//! |---|---|---|
//! | features | all that it knows; without `enable_sbpf_v3_deployment_and_execution` it refuses our ELFs | mainnet's |
//! | a transaction | is confirmed a slot or two after it was sent | executes when sent |
//! | an extension of a program | counts as a deployment: the upgrade has to wait for the next slot | programs come with genesis |
//! | slots | 400 ms, by its own clock | as configured, and can be skipped |
//! | compute units | the same to the unit, but for bump searches, which differ with the addresses | |
//!
//! The validator is `solana-test-validator` on PATH. When there is none, the test says so on stderr and ends.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::validator::{process, typescript, Stage, BURN_BPS, REPORTER_BPS};
use crate::support::world::players::{self, Ack};
use crate::support::world::{serving, until, BOND, PURSE, SHORT_BLITZ, STAKE};
use bus::Bus;
use client::pubsub::{PubSub, PubSubConfig};
use client::view::{fetch, MatchStatus, MatchView};
use client::Pubkey;
use crank::live::{Cheat, CheatKind};
use crank::{CrankConfig, Shutdown};
use protocol::replay::Replay;
use protocol::MatchKey;
use serde_json::json;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::Store;
use system_tests::driver::{quick_blitz, MatchDriver, MatchTerms, Scene};
use tokio::sync::broadcast;
use verifier::{CheckResult, Verdict};
use watchtower::{Fault, Prover, Report, Watchtower, WatchtowerConfig};

const WARRIORS_MAX: u8 = 6;

/// Past the test harness, which keeps what tests print to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "validator test: {line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn matches_on_the_real_validator() {
    let Some(version) = process::version() else {
        say("SKIPPED: solana-test-validator is not on PATH, so nothing was tried against the real validator");
        return;
    };
    let begun = Instant::now();
    let done = |what: &str| say(&format!("{:>5.1} s  {what}", begun.elapsed().as_secs_f32()));
    say(&version);
    let stage = Stage::start().await;
    done("it makes slots");
    stage.deploy().await;
    done("the loader took the committed ELF");
    stage.set_up().await;
    done("config, mint, operator, bond, six players");
    let settled = honest(&stage).await;
    done("two matches played, proven, settled and paid to the last token");
    let voided = lying(&stage).await;
    done("a lie proven, the match voided, the bond paid out to the last token");
    read_in_typescript(&stage, &settled[0], &voided).await;
    done("the same told by the client in TypeScript, which played a match of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_in_typescript_on_the_local_chain() {
    typescript::check().await;
    let scene = Scene::start(&[quick_blitz()]).await;
    let mut driver = MatchDriver::open(&scene, terms()).await;
    driver.join(2).await;
    let told = typescript::run(&scene.chain.rpc_url, &scene.authority, &[driver.reference.key]).await;
    assert_eq!(
        told["matches"][0]["events"],
        json!(["matchCreated", "randomnessInitialized", "entered"])
    );
    let own: Pubkey = told["match"].as_str().unwrap().parse().unwrap();
    let own = fetch::match_account(&scene.rpc, own).await.unwrap().unwrap();
    assert_eq!(own.status, MatchStatus::Cancelled);
    assert_eq!(own.header.owed, 0);
}

fn terms() -> MatchTerms {
    MatchTerms {
        rules: quick_blitz(),
        stake_per_warrior: STAKE,
        players_max: 2,
        warriors_max: WARRIORS_MAX,
    }
}

/// What a settled and a voided match were, through the IDL.
async fn read_in_typescript(stage: &Stage, settled: &MatchView, voided: &MatchView) {
    let told = typescript::run(
        &stage.validator.rpc_url,
        &stage.authority,
        &[settled.address, voided.address],
    )
    .await;
    for (view, told) in [settled, voided]
        .into_iter()
        .zip(told["matches"].as_array().unwrap())
    {
        assert_eq!(told["address"], view.address.to_string());
        assert_eq!(told["status"], view.status as u8);
        assert_eq!(told["cosigned"], view.header.cosigned);
        assert_eq!(told["checkpoints"], view.header.checkpoints_posted);
        assert_eq!(told["pot"], view.header.pot.to_string());
        assert_eq!(told["slash"], view.header.slash.to_string());
        let leaf: String = view
            .header
            .last_leaf
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(told["lastLeaf"], leaf);
    }
    let events = |place: usize| -> Vec<&str> {
        let names = told["matches"][place]["events"].as_array().unwrap();
        names.iter().map(|name| name.as_str().unwrap()).collect()
    };
    let counted = |place: usize, name: &str| events(place).iter().filter(|event| **event == name).count();
    assert_eq!(
        counted(0, "checkpointPosted"),
        settled.header.checkpoints_posted as usize
    );
    for (place, name, times) in [
        (0, "matchCreated", 1),
        (0, "entered", 2),
        (0, "matchStarted", 1),
        (0, "resultSubmitted", 1),
        (0, "matchSettled", 1),
        (0, "feeSwept", 1),
        (0, "burned", 1),
        (1, "entered", 2),
        (1, "fraudProven", 1),
        (1, "matchVoided", 1),
        (1, "slashCollected", 1),
        (1, "awardPaid", 1),
        (1, "matchSettled", 0),
    ] {
        assert_eq!(counted(place, name), times, "{name} in {:?}", events(place));
    }
    assert!(counted(0, "resultCosigned") > 0, "{:?}", events(0));
    assert!(counted(1, "refunded") >= 2, "{:?}", events(1));
}

/// Two matches at a time by one crank: all players of the first sign its result, nobody signs the second's.
async fn honest(stage: &Stage) -> Vec<MatchView> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(stage, folder.path());
    config.lobbies[0].open_count = 2;
    config.matches_total = Some(2);
    let at = stage.endpoints();
    let (handle, bus, store) = serving::start(&at, config).await;
    let acks = Arc::new(Mutex::new(Vec::new()));
    let told = acks.clone();
    let playing = tokio::spawn(players::play(bus.clone(), move |match_key, ack| {
        told.lock().unwrap().push((match_key, ack));
    }));
    let matches = stage.matches(2).await;
    let signing = tokio::spawn(sign_result(bus.clone(), MatchKey(matches[0].address.to_bytes())));
    for (number, view) in [(0, 0), (2, 1), (1, 0), (3, 1)] {
        stage.enter(&matches[view], number, 1 + number % 3).await;
    }

    let (mut fees, mut burned, mut settled) = (0, 0, Vec::new());
    for (place, known) in matches.iter().enumerate() {
        let view = stage.until_paid(&known.address).await;
        assert_eq!(view.status, MatchStatus::Settled);
        let signed_by_all = place == 0;
        assert!(view.players().all(|player| player.cosigned == signed_by_all));
        assert!(view.header.checkpoints_posted > 0);
        for player in view.players() {
            assert_eq!(
                stage.tokens(&player.wallet).await,
                PURSE - player.paid + player.payout
            );
        }
        fees += view.header.fee;
        burned += view.header.burn;
        let replay = replay(&store, folder.path(), &view).await;
        let verdict = verdict(stage, &view, Some(&replay)).await;
        assert!(verdict.ok, "{verdict}");
        let failed = |check: &&verifier::Check| check.result != CheckResult::Passed;
        assert!(verdict.checks.iter().find(failed).is_none(), "{verdict}");
        acked_is_kept(&acks.lock().unwrap(), &view, &replay);
        settled.push(view);
    }
    playing.abort();
    signing.abort();
    assert_eq!(stage.tokens(&stage.treasury).await, fees);
    assert_eq!(
        stage.supply().await,
        PURSE * u64::from(players::COUNT) + BOND - burned
    );
    let operator = operator(stage).await;
    assert_eq!(
        (operator.bond, operator.reserved_bond, operator.slashed),
        (BOND, 0, 0)
    );
    handle.shutdown(Shutdown::Drain).await.unwrap();
    settled
}

/// A crank that gives somebody hit points in its second checkpoint, and a watchtower that was not told.
async fn lying(stage: &Stage) -> MatchView {
    let challenger = Arc::new(Keypair::new());
    stage.airdrop(&challenger.pubkey(), 1_000_000_000).await;
    let at = stage.endpoints();
    let mut watching = WatchtowerConfig::new(stage.rpc.clone());
    watching.pubsub = Some(PubSub::start(PubSubConfig::new(at.ws.clone())));
    watching.prover = Some(Prover {
        keypair: challenger.clone(),
        sender: crate::support::world::sender(&at.rpc),
    });
    let tower = Watchtower::start(watching);
    let mut reports = tower.reports();

    let folder = tempfile::tempdir().unwrap();
    let mut config = config(stage, folder.path());
    config.cheat = Some(Cheat {
        kind: CheatKind::Hp,
        checkpoint: 1,
    });
    let supply = stage.supply().await;
    let (handle, bus, _store) = serving::start(&at, config).await;
    let playing = tokio::spawn(players::play(bus, |_, _| {}));
    let matches = stage.matches(3).await;
    let view = &matches[2];
    for number in [4, 5] {
        stage.enter(view, number, number - 2).await;
    }
    let fault = reported(&mut reports, |report| matches!(report, Report::Fault { .. })).await;
    let first_lie = matches!(
        fault,
        Report::Fault {
            fault: Fault::Wrong {
                index: 1,
                segment: 0,
                tick: 120,
                ..
            },
            ..
        }
    );
    assert!(first_lie, "{fault:?}");
    let match_key = view.address;
    reported(&mut reports, |report| {
        *report == Report::CaseClosed { match_key, unpaid: 0 }
    })
    .await;
    playing.abort();

    let view = stage.view(&match_key).await;
    let header = &view.header;
    assert_eq!(view.status, MatchStatus::Voided);
    assert_eq!(header.challenger, challenger.pubkey());
    let slash = 2 * STAKE * u64::from(WARRIORS_MAX);
    let warriors: u8 = view.players().map(|player| player.warriors).sum();
    let division = client::aurelius::state::divide(slash, BURN_BPS, REPORTER_BPS, warriors);
    assert_eq!(header.slash, slash);
    assert_eq!(stage.tokens(&challenger.pubkey()).await, division.award);
    for player in view.players() {
        let compensation = division.per_warrior * u64::from(player.warriors);
        assert_eq!(stage.tokens(&player.wallet).await, PURSE + compensation);
    }
    assert_eq!(stage.tokens_in(view.reference().vault()).await, 0);
    let operator = operator(stage).await;
    assert_eq!(
        (operator.bond, operator.reserved_bond, operator.slashed),
        (BOND - slash, 0, slash)
    );
    assert_eq!(stage.supply().await, supply - division.burnt);
    let verdict = verdict(stage, &view, None).await;
    assert!(!verdict.ok, "{verdict}");
    assert_eq!(verdict.slashed, Some(slash), "{verdict}");
    let tally = tower.stop().await;
    assert_eq!((tally.faults, tally.proven, tally.unpunished()), (1, 1, 0));
    handle.shutdown(Shutdown::Now).await.unwrap();
    view
}

/// One short Blitz at a time, with the gateway that the oracle names on chain.
fn config(stage: &Stage, data_dir: &Path) -> CrankConfig {
    let gateway = stage.endpoints().gateway;
    CrankConfig {
        gateway: None,
        // Entries take a second or two each here.
        lock_grace: Duration::from_secs(1),
        ..serving::config(data_dir, &gateway, SHORT_BLITZ, 2, WARRIORS_MAX)
    }
}

/// Signs what is offered for all players of a match, until nothing is offered any more.
async fn sign_result(bus: Bus, match_key: MatchKey) {
    let mut offers = loop {
        match bus.follow_settlement(&match_key) {
            Some(offers) => break offers,
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    loop {
        let offer = offers.borrow_and_update().clone();
        if let (Some(offer), Some(detail)) = (offer, bus.detail(&match_key)) {
            for player in &detail.players {
                let number = (0..players::COUNT)
                    .find(|number| players::session_key(*number) == player.session)
                    .unwrap();
                bus.submit_cosignature(offer.sign(player.slot, &players::session(number)))
                    .unwrap();
            }
        }
        if offers.changed().await.is_err() {
            return;
        }
    }
}

/// The replay file of a match, once the crank has written it.
async fn replay(store: &Store, data_dir: &Path, view: &MatchView) -> Replay {
    let key = view.address.to_bytes();
    until("the replay file", || async {
        let history = store.history.match_history(&key).await.unwrap();
        history.is_some_and(|history| history.row.replay_file.is_some())
    })
    .await;
    let history = store.history.match_history(&key).await.unwrap().unwrap();
    let file = data_dir.join("replays").join(history.row.replay_file.unwrap());
    Replay::read(&std::fs::read(file).unwrap()).unwrap()
}

/// Every input that was acked before the end is in the replay, at the tick of the ack.
fn acked_is_kept(acks: &[(MatchKey, Ack)], view: &MatchView, replay: &Replay) {
    let last_tick = arena::State::from_bytes(&replay.final_state).unwrap().tick();
    let mut count = 0;
    for (_, ack) in acks
        .iter()
        .filter(|(key, ack)| key.0 == view.address.to_bytes() && ack.tick <= last_tick)
    {
        count += 1;
        assert!(
            replay.inputs.iter().any(|input| {
                let signed = &input.signed.input;
                (signed.slot.0, signed.sequence, input.tick.0 + 1) == (ack.slot, ack.sequence, ack.tick)
            }),
            "acked and not in the replay: {ack:?}"
        );
    }
    assert!(count > 0, "nobody played");
}

/// What a stranger makes of the ledger.
async fn verdict(stage: &Stage, view: &MatchView, replay: Option<&Replay>) -> Verdict {
    let record = verifier::read::from_chain(&stage.rpc, view.address, replay, |_| {})
        .await
        .unwrap();
    verifier::verify(&record, |_| {})
}

async fn operator(stage: &Stage) -> client::view::OperatorView {
    let address: Pubkey = stage.operator_account();
    fetch::operator(&stage.rpc, address).await.unwrap().unwrap()
}

/// The next report that is as wanted.
async fn reported(reports: &mut broadcast::Receiver<Report>, wanted: impl Fn(&Report) -> bool) -> Report {
    let mut seen = Vec::new();
    let listening = async {
        loop {
            let report = reports.recv().await.expect("a report");
            if wanted(&report) {
                return report;
            }
            seen.push(report);
        }
    };
    match tokio::time::timeout(crate::support::world::PATIENCE, listening).await {
        Ok(report) => report,
        Err(_) => panic!("not reported; seen: {seen:#?}"),
    }
}
