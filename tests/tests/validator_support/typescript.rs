//! The client in TypeScript, `tests/node/escrow.ts`, against a chain.

use std::path::Path;
use std::process::Stdio;

use client::Pubkey;
use serde_json::Value;
use solana_keypair::Keypair;

/// Lets it open, enter and give up a match of its own and decode all of `matches`; answers its line of JSON. `wallet`
/// is the upgrade authority of the program, or the authority of its config.
pub async fn run(rpc_url: &str, wallet: &Keypair, matches: &[Pubkey]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let program = folder.join("node_modules/.bin/tsx");
    assert!(
        program.exists(),
        "the npm packages of tests/node are missing: run `npm ci --prefix tests/node`"
    );
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("wallet.json");
    std::fs::write(&file, serde_json::to_string(&wallet.to_bytes().to_vec()).unwrap()).unwrap();
    let output = tokio::process::Command::new(program)
        .arg("escrow.ts")
        .args(matches.iter().map(Pubkey::to_string))
        .env("ANCHOR_PROVIDER_URL", rpc_url)
        .env("ANCHOR_WALLET", &file)
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap_or_else(|error| {
            panic!("cannot run tsx ({error}): install Node.js 20.19 or newer (`make setup`)")
        });
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "escrow.ts failed:\n{stdout}\n{stderr}");
    serde_json::from_str(stdout.trim()).unwrap()
}
