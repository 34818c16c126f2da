//! Governance from the command line, on a chain with the real program: what is refused, what changes, who
//! may.

use crate::support::town::Town;
use arena::{HostSha256, Rules};
use client::view::{fetch, ConfigView};
use serde_json::{json, Value};
use solana_keypair::{Keypair, Signer};

/// The config as the chain has it.
fn config(town: &Town) -> ConfigView {
    let config = town.runtime.block_on(fetch::config(&town.chain.rpc));
    config.unwrap().unwrap()
}

/// Whether a warning has this in it.
fn warned(answer: &Value, part: &str) -> bool {
    let warnings = answer["warnings"].as_array().unwrap();
    warnings
        .iter()
        .any(|warning| warning.as_str().unwrap().contains(part))
}

#[test]
fn a_config_is_created_changed_and_handed_over() {
    let town = Town::start();
    creates(&town);
    changes(&town);
    lists(&town);
    hands_over(&town);
}

fn creates(town: &Town) {
    let treasury = Keypair::new().pubkey();
    let treasury = treasury.to_string();
    town.refused(
        "governor",
        &["governance", "show"],
        1,
        &["there is no config", "aurelius governance init"],
    );
    town.refused(
        "governor",
        &["governance", "init"],
        2,
        &["AURELIUS_TREASURY", "--treasury", "for example"],
    );
    let governor = town.wallet("governor").to_string();
    town.refused(
        "stranger",
        &["governance", "init", "--treasury", &treasury],
        2,
        &[
            "AURELIUS_KEYPAIR",
            &town.wallet("stranger").to_string(),
            &governor,
            "upgrade authority",
        ],
    );
    town.refused(
        "governor",
        &[
            "governance",
            "init",
            "--treasury",
            &treasury,
            "--factor-bps",
            "9999",
        ],
        2,
        &["9999", "10000"],
    );
    let created = town.done("governor", &["governance", "init", "--treasury", &treasury]);
    assert_eq!(created["done"], "init");

    let shown = town.done("governor", &["governance", "show"]);
    let genesis = town.runtime.block_on(town.chain.rpc.genesis_hash()).unwrap();
    let cluster = solana_keypair::Address::new_from_array(genesis).to_string();
    assert_eq!(shown["authority"], governor);
    assert_eq!(shown["pending_authority"], Value::Null);
    assert_eq!(shown["treasury"], treasury);
    assert_eq!(shown["paused"], false);
    assert_eq!(shown["randomness"]["name"], "Switchboard of mainnet");
    assert_eq!(
        shown["cluster"],
        json!({ "config": cluster, "rpc": cluster, "same": true })
    );
    assert_eq!(
        shown["windows"],
        json!({ "lock_slots": 9000, "entropy_slots": 750, "checkpoint_slots": 300, "result_slots": 750, "challenge_slots": 4500 })
    );
    assert_eq!(
        shown["bond"],
        json!({ "factor_bps": 20000, "burn_bps": 5000, "reporter_bps": 1000, "withdraw_slots": 216000 })
    );
    assert_eq!((&shown["mints"], &shown["rules"]), (&json!([]), &json!([])));
    assert!(warned(&shown, "allow-mint") && warned(&shown, "allow-rules"));

    town.refused(
        "governor",
        &["governance", "init", "--treasury", &treasury],
        1,
        &["exists already", &governor, "aurelius governance update"],
    );
}

fn changes(town: &Town) {
    let before = config(town);
    let elsewhere = Keypair::new().pubkey().to_string();
    let arguments = [
        "governance",
        "update",
        "--challenge-slots",
        "150",
        "--reporter-bps",
        "500",
        "--genesis-hash",
        &elsewhere,
    ];
    town.refused(
        "stranger",
        &arguments,
        2,
        &["AURELIUS_KEYPAIR", "the config's authority is"],
    );
    let changed = town.done("governor", &arguments);
    assert_eq!(changed["changed"], json!(["windows", "cluster", "bond"]));
    let mut expected = before.clone();
    expected.windows.challenge_slots = 150;
    expected.bond.reporter_bps = 500;
    expected.cluster = elsewhere.parse::<solana_keypair::Address>().unwrap().to_bytes();
    assert_eq!(config(town), expected, "nothing else moved");

    let shown = town.done("governor", &["governance", "show"]);
    assert_eq!(shown["cluster"]["same"], false);
    assert!(warned(&shown, &elsewhere));
    let output = town.run("governor", &["governance", "show"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        text.contains("warning: the config names the cluster") && text.contains(&elsewhere),
        "{text}"
    );
    assert!(text.contains("challenge    within 150 slots, about "), "{text}");
    assert!(text.contains(" ms, measured"), "{text}");

    let mend = ["governance", "update", "--genesis-hash", "rpc"];
    assert_eq!(town.done("governor", &mend)["changed"], json!(["cluster"]));
    assert_eq!(config(town).cluster, before.cluster);
    town.refused(
        "governor",
        &mend,
        1,
        &["as asked for already", "nothing was sent"],
    );
    town.refused(
        "governor",
        &["governance", "update", "--genesis-hash", "mainnet"],
        2,
        &["mainnet", "base 58"],
    );
}

fn lists(town: &Town) {
    let mint = town.mint.to_string();
    town.done("governor", &["governance", "allow-mint", &mint]);
    assert_eq!(config(town).mints, [town.mint]);
    town.refused(
        "governor",
        &["governance", "allow-mint", &mint],
        1,
        &[&mint, "already on the list"],
    );
    let wallet = town.wallet("stranger").to_string();
    town.refused(
        "governor",
        &["governance", "allow-mint", &wallet],
        1,
        &[&wallet, "not a mint"],
    );
    town.done("governor", &["governance", "disallow-mint", &mint]);
    town.refused(
        "governor",
        &["governance", "disallow-mint", &mint],
        1,
        &[&mint, "not on the list"],
    );

    let (blitz, other) = (Rules::BLITZ.hash::<HostSha256>(), [7u8; 32]);
    town.done("governor", &["governance", "allow-rules", "blitz"]);
    town.done("governor", &["governance", "allow-rules", &hex::encode(other)]);
    assert_eq!(config(town).rules, [blitz, other]);
    assert_eq!(
        town.done("governor", &["governance", "show"])["rules"],
        json!([{ "hash": hex::encode(blitz), "name": "Blitz" }, { "hash": hex::encode(other), "name": null }])
    );
    town.refused(
        "governor",
        &["governance", "allow-rules", &hex::encode(blitz)],
        1,
        &["Blitz", "already on the list"],
    );
    town.refused(
        "governor",
        &["governance", "allow-rules", "chess"],
        2,
        &["chess", "blitz, siege"],
    );
    town.done("governor", &["governance", "disallow-rules", &hex::encode(other)]);
    assert_eq!(config(town).rules, [blitz]);
}

fn hands_over(town: &Town) {
    let (governor, operator) = (town.wallet("governor"), town.wallet("operator"));
    let next = operator.to_string();
    town.refused(
        "operator",
        &["governance", "accept-authority"],
        1,
        &["nobody was proposed", "propose-authority"],
    );
    town.refused(
        "stranger",
        &["governance", "propose-authority", &next],
        2,
        &["the config's authority is"],
    );
    town.done("governor", &["governance", "propose-authority", &next]);
    let config_now = config(town);
    assert_eq!(
        (config_now.authority, config_now.pending_authority),
        (governor, Some(operator))
    );
    town.refused(
        "stranger",
        &["governance", "accept-authority"],
        2,
        &[&next, "was proposed"],
    );
    // Until it is accepted the old authority governs.
    assert_eq!(town.done("governor", &["governance", "pause"])["paused"], true);
    assert!(config(town).paused);
    town.refused("governor", &["governance", "pause"], 1, &["paused already"]);

    town.done("operator", &["governance", "accept-authority"]);
    let config_now = config(town);
    assert_eq!(
        (config_now.authority, config_now.pending_authority),
        (operator, None)
    );
    town.refused(
        "governor",
        &["governance", "unpause"],
        2,
        &["AURELIUS_KEYPAIR", &next],
    );
    assert_eq!(town.done("operator", &["governance", "unpause"])["paused"], false);
    assert!(!config(town).paused);
}
