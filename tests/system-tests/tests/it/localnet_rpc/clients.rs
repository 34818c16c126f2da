//! The client libraries people build with: `anchor-client`, `@solana/kit`, `@coral-xyz/anchor`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anchor_client::{Client, Cluster};
use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Signature;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

use super::support::{Bed, SOL};

#[tokio::test(flavor = "multi_thread")]
async fn anchor_client_sends_and_confirms() {
    let bed = tokio::task::spawn_blocking(Bed::new).await.unwrap();
    let cluster = Cluster::Custom(bed.chain.rpc_url.clone(), bed.chain.ws_url.clone());
    let payer = Arc::new(bed.payer.insecure_clone());
    let client = Client::new_with_options(cluster, payer.clone(), CommitmentConfig::confirmed());
    let system = Pubkey::from_str_const("11111111111111111111111111111111");
    let program = client.program(system).unwrap();
    let friend = Pubkey::new_unique();
    let signature: Signature = program
        .request()
        .instruction(transfer(&payer.pubkey(), &friend, SOL))
        .send()
        .await
        .unwrap();
    let balance = program.rpc().get_balance(&friend).await.unwrap();
    assert_eq!(balance, SOL);

    // Its errors are the node's.
    let error = program
        .request()
        .instruction(transfer(&payer.pubkey(), &friend, 99 * SOL))
        .send()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("custom program error: 0x1"), "{error}");
    tokio::task::spawn_blocking(move || {
        assert!(bed.rpc.confirm_transaction(&signature).unwrap());
    })
    .await
    .unwrap();
}

/// Runs a script of `tests/node` against a chain; answers the line of JSON it prints.
fn node(script: &str, arguments: &[&str]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node");
    assert!(
        folder.join("../../node_modules/@solana/kit").is_dir(),
        "the npm packages are missing: run `npm ci` at the root of the repository"
    );
    let output = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run `node` ({error}): install Node.js 20.18 or newer (`make setup`)")
        });
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{script} failed:\n{stdout}\n{stderr}");
    serde_json::from_str(stdout.trim()).unwrap()
}

fn address(value: &Value) -> Pubkey {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn solana_kit_works_unchanged() {
    let bed = Bed::new();
    let report = node("kit.mjs", &[&bed.chain.rpc_url, &bed.chain.ws_url]);
    // What the script says it did is what the chain knows.
    let transfer: Signature = report["transfer"].as_str().unwrap().parse().unwrap();
    assert!(bed.rpc.confirm_transaction(&transfer).unwrap());
    assert_eq!(bed.rpc.get_balance(&address(&report["friend"])).unwrap(), SOL / 2);
    let token = bed.rpc.get_account(&address(&report["token"])).unwrap();
    assert_eq!(token.owner, spl_token::id());
    assert_eq!(token.data[0..32], address(&report["mint"]).to_bytes());
    assert_eq!(report["amount"], "7500000");
}

#[test]
fn coral_xyz_anchor_works_unchanged() {
    let bed = Bed::new();
    let report = node("anchor.mjs", &[&bed.chain.rpc_url, &bed.chain.ws_url]);
    let friend = address(&report["friend"]);
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 400_000_000);
    assert_eq!(bed.signatures_of(&friend).len(), 2);
}
