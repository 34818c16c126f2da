//! A player's money, when nobody operates any more.

use std::time::{Duration, Instant};

use arena::{HostSha256, Rules};
use client::instruction::{self, CreateMatch, CreateMatchArgs, Enter, EnterArgs};
use client::rpc::{RpcConfig, RpcPool};
use client::view::{fetch, MatchStatus, MatchView};
use client::Pubkey;
use player::chain::{balance, fund_with_tokens, mint_info, Chain, TokenSource, TOKEN_PROGRAM};
use serde_json::{json, Value};
use solana_keypair::{Keypair, Signer};

use crate::support::installation::Installation;
use crate::support::town::Town;

/// Per warrior, in base units: 10 tokens.
const STAKE: u64 = 10_000_000;
const PATIENCE: Duration = Duration::from_secs(180);

/// An escrow with an operator whose bond covers some matches; the stranger has 100 tokens.
fn open_for_business() -> Town {
    let town = Town::start();
    let treasury = Keypair::new().pubkey().to_string();
    let (mint, operator) = (town.mint.to_string(), town.wallet("operator").to_string());
    town.done("governor", &["governance", "init", "--treasury", &treasury]);
    town.done("governor", &["governance", "allow-mint", &mint]);
    town.done("governor", &["governance", "allow-rules", "blitz"]);
    town.done("operator", &["operator", "register"]);
    town.done("governor", &["governance", "activate-operator", &operator]);
    town.done("operator", &["operator", "deposit", "1000"]);
    town.runtime.block_on(async {
        let info = mint_info(&town.chain, &town.mint).await.unwrap();
        let source = TokenSource::Mint(town.keypair("governor"));
        let stranger = [town.wallet("stranger")];
        fund_with_tokens(&town.chain, &source, &info, &stranger, 10 * STAKE)
            .await
            .unwrap();
    });
    town
}

/// A Blitz that the stranger has entered with one warrior.
fn entered(town: &Town, match_id: u64) -> Pubkey {
    let (operator, stranger) = (town.keypair("operator"), town.keypair("stranger"));
    let create = CreateMatch {
        authority: operator.pubkey(),
        crank: operator.pubkey(),
        payer: operator.pubkey(),
        mint: town.mint,
        token_program: TOKEN_PROGRAM,
        match_id,
    };
    let created = create.match_ref();
    let mut args = CreateMatchArgs {
        rules: Rules::BLITZ.as_bytes().to_vec(),
        stake_per_warrior: STAKE,
        players_max: 4,
        warriors_max: 4,
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
    let enter = instruction::enter(&created, &Enter::own(stranger.pubkey(), &created), entry);
    for (instruction, signer) in [
        (instruction::create_match(&create, args), operator),
        (enter, stranger),
    ] {
        let instructions = [instruction];
        let sending = town.chain.sender.send_and_confirm(&instructions, signer, &[]);
        town.runtime.block_on(sending).unwrap();
    }
    created.key
}

fn held(town: &Town) -> u64 {
    town.runtime.block_on(async {
        let info = mint_info(&town.chain, &town.mint).await.unwrap();
        let stranger = town.wallet("stranger");
        balance(&town.chain, &stranger, &info).await.unwrap()
    })
}

fn steps(of: &Value) -> Vec<&str> {
    let done = of["done"].as_array().unwrap();
    done.iter().map(|done| done["step"].as_str().unwrap()).collect()
}

#[test]
fn report_51_lobbies_that_nobody_runs_give_their_stakes_back() {
    let town = open_for_business();
    let (left, overdue) = (entered(&town, 1), entered(&town, 2));
    assert_eq!(held(&town), 8 * STAKE);

    // Lobbies in time are shown, and left only when they are named.
    let listed = town.done("stranger", &["rescue", "--yes"]);
    let matches = listed["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 2, "{listed}");
    for shown in matches {
        assert_eq!(
            (&shown["next"], &shown["owed"], &shown["done"]),
            (&json!("leave"), &json!("10000000"), &json!([])),
            "{listed}"
        );
    }
    let named = town.done("stranger", &["rescue", &left.to_string()]);
    assert_eq!(steps(&named["matches"][0]), ["leave"]);
    assert_eq!(held(&town), 9 * STAKE);

    // The operator is gone until after the deadline.
    let view = fetch::match_account(&town.chain.rpc, overdue);
    let deadline = town.runtime.block_on(view).unwrap().unwrap().header.lock_deadline;
    let now = town.runtime.block_on(town.chain.rpc.slot()).unwrap();
    town.warp(deadline.saturating_sub(now) + 2);
    let listed = town.done("stranger", &["rescue"]);
    assert_eq!(listed["matches"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["matches"][0]["next"], "cancel");
    assert_eq!(held(&town), 9 * STAKE, "a list sends nothing");
    let text = String::from_utf8(town.run("stranger", &["rescue"]).stdout).unwrap();
    assert!(
        text.contains("cancel is possible") && text.contains("--yes"),
        "{text}"
    );

    let rescued = town.done("stranger", &["rescue", "--yes"]);
    let shown = &rescued["matches"][0];
    assert_eq!(steps(shown), ["cancel", "refund", "close the entry"]);
    assert_eq!((&shown["owed"], &shown["next"]), (&json!("0"), &Value::Null));
    assert_eq!(held(&town), 10 * STAKE, "everything is back");
    assert_eq!(town.done("stranger", &["rescue"])["matches"], json!([]));

    // Who has no part in a match is told so.
    let other = overdue.to_string();
    town.refused(
        "governor",
        &["rescue", &other],
        1,
        &["is no player of match", &other],
    );
}

/// The one match that is live, once there is one.
fn live(rpc: &RpcPool, runtime: &tokio::runtime::Runtime) -> MatchView {
    let begun = Instant::now();
    loop {
        let live = runtime.block_on(fetch::matches(rpc, None, Some(MatchStatus::Live)));
        if let Some(view) = live.unwrap().pop() {
            return view;
        }
        assert!(begun.elapsed() < PATIENCE, "no match goes live");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn report_51_players_of_a_match_that_fell_silent_get_stakes_and_bond() {
    let installation = Installation::start(100);
    let (crank, relay) = installation.crank();
    let (wallets, minter) = (
        installation.text("bots"),
        installation.text("keys/mint-authority.json"),
    );
    let arguments = [
        "bots",
        "--count",
        "2",
        "--relay",
        &relay,
        "--wallets",
        &wallets,
        "--no-cosign",
    ];
    let bots = installation.part(&arguments, &minter);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rpc = RpcPool::new(RpcConfig::new(installation.rpc_url.as_str())).unwrap();
    let view = live(&rpc, &runtime);
    // The operator is gone, with kill -9.
    drop(crank);
    drop(bots);
    let begun = Instant::now();
    let deadline = loop {
        // Checkpoints that were under way may still have moved it.
        let now = runtime
            .block_on(fetch::match_account(&rpc, view.address))
            .unwrap();
        let deadline = now.unwrap().header.progress_deadline;
        if runtime.block_on(rpc.slot()).unwrap() > deadline + 2 {
            break deadline;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "slots do not pass; the deadline is {deadline}"
        );
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(deadline > 0);

    let chain = Chain::new(rpc.clone(), client::sender::SenderConfig::default());
    let mint = runtime
        .block_on(mint_info(&chain, &installation.mint.parse().unwrap()))
        .unwrap();
    let mut all_steps = Vec::new();
    for number in 1..=2 {
        let keypair = installation.text(&format!("bots/bot-{number}.json"));
        let wallet = player::keyfile::read(installation.path(&format!("bots/bot-{number}.json")).as_path())
            .unwrap()
            .pubkey();
        let before = runtime.block_on(balance(&chain, &wallet, &mint)).unwrap();
        // The stake at once; shares of the bond wait as long as a withdrawal of it.
        let begun = Instant::now();
        loop {
            let rescue = installation.part(&["rescue", "--yes", "--json", "--log-level", "error"], &keypair);
            let (status, lines) = rescue.finish(PATIENCE);
            let text = lines.join("\n");
            assert_eq!(status, Some(0), "{text}");
            let answer: Value = serde_json::from_str(&text).unwrap();
            let shown = answer["matches"]
                .as_array()
                .unwrap()
                .iter()
                .find(|shown| shown["match"] == view.address.to_string())
                .unwrap();
            all_steps.extend(steps(shown).into_iter().map(str::to_owned));
            if shown["next"] == Value::Null {
                assert_eq!(shown["owed"], "0", "{text}");
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "the shares are never paid: {text}");
            std::thread::sleep(Duration::from_millis(500));
        }
        let after = runtime.block_on(balance(&chain, &wallet, &mint)).unwrap();
        // The stake, and a share of the bond on top.
        assert!(after > before + STAKE, "{before} to {after}");
    }
    assert_eq!(
        all_steps.iter().filter(|step| *step == "void").count(),
        1,
        "{all_steps:?}"
    );
    assert!(
        all_steps.iter().any(|step| step == "claim the reporter's share"),
        "{all_steps:?}"
    );
    let after = runtime
        .block_on(fetch::match_account(&rpc, view.address))
        .unwrap()
        .unwrap();
    assert_eq!(
        (after.status, after.header.owed),
        (MatchStatus::Voided, 0),
        "all is paid"
    );
}
