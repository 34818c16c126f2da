//! Crank and relay over one PostgreSQL, as processes of their own.

use std::time::Duration;

use crate::support::process::Process;

const PATIENCE: Duration = Duration::from_secs(120);

/// The value in a line such as `  export NAME=value`.
fn value(line: &str) -> String {
    line.split_once('=').unwrap().1.to_owned()
}

fn ask(url: &str) -> serde_json::Value {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let text = runtime.block_on(async { reqwest::get(url).await.unwrap().text().await.unwrap() });
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs to its end, which is this status, and gives what it printed.
fn refused(arguments: &[&str], environment: &[(&str, &str)], expected: i32) -> String {
    let (status, lines) = Process::start(arguments, environment).finish(PATIENCE);
    let text = lines.join("\n");
    assert_eq!(status, Some(expected), "{text}");
    text
}

#[test]
fn a_relay_elsewhere_serves_what_the_crank_wrote() {
    let database = test_postgres::database();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let keys = path("keys");
    let mut chain = Process::start(&["localnet", "--rpc-port", "0", "--data-dir", &keys], &[]);
    let rpc_url = value(&chain.line_with("export AURELIUS_RPC_URL=", PATIENCE));
    let gateway_url = value(&chain.line_with("export AURELIUS_GATEWAY_URL=", PATIENCE));
    let mint = value(&chain.line_with("export AURELIUS_MINT=", PATIENCE));
    chain.line_with("running until Ctrl-C", PATIENCE);

    let operator = path("keys/operator.json");
    let environment = [
        ("DATABASE_URL", &*database),
        ("AURELIUS_RPC_URL", &*rpc_url),
        ("AURELIUS_GATEWAY_URL", &*gateway_url),
        ("AURELIUS_MINT", &*mint),
        ("AURELIUS_KEYPAIR", &*operator),
    ];
    let mine = path("mine");
    let mut crank = Process::start(&["crank", "--blitz", "10", "--data-dir", &mine], &environment);
    crank.line_with("running until Ctrl-C", PATIENCE);

    // A second crank would play the same matches without their input logs.
    let text = refused(&["crank", "--data-dir", &path("other")], &environment, 1);
    assert!(
        text.contains("another crank uses the database postgres://"),
        "{text}"
    );
    assert!(!text.contains("word@"), "{text}");

    let arguments = ["relay", "--port", "0", "--data-dir", &path("relay")];
    let mut relay = Process::start(&arguments, &environment[..1]);
    let page = relay.line_with("page      http://", PATIENCE);
    let address = page
        .split_whitespace()
        .last()
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    let mut tries = 0;
    let matches = loop {
        let list = ask(&format!("{address}/api/matches"));
        if list["matches"]
            .as_array()
            .is_some_and(|matches| !matches.is_empty())
        {
            break list;
        }
        tries += 1;
        assert!(tries < 300, "the crank's open match is not in the database");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(matches["matches"][0]["status"], "open", "{matches}");
    assert_eq!(
        ask(&format!("{address}/api/leaderboard"))["players"],
        serde_json::json!([])
    );
    assert!(
        !dir.path().join("mine/aurelius.db").exists(),
        "a file nobody asked for"
    );

    for process in [&crank, &relay, &chain] {
        process.interrupt();
    }
    for process in [crank, relay, chain] {
        let (status, lines) = process.finish(PATIENCE);
        assert_eq!(status, Some(0), "{}", lines.join("\n"));
    }
}

#[test]
fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let relay = ["relay", "--port", "0"];
    let text = refused(
        &relay,
        &[("DATABASE_URL", "mysql://me:hunter2@db.example/game")],
        2,
    );
    assert!(
        text.contains("DATABASE_URL (or --database-url) is wrong"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");

    let text = refused(
        &relay,
        &[("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:1/game")],
        1,
    );
    assert!(
        text.contains("cannot use the database postgres://me@127.0.0.1:1/game") && text.contains("refused"),
        "{text}"
    );
    assert!(
        !text.contains("hunter2") && text.contains("DATABASE_URL"),
        "{text}"
    );

    let help = refused(
        &["relay", "--help"],
        &[("DATABASE_URL", "postgres://me:hunter2@h/d")],
        0,
    );
    assert!(
        help.contains("--database-url") && !help.contains("hunter2"),
        "{help}"
    );
}
