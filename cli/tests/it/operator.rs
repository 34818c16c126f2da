//! An operator from the command line: registration and bond on a chain with the real program, matches in
//! flight, and the records that a crank keeps.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::town::{Town, PURSE};
use arena::{HostSha256, Rules};
use client::instruction::{self, CreateMatch, CreateMatchArgs, Enter, EnterArgs};
use client::view::fetch;
use client::{address, Pubkey};
use cluster::{Cluster, ClusterConfig, Presence};
use player::chain::{balance, mint_info, TOKEN_PROGRAM};
use serde_json::{json, Value};
use solana_keypair::{Address, Keypair, Signer};
use store::{
    Ban, IntentKind, IntentState, MatchPhase, MatchRecord, MatchRow, MatchStatus, PlacementRow, ResultRecord,
    Store,
};

/// The delay of withdrawals in these tests: longer than the test takes, were it not for warping.
const WITHDRAW_SLOTS: &str = "20000";
/// The stake of the match, per warrior, in base units: 10 tokens.
const STAKE: u64 = 10_000_000;

fn held(town: &Town) -> u64 {
    town.runtime.block_on(async {
        let mint = mint_info(&town.chain, &town.mint).await.unwrap();
        balance(&town.chain, &town.wallet("operator"), &mint)
            .await
            .unwrap()
    })
}

fn vault(town: &Town) -> u64 {
    let operator = address::operator(&town.wallet("operator"), &town.mint);
    let vault = fetch::token_account(&town.chain.rpc, address::bond_vault(&operator));
    town.runtime.block_on(vault).unwrap().unwrap().amount
}

fn has_warning(answer: &Value, part: &str) -> bool {
    let warnings = answer["warnings"].as_array().unwrap();
    warnings
        .iter()
        .any(|warning| warning.as_str().unwrap().contains(part))
}

#[test]
fn an_operator_registers_puts_up_a_bond_and_takes_it_out_after_the_delay() {
    let town = Town::start();
    let treasury = Keypair::new().pubkey().to_string();
    let init = [
        "governance",
        "init",
        "--treasury",
        &treasury,
        "--withdraw-slots",
        WITHDRAW_SLOTS,
    ];
    town.done("governor", &init);
    registers(&town);
    deposits(&town);
    sees_its_cranks(&town);
    has_a_match_in_flight(&town);
    rotates_the_crank_key(&town);
    withdraws(&town);
}

fn registers(town: &Town) {
    let (mint, wallet) = (town.mint.to_string(), town.wallet("operator").to_string());
    town.refused(
        "operator",
        &["operator", "register"],
        2,
        &["AURELIUS_MINT", &mint, "allow-mint"],
    );
    town.done("governor", &["governance", "allow-mint", &mint]);
    town.done("governor", &["governance", "allow-rules", "blitz"]);
    town.refused(
        "operator",
        &["operator", "status"],
        1,
        &[&wallet, "not registered", "aurelius operator register"],
    );
    let account = address::operator(&town.wallet("operator"), &town.mint).to_string();
    assert_eq!(
        town.done("operator", &["operator", "register"])["operator"],
        account
    );
    town.refused("operator", &["operator", "register"], 1, &[&wallet, "already"]);

    let status = town.done("operator", &["operator", "status"]);
    assert_eq!(
        (&status["active"], &status["matches"]),
        (&json!(false), &json!([]))
    );
    assert!(has_warning(&status, "activate-operator") && has_warning(&status, "deposit"));
    town.refused(
        "operator",
        &["governance", "activate-operator", &wallet],
        2,
        &["the config's authority is"],
    );
    let activate = ["governance", "activate-operator", wallet.as_str()];
    assert_eq!(town.done("governor", &activate)["active"], true);
    town.refused("governor", &activate, 1, &["active already"]);
}

fn deposits(town: &Town) {
    for (amount, status, part) in [
        ("2000.000001", 1, "holds 2000.00 TOKEN"),
        ("0.0000001", 1, "decimal places"),
        ("0", 1, "AMOUNT is nothing"),
        ("ten", 2, "decimal number"),
    ] {
        town.refused("operator", &["operator", "deposit", amount], status, &[part]);
    }
    assert_eq!((held(town), vault(town)), (PURSE, 0), "nothing moved");
    let deposited = town.done("operator", &["operator", "deposit", "1000.5"]);
    assert_eq!(deposited["bond"]["total"], "1000500000");
    assert_eq!((held(town), vault(town)), (PURSE - 1_000_500_000, 1_000_500_000));

    // Whoever does not hold the key looks with the address.
    let wallet = town.wallet("operator").to_string();
    let status = town.done("stranger", &["operator", "status", "--operator", &wallet]);
    assert_eq!(
        status["bond"],
        json!({ "total": "1000500000", "reserved": "0", "free": "1000500000", "slashed": "0", "withdrawal": null })
    );
    assert_eq!(
        (&status["active"], &status["decimals"]),
        (&json!(true), &json!(6))
    );
    assert_eq!(status["warnings"], json!([]));
}

/// What cranks say of themselves in Redis.
fn sees_its_cranks(town: &Town) {
    let nodes = test_redis::shared();
    let mut config = ClusterConfig::new(nodes.clone());
    config.prefix = "status".to_owned();
    // Longer than the test takes.
    config.lease_life = std::time::Duration::from_secs(600);
    let crank = |name: &str, draining| Presence {
        name: name.to_owned(),
        matches: 3,
        capacity: 64,
        draining,
    };
    let redis = nodes.join(",");
    let status = [
        "operator",
        "status",
        "--redis",
        &redis,
        "--redis-prefix",
        "status",
    ];
    let empty = town.done("operator", &status);
    assert_eq!(empty["cranks"], json!([]));
    assert!(has_warning(&empty, "no crank is there"));
    town.runtime.block_on(async {
        let cluster = Cluster::connect(config).await.unwrap();
        for crank in [crank("crank-1", false), crank("crank-2", true)] {
            cluster.announce(&crank).await.unwrap();
        }
    });
    assert_eq!(
        town.done("operator", &status)["cranks"],
        json!([
            { "name": "crank-1", "matches": 3, "capacity": 64, "draining": false },
            { "name": "crank-2", "matches": 3, "capacity": 64, "draining": true },
        ])
    );
    let text = String::from_utf8(town.run("operator", &status).stdout).unwrap();
    assert!(
        text.contains("2 cranks") && text.contains("3 matches of 64, draining"),
        "{text}"
    );

    // Without Redis the rest is still told.
    assert_eq!(
        town.done("operator", &["operator", "status"])["cranks"],
        Value::Null
    );
    let gone = ["operator", "status", "--redis", "127.0.0.1:1"];
    let status = town.done("operator", &gone);
    assert!(
        status["bond"].is_object() && has_warning(&status, "does not tell which cranks"),
        "{status}"
    );
}

/// A Blitz for two warriors with one entry: its bond is reserved, its stake in flight.
fn has_a_match_in_flight(town: &Town) {
    let operator = town.keypair("operator");
    let create = CreateMatch {
        authority: operator.pubkey(),
        crank: operator.pubkey(),
        payer: operator.pubkey(),
        mint: town.mint,
        token_program: TOKEN_PROGRAM,
        match_id: 1,
    };
    let created = create.match_ref();
    let mut args = CreateMatchArgs {
        rules: Rules::BLITZ.as_bytes().to_vec(),
        stake_per_warrior: STAKE,
        players_max: 2,
        warriors_max: 2,
        drip_root: [3; 32],
        receipt_key: operator.pubkey(),
        scheduled_slot: 0,
        expect_terms: [0; 32],
        slot_us: 400_000,
    };
    let config = town
        .runtime
        .block_on(fetch::config(&town.chain.rpc))
        .unwrap()
        .unwrap();
    args.expect_terms = config.terms_of(&args).unwrap();
    let entry = EnterArgs {
        warriors: 1,
        session_key: Keypair::new().pubkey(),
        expect_stake: STAKE,
        expect_rules_hash: Rules::BLITZ.hash::<HostSha256>(),
        expect_terms: args.expect_terms,
        expect_late: false,
    };
    let enter = instruction::enter(&created, &Enter::own(operator.pubkey(), &created), entry);
    for instruction in [instruction::create_match(&create, args), enter] {
        let instructions = [instruction];
        let sending = town.chain.sender.send_and_confirm(&instructions, operator, &[]);
        town.runtime.block_on(sending).unwrap();
    }
    let view = fetch::match_account(&town.chain.rpc, created.key);
    let view = town.runtime.block_on(view).unwrap().unwrap();

    let status = town.done("operator", &["operator", "status"]);
    assert_eq!(status["in_flight"], "10000000");
    assert_eq!(
        status["matches"],
        json!([{
            "match": created.key.to_string(),
            "match_id": 1,
            "game": "blitz",
            "status": "open",
            "players": 1,
            "in_flight": "10000000",
            "bond_reserved": "40000000",
            "deadline": {
                "slot": view.header.lock_deadline,
                "what": "lock, else anybody cancels",
                "passed": false,
            },
        }])
    );
    assert_eq!(status["bond"]["reserved"], "40000000");
    let output = town.run("operator", &["operator", "status", "--symbol", "CHIP"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "1 match on the chain, 10.00 CHIP in flight",
        "960.50 CHIP",
        "lock, else anybody cancels",
        &created.key.to_string(),
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

/// The match that is open goes to the new key in the same transaction, and back.
fn rotates_the_crank_key(town: &Town) {
    let (wallet, hot) = (town.wallet("operator"), Keypair::new().pubkey());
    let runs = || {
        let matches = fetch::matches(&town.chain.rpc, None, None);
        town.runtime.block_on(matches).unwrap()[0].header.crank
    };
    let set = |key: &Pubkey| town.done("operator", &["operator", "set-crank-key", &key.to_string()]);
    assert_eq!(runs(), wallet);
    let named = set(&hot);
    assert_eq!(
        (&named["crank_key"], &named["before"], &named["handed_over"]),
        (&json!(hot.to_string()), &json!(wallet.to_string()), &json!(1))
    );
    assert_eq!(runs(), hot);
    let status = town.done("operator", &["operator", "status"]);
    assert_eq!(status["crank_key"], hot.to_string());
    town.refused(
        "operator",
        &["operator", "set-crank-key", &hot.to_string()],
        1,
        &["already"],
    );
    town.refused(
        "governor",
        &["operator", "set-crank-key", &hot.to_string()],
        1,
        &["not registered"],
    );
    assert_eq!(set(&wallet)["handed_over"], 1);
    assert_eq!(runs(), wallet);
}

fn withdraws(town: &Town) {
    town.refused(
        "operator",
        &["operator", "withdraw"],
        1,
        &["no withdrawal was requested", "request-withdrawal"],
    );
    town.refused(
        "operator",
        &["operator", "request-withdrawal", "960.500001"],
        1,
        &[
            "960.50 TOKEN can be requested at most",
            "40.00 TOKEN answer for matches",
        ],
    );
    town.refused(
        "operator",
        &["operator", "request-withdrawal", "0"],
        1,
        &["no request to take back"],
    );
    town.done("operator", &["operator", "request-withdrawal", "960.5"]);
    // A smaller request takes the place of the first one.
    let requested = town.done("operator", &["operator", "request-withdrawal", "250.25"]);
    assert_eq!(requested["bond"]["withdrawal"]["amount"], "250250000");
    assert_eq!(requested["bond"]["free"], "710250000");
    let slot = requested["bond"]["withdrawal"]["slot"].as_u64().unwrap();

    let (held_before, vault_before) = (held(town), vault(town));
    town.refused(
        "operator",
        &["operator", "withdraw"],
        1,
        &[
            "the delay has not passed",
            "250.25 TOKEN",
            &format!("slot {slot}"),
            "try again in 19",
            "20000 slots",
        ],
    );
    assert_eq!((held(town), vault(town)), (held_before, vault_before));

    town.warp(WITHDRAW_SLOTS.parse().unwrap());
    let withdrawn = town.done("operator", &["operator", "withdraw"]);
    assert_eq!(
        (&withdrawn["amount"], &withdrawn["bond"]["withdrawal"]),
        (&json!("250250000"), &Value::Null)
    );
    assert_eq!(
        (held(town), vault(town)),
        (held_before + 250_250_000, vault_before - 250_250_000)
    );
    town.refused(
        "operator",
        &["operator", "withdraw"],
        1,
        &["no withdrawal was requested"],
    );
    // The lobby's lock deadline went by with those slots.
    let status = town.done("operator", &["operator", "status"]);
    assert_eq!(status["matches"][0]["deadline"]["passed"], true);
    assert!(has_warning(&status, "its deadline has passed"));

    town.done("operator", &["operator", "request-withdrawal", "1"]);
    let back = town.done("operator", &["operator", "request-withdrawal", "0"]);
    assert_eq!(back["bond"]["withdrawal"], Value::Null);
    let wallet = town.wallet("operator").to_string();
    let off = town.done("governor", &["governance", "deactivate-operator", &wallet]);
    assert_eq!(off["active"], false);
}

fn aurelius(data_dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aurelius"))
        .args(arguments)
        .env_clear()
        .env("AURELIUS_DATA_DIR", data_dir)
        .output()
        .unwrap()
}

fn printed(data_dir: &Path, arguments: &[&str]) -> String {
    let output = aurelius(data_dir, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn failed(data_dir: &Path, arguments: &[&str], status: i32, parts: &[&str]) {
    let output = aurelius(data_dir, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    for part in parts {
        assert!(error.contains(part), "{arguments:?} lacks `{part}`: {error}");
    }
}

const MATCH: [u8; 32] = [1; 32];
const WAITING: [u8; 32] = [2; 32];
const OPERATOR: [u8; 32] = [4; 32];
const MINT: [u8; 32] = [5; 32];
const WINNER: [u8; 32] = [6; 32];

fn record(match_key: [u8; 32], match_id: u64, phase: MatchPhase) -> MatchRecord {
    MatchRecord {
        match_key,
        operator: OPERATOR,
        match_id,
        mode: store::Mode::Siege,
        mint: MINT,
        rules: Rules::SIEGE.as_bytes().to_vec(),
        stake_per_warrior: STAKE,
        players_max: 100,
        warriors_max: 100,
        scheduled_slot: 0,
        phase,
        created_at_ms: 1_000,
        start_unix_us: None,
    }
}

/// What a crank leaves: one match that was played, and one that is being created.
async fn fill(store: &Store) {
    for (key, id, phase) in [
        (MATCH, 7, MatchPhase::Settled),
        (WAITING, 8, MatchPhase::Creating),
    ] {
        store.matches.insert(&record(key, id, phase)).await.unwrap();
    }
    let row = MatchRow {
        match_key: MATCH,
        match_id: 7,
        mode: store::Mode::Siege,
        status: MatchStatus::Settled,
        mint: MINT,
        stake_per_warrior: STAKE,
        rules_hash: [8; 32],
        players: 1,
        warriors: 2,
        pot: 2 * STAKE,
        fee: 600_000,
        burn: 400_000,
        seed: None,
        genesis_leaf: None,
        winner: Some(WINNER),
        ticks: 600,
        created_at_ms: 1_000,
        started_at_ms: Some(2_000),
        ended_at_ms: Some(3_000),
        replay_file: None,
        final_leaf: None,
        terms: None,
        steps: store::MatchSteps::default(),
    };
    store.history.upsert_match(&row).await.unwrap();
    let result = ResultRecord {
        match_key: MATCH,
        mint: MINT,
        placements: vec![PlacementRow {
            slot: 0,
            player: WINNER,
            place: 1,
            paid: 2 * STAKE,
            payout: 19_000_000,
            refunded: false,
            warriors: 2,
            warriors_alive: 1,
            hp_centi: 100,
            eliminations: 3,
            damage_centi: 5,
            claim_signature: Some([9; 64]),
        }],
        eliminations: Vec::new(),
    };
    store.history.record_result(&result).await.unwrap();
    let intent = store
        .intents
        .enqueue(&MATCH, IntentKind::Claim(0), 4_000)
        .await
        .unwrap();
    let refused = IntentState::Failed {
        reason: "frozen, for ever".into(),
    };
    store
        .intents
        .advance(&[intent.id], &refused, 5_000)
        .await
        .unwrap();
    let ban = Ban {
        wallet: WINNER,
        reason: "5 flags".into(),
        since_ms: 1,
        until_ms: None,
    };
    store.bans.ban(&ban).await.unwrap();
}

fn text(key: [u8; 32]) -> String {
    Address::new_from_array(key).to_string()
}

#[test]
fn records_are_exported_and_bans_lifted() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    failed(
        data,
        &["operator", "export"],
        2,
        &["AURELIUS_DATA_DIR", "no crank has left a database"],
    );
    assert!(!data.join("aurelius.db").exists(), "looking made no database");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime
        .block_on(Store::open_sqlite(&data.join("aurelius.db")))
        .unwrap();
    runtime.block_on(fill(&store));

    // The database stays open meanwhile, as a running crank has it.
    let all = printed(data, &["operator", "export"]);
    let value: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(value.as_array().unwrap().len(), 2);
    assert_eq!(
        (&value[0]["match"], &value[0]["own"]["operator"]),
        (&json!(text(MATCH)), &json!(text(OPERATOR)))
    );
    assert_eq!(value[0]["history"]["pot"], "20000000");
    assert_eq!(value[0]["payouts"][0]["payout"], "19000000");
    assert_eq!(value[0]["intents"][0]["reason"], "frozen, for ever");
    assert_eq!(
        (&value[1]["own"]["phase"], &value[1]["history"]),
        (&json!("creating"), &Value::Null)
    );

    let csv = |table: &str| printed(data, &["operator", "export", "--format", "csv", "--table", table]);
    let matches = csv("matches");
    assert_eq!(matches.lines().count(), 3);
    assert!(
        matches.lines().nth(1).unwrap().starts_with(&format!(
            "{},{},7,siege,settled,settled,",
            text(MATCH),
            text(OPERATOR)
        )),
        "{matches}"
    );
    let payouts = csv("payouts");
    let claim = solana_keypair::Signature::from([9; 64]);
    assert_eq!(
        payouts.lines().nth(1).unwrap(),
        format!(
            "{},7,{},0,{},1,20000000,19000000,false,2,3,{claim}",
            text(MATCH),
            text(MINT),
            text(WINNER)
        )
    );
    assert!(csv("intents").contains(",claim,0,failed,0,,,\"frozen, for ever\",4000,5000"));
    let file = data.join("payouts.csv");
    let path = file.to_str().unwrap();
    let said = printed(
        data,
        &[
            "operator", "export", "--format", "csv", "--table", "payouts", "--out", path,
        ],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), payouts);
    assert!(said.contains("2 matches written"), "{said}");

    let wallet = Pubkey::new_from_array(WINNER).to_string();
    let listed: Value = serde_json::from_str(&printed(data, &["operator", "bans", "--json"])).unwrap();
    assert_eq!(
        listed["bans"],
        json!([{ "wallet": wallet, "reason": "5 flags", "since_ms": 1, "until_ms": null }])
    );
    let lifted = printed(data, &["operator", "unban", &wallet]);
    assert!(
        lifted.contains("may play again") && lifted.contains("5 flags"),
        "{lifted}"
    );
    assert_eq!(runtime.block_on(store.bans.current(&WINNER, 9)).unwrap(), None);
    failed(data, &["operator", "unban", &wallet], 1, &[&wallet, "not banned"]);
    failed(
        data,
        &["operator", "unban", "somebody"],
        2,
        &["somebody", "base 58"],
    );
}

#[test]
fn a_crank_is_drained_by_a_file_and_told_apart_from_one_that_ended() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let drain = data.join("drain");
    failed(
        data,
        &["operator", "drain"],
        2,
        &[
            "AURELIUS_DATA_DIR (or --data-dir)",
            "no crank has used",
            "for example",
        ],
    );
    assert!(!drain.exists());
    // What a running crank holds.
    let lock = std::fs::File::create(data.join("lock")).unwrap();
    lock.try_lock().unwrap();

    failed(
        data,
        &["operator", "drain", "--undo"],
        1,
        &["nothing is draining"],
    );
    let answer: Value = serde_json::from_str(&printed(data, &["operator", "drain", "--json"])).unwrap();
    assert_eq!(
        (&answer["done"], &answer["running"], &answer["ended"]),
        (&json!("drain"), &json!(true), &json!(false))
    );
    assert_eq!(answer["file"], drain.to_str().unwrap());
    assert!(drain.is_file());
    let again = printed(data, &["operator", "drain"]);
    assert!(again.contains("draining already"), "{again}");
    let back = printed(data, &["operator", "drain", "--undo"]);
    assert!(back.contains("opens matches again") && !drain.exists(), "{back}");
    failed(
        data,
        &["operator", "drain", "--undo", "--wait"],
        2,
        &["--undo", "--wait"],
    );

    // Whoever waits is told when the crank has ended, and not before.
    let mut waiting = Command::new(env!("CARGO_BIN_EXE_aurelius"))
        .args(["operator", "drain", "--wait", "--json"])
        .env_clear()
        .env("AURELIUS_DATA_DIR", data)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !drain.exists() {
        assert!(std::time::Instant::now() < deadline, "it never said to drain");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // A moment in which it could end wrongly.
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(waiting.try_wait().unwrap().is_none(), "the crank still runs");
    drop(lock);
    let output = waiting.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["running"], &answer["ended"]),
        (&json!(false), &json!(true))
    );
    let late = printed(data, &["operator", "drain"]);
    assert!(late.contains("no crank is running there"), "{late}");
}
