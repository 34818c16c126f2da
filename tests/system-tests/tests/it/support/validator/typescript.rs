//! The client in TypeScript, `tests/node/escrow.ts`: its types, and itself against a chain.

use std::path::Path;
use std::process::Stdio;

use client::Pubkey;
use serde_json::Value;
use solana_keypair::Keypair;
use tokio::process::Command;

/// Checks the types of everything in `tests/node`.
pub async fn check() {
    succeed(tool("tsc").args(["-p", "."])).await;
}

/// Lets the client open, enter and give up a match of its own and decode all of `matches`; answers its line of JSON.
/// `wallet` is the upgrade authority of the program, or the authority of its config.
pub async fn run(rpc_url: &str, wallet: &Keypair, matches: &[Pubkey]) -> Value {
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("wallet.json");
    std::fs::write(&file, serde_json::to_string(&wallet.to_bytes().to_vec()).unwrap()).unwrap();
    let mut client = tool("tsx");
    client
        .arg("escrow.ts")
        .args(matches.iter().map(Pubkey::to_string))
        .env("ANCHOR_PROVIDER_URL", rpc_url)
        .env("ANCHOR_WALLET", &file);
    serde_json::from_str(succeed(&mut client).await.trim()).unwrap()
}

/// A program of the npm packages of `tests/node`, to be run there.
fn tool(name: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node");
    let program = folder.join("../../node_modules/.bin").join(name);
    assert!(
        program.exists(),
        "the npm packages are missing: run `npm ci` at the root of the repository"
    );
    let mut command = Command::new(program);
    command
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// What it printed.
async fn succeed(command: &mut Command) -> String {
    let output = command.output().await.unwrap_or_else(|error| {
        panic!("cannot run {command:?} ({error}): install Node.js 20.19 or newer (`make setup`)")
    });
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?} failed:\n{stdout}\n{stderr}");
    stdout.into_owned()
}
