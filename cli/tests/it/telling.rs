//! What a running crank with a relay tells: JSON logs that name matches and players, the seed's metrics over
//! StatsD, Prometheus at the same time. All of it configured by a file.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::support::process::Process;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(180);

/// The value in a line such as `  export NAME=value`.
fn value(line: &str) -> String {
    line.split_once('=').unwrap().1.to_owned()
}

/// Waits for a record of the log that satisfies `is_it`; what is no JSON object is for people.
fn record(process: &mut Process, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "no record: {what}");
        let line = process.line_with(
            "{\"timestamp\":",
            deadline.saturating_duration_since(Instant::now()),
        );
        let record: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if is_it(&record) {
            return record;
        }
    }
}

/// Reads datagrams until every one of `names` came; answers the values by name.
fn told(server: &UdpSocket, names: &[&str]) -> BTreeSet<String> {
    let deadline = Instant::now() + PATIENCE;
    let mut missing: BTreeSet<&str> = names.iter().copied().collect();
    let mut seen = BTreeSet::new();
    let mut buffer = [0; 2_048];
    while !missing.is_empty() {
        assert!(
            Instant::now() < deadline,
            "StatsD was never told {missing:?}; it was told {seen:?}"
        );
        let Ok(length) = server.recv(&mut buffer) else {
            continue;
        };
        for line in std::str::from_utf8(&buffer[..length]).unwrap().lines() {
            let (name, rest) = line.split_once(':').unwrap();
            missing.remove(name);
            seen.insert(name.to_owned());
            assert!(
                ["|c", "|g", "|ms"].iter().any(|kind| rest.ends_with(kind)),
                "plain StatsD has no such line: {line}"
            );
        }
    }
    seen
}

#[test]
fn logs_and_metrics_tell_of_matches_and_players() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let keys = path("keys");
    let mut chain = Process::start(&["localnet", "--rpc-port", "0", "--data-dir", &keys], &[]);
    let rpc_url = value(&chain.line_with("export AURELIUS_RPC_URL=", PATIENCE));
    let gateway_url = value(&chain.line_with("export AURELIUS_GATEWAY_URL=", PATIENCE));
    let mint = value(&chain.line_with("export AURELIUS_MINT=", PATIENCE));
    chain.line_with("running until Ctrl-C", PATIENCE);

    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (operator, minter) = (path("keys/operator.json"), path("keys/mint-authority.json"));
    let file = format!(
        r#"
rpc-url = "{rpc_url}"
mint = "{mint}"

[crank]
log-format = "json"
log-level = "info,relay=debug"
statsd = "127.0.0.1"
statsd-port = {port}
keypair = "{operator}"
gateway-url = "{gateway_url}"
blitz = [10]
port = 0
data-dir = "{data}"
lock-grace = "1s"
countdown = "1s"

[bots]
keypair = "{minter}"
count = 2
matches = 1
"#,
        port = server.local_addr().unwrap().port(),
        data = path("crank"),
    );
    let config = path("aurelius.toml");
    std::fs::write(&config, file).unwrap();
    let environment = [("AURELIUS_CONFIG", &*config)];

    let mut crank = Process::start(&["crank"], &environment);
    let players = crank.line_with("players   http://", PATIENCE);
    let relay = players.split_whitespace().last().unwrap().to_owned();
    let landed = record(&mut crank, "a step of a match landed", |record| {
        record["message"] == "a step landed"
    });
    let match_key = landed["match_key"].as_str().unwrap().to_owned();
    assert_eq!(
        (&landed["level"], &landed["target"]),
        (&"INFO".into(), &"crank::service::sends::report".into()),
        "{landed}"
    );
    assert!(
        landed["slot"].is_u64() && landed["signature"].is_string(),
        "{landed}"
    );

    let mut bots = Process::start(&["bots", "--relay", &relay], &environment);
    bots.line_with("enters match", PATIENCE);
    let seen = told(
        &server,
        &[
            "aurelius.game.tick.count",
            "aurelius.game.tick.duration",
            "aurelius.game.matches.active",
            "aurelius.players.connected",
            "aurelius.intents.landed",
            &format!("aurelius.money.in_flight.{mint}"),
            "aurelius.rpc.latency",
            "aurelius.frames.sent",
            "aurelius.inputs.accepted",
        ],
    );
    assert!(
        !seen.contains("aurelius.intents"),
        "states do not add up to anything: {seen:?}"
    );

    // The same is there for Prometheus.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let text = runtime.block_on(async {
        let answer = reqwest::get(format!("{relay}metrics")).await.unwrap();
        answer.text().await.unwrap()
    });
    for part in [
        "# HELP aurelius_ticks_total Ticks made",
        "aurelius_intents{state=\"landed\"}",
        "relay_sockets ",
        "aurelius_rpc_request_seconds_bucket{",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }

    // A player's socket is named by player and match.
    bots.interrupt();
    let left = record(&mut crank, "a player's socket", |record| {
        record["player"].is_string() && record["match_key"].is_string()
    });
    assert_eq!(left["match_key"], match_key.as_str(), "{left}");
    assert_eq!(left["span"], "socket", "{left}");

    for process in [bots, crank, chain] {
        process.interrupt();
        let (status, lines) = process.finish(PATIENCE);
        assert!(
            status.is_some_and(|status| status == 0 || status == 130),
            "{}",
            lines.join("\n")
        );
    }
}
