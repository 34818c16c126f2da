//! What README tells a newcomer to type, typed.

use std::path::Path;
use std::time::Duration;

use crate::support::installation::Installation;
use crate::support::process::Process;

const PATIENCE: Duration = Duration::from_secs(180);

/// The command in the table's row that begins with this one, word by word.
fn row(beginning: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let command = rows
        .filter_map(|line| line.split('`').find(|part| part.starts_with(beginning)))
        .next()
        .unwrap_or_else(|| panic!("README has no row with `{beginning}`"));
    command.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// Puts in what README leaves to the reader: addresses, files, and a port that is free.
fn filled_in(row: Vec<String>, values: &[(&str, &str)]) -> Vec<String> {
    let mut filled: Vec<String> = Vec::new();
    for word in row {
        let flag = filled.last().map(String::as_str).unwrap_or_default();
        let value = values.iter().find(|(name, _)| *name == flag);
        filled.push(value.map_or(word, |(_, value)| (*value).to_owned()));
    }
    filled
}

/// Runs with nothing but the flags.
fn run(words: &[String], folder: &Path) -> Process {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Where it keeps its data when it is not told.
    Process::start_in(folder, &words, &[])
}

#[test]
fn report_69_the_rows_for_crank_and_bots_run_as_printed() {
    let installation = Installation::start(200);
    let (operator, minter) = (
        installation.text("keys/operator.json"),
        installation.text("keys/mint-authority.json"),
    );
    let crank = filled_in(
        row("aurelius crank --rpc-url"),
        &[
            ("--rpc-url", &installation.rpc_url),
            ("--ws-url", &installation.ws_url),
            ("--keypair", &operator),
            ("--mint", &installation.mint),
            ("--port", "0"),
        ],
    );
    let folder = installation.path("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let mut crank = run(&crank, &folder);
    let offers = crank.line_with("offers ", PATIENCE);
    assert!(offers.contains("Blitz at"), "it opens something: {offers}");
    let players = crank.line_with("players   http://", PATIENCE);
    let relay = players.split_whitespace().last().unwrap();
    let bots = filled_in(
        row("aurelius bots"),
        &[
            ("--rpc-url", &installation.rpc_url),
            ("--relay", relay),
            ("--keypair", &minter),
        ],
    );
    let mut bots = run(&bots, &folder);
    bots.line_with("enters match", PATIENCE);
}

/// Types a line that the local chain printed: variables before the command, words without quotes.
fn typed(line: &str, more: &[&str], rpc_url: &str, folder: &Path) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aurelius"));
    command.env_clear().env("AURELIUS_RPC_URL", rpc_url);
    command.current_dir(folder);
    for word in line.split_whitespace() {
        match word.split_once('=') {
            Some((name, value)) => command.env(name, value),
            None if word == "aurelius" => &mut command,
            None => command.arg(word),
        };
    }
    command.args(more).output().unwrap()
}

/// The local chain, its first lines, and where it answers.
fn localnet(flags: &[&str], folder: &Path) -> (Process, String) {
    let words = [&["localnet", "--rpc-port", "0", "--slot-ms", "100"], flags].concat();
    let mut chain = Process::start_in(folder, &words, &[]);
    let rpc = chain.line_with("  rpc ", PATIENCE);
    let rpc = rpc.split_whitespace().last().unwrap().to_owned();
    (chain, rpc)
}

#[test]
fn report_56_the_first_steps_of_governance_run_as_a_bare_chain_prints_them() {
    let folder = tempfile::tempdir().unwrap();
    let (mut chain, rpc_url) = localnet(&["--bare"], folder.path());
    let line = chain.line_with("aurelius governance init", PATIENCE);
    let init = typed(&line, &[], &rpc_url, folder.path());
    assert!(init.status.success(), "{init:?}");
    let governor = line.split_whitespace().next().unwrap();
    for drill in ["allow-rules blitz", "pause", "unpause", "show"] {
        let line = format!("{governor} aurelius governance {drill}");
        let output = typed(&line, &[], &rpc_url, folder.path());
        assert!(output.status.success(), "{drill}: {output:?}");
    }
}

#[test]
fn report_66_a_drill_of_governance_runs_with_the_key_that_the_chain_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut chain, rpc_url) = localnet(&[], folder.path());
    let line = chain.line_with("aurelius governance show", PATIENCE);
    let governor = line.split_whitespace().next().unwrap();
    for (drill, paused) in [("pause", "true"), ("unpause", "false")] {
        let done = typed(
            &format!("{governor} aurelius governance {drill}"),
            &[],
            &rpc_url,
            folder.path(),
        );
        assert!(done.status.success(), "{drill}: {done:?}");
        let shown = typed(&line, &["--json"], &rpc_url, folder.path());
        let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
        assert_eq!(shown["paused"].to_string(), paused, "after {drill}");
    }
}

/// The orders to a local chain that OPERATIONS lists, typed in its order.
#[test]
fn the_orders_to_a_local_chain_run_as_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut chain, rpc_url) = localnet(&["--bare"], folder.path());
    chain.line_with("running until Ctrl-C", PATIENCE);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let orders: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|command| command.starts_with("aurelius localnet "))
        .collect();
    assert_eq!(orders.len(), 4, "{orders:?}");
    let give = |line: &str| -> (u64, String) {
        let told = typed(line, &["--json"], &rpc_url, folder.path());
        assert!(told.status.success(), "{line}: {told:?}");
        let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        (told["slot"].as_u64().unwrap(), line.to_owned())
    };
    let mut before = 0;
    for order in orders {
        let (slot, order) = give(order);
        // Two orders may come in one slot.
        assert!(slot >= before, "{order}: {slot}");
        before = slot;
        if order.contains("skip-slots") {
            assert!(slot > 20);
        }
        if order.contains("halt") {
            let (resumed, _) = give("aurelius localnet resume");
            assert_eq!(resumed, slot, "it stood still");
        }
    }
    let people = typed("aurelius localnet slot-time 50ms", &[], &rpc_url, folder.path());
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(people.contains("slots last 50 ms from slot"), "{people}");
    for (wrong, part) in [
        ("aurelius localnet roll-back 32", "0..=31"),
        ("aurelius localnet halt 2h", "at most 3600s"),
        ("aurelius localnet slot-time 0ms", "at least 1ms"),
        ("aurelius localnet --bare halt", "cannot be used with"),
    ] {
        let refused = typed(wrong, &[], &rpc_url, folder.path());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{wrong}: {said}");
        assert!(said.contains(part), "{wrong}: {said}");
    }
}
