//! Chain, crank, bots, watcher and verifier as processes of their own, told about each other by the printed
//! variables.

use std::time::Duration;

use crate::support::process::Process;

const PATIENCE: Duration = Duration::from_secs(120);

/// The value in a line such as `  export NAME=value`.
fn value(line: &str) -> String {
    line.split_once('=').unwrap().1.to_owned()
}

#[test]
fn the_parts_find_each_other_by_what_they_print() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let keys = path("keys");
    let mut chain = Process::start(&["localnet", "--rpc-port", "0", "--data-dir", &keys], &[]);
    let rpc_url = value(&chain.line_with("export AURELIUS_RPC_URL=", PATIENCE));
    let gateway_url = value(&chain.line_with("export AURELIUS_GATEWAY_URL=", PATIENCE));
    let mint = value(&chain.line_with("export AURELIUS_MINT=", PATIENCE));
    chain.line_with("running until Ctrl-C", PATIENCE);

    let data_dir = path("crank");
    let (operator, minter) = (path("keys/operator.json"), path("keys/mint-authority.json"));
    let common = [
        ("AURELIUS_RPC_URL", &*rpc_url),
        ("AURELIUS_GATEWAY_URL", &*gateway_url),
        ("AURELIUS_MINT", &*mint),
    ];
    let with = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        common
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let start = |arguments: &[&str], environment: Vec<(String, String)>| {
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        Process::start(arguments, &environment)
    };

    let crank_arguments = [
        "crank",
        "--blitz",
        "10",
        "--port",
        "0",
        "--data-dir",
        &data_dir,
        "--lock-grace",
        "1s",
        "--countdown",
        "1s",
    ];
    let mut crank = start(&crank_arguments, with(&[("AURELIUS_KEYPAIR", &operator)]));
    let players = crank.line_with("players   http://", PATIENCE);
    let relay = players.split_whitespace().last().unwrap().to_owned();
    crank.line_with("running until Ctrl-C", PATIENCE);

    // The same memory is not opened twice.
    let second = start(
        &["crank", "--data-dir", &data_dir],
        with(&[("AURELIUS_KEYPAIR", &operator)]),
    );
    let (status, lines) = second.finish(PATIENCE);
    assert_eq!(status, Some(2), "{}", lines.join("\n"));
    assert!(
        lines.join("\n").contains("another crank uses"),
        "{}",
        lines.join("\n")
    );

    let bots_arguments = ["bots", "--count", "3", "--matches", "1", "--relay", &relay];
    let mut bots = start(&bots_arguments, with(&[("AURELIUS_KEYPAIR", &minter)]));
    let entered = bots.line_with("enters match", PATIENCE);
    assert!(entered.contains("10.00 TOKEN"), "{entered}");

    let mut watch = start(&["watch", "latest", "--relay", &relay], Vec::new());
    let following = watch.line_with("following match ", PATIENCE);
    let match_key = following.split_whitespace().last().unwrap().to_owned();
    watch.line_with("3 alive", PATIENCE);
    watch.line_with("checkpoint 0 is on chain", PATIENCE);

    // A match under way verifies as far as it has come.
    let (status, lines) = start(&["verify", &match_key, "--json"], with(&[])).finish(PATIENCE);
    let report: serde_json::Value = serde_json::from_str(&lines.join("\n")).unwrap();
    assert_eq!(
        (status, &report["ok"], &report["standing"]),
        (Some(0), &true.into(), &"live".into()),
        "{report}"
    );
    // Something that is no match is not judged.
    let (status, lines) = start(&["verify", &mint], with(&[])).finish(PATIENCE);
    assert_eq!(status, Some(2), "{}", lines.join("\n"));

    for process in [&bots, &watch, &crank] {
        process.interrupt();
    }
    // Ctrl-C cuts the work of players and watchers short; for a service it is the way to end.
    for (process, expected) in [(bots, 130), (watch, 130), (crank, 0)] {
        let (status, lines) = process.finish(PATIENCE);
        assert_eq!(status, Some(expected), "{}", lines.join("\n"));
    }

    // What the crank left is served without it.
    let mut history = start(&["relay", "--port", "0", "--data-dir", &data_dir], Vec::new());
    history.line_with("serving history only", PATIENCE);
    history.interrupt();
    assert_eq!(history.finish(PATIENCE).0, Some(0));
    chain.interrupt();
    assert_eq!(chain.finish(PATIENCE).0, Some(0));
}
