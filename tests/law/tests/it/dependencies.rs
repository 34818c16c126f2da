//! The dependency law of the design, read from `cargo metadata`: which crate may use which.
//!
//! The rules know nobody, the program knows the rules alone, knowledge flows one way towards the services, and
//! the services do not know each other: crank and relay meet only on the bus and in the store.
use law::workspace::ours;
use std::collections::{BTreeMap, BTreeSet};

/// For each of our crates, the crates of ours that it may depend on (development dependencies aside).
const LAW: &[(&str, &[&str])] = &[
    ("arena", &[]),
    ("arena-wasm", &["arena"]),
    ("protocol", &["arena"]),
    ("aurelius", &["arena"]),
    ("mock-switchboard", &[]),
    ("arena-step", &["arena"]),
    ("cluster", &["protocol"]),
    ("bus", &["protocol", "cluster"]),
    ("store", &["arena"]),
    ("client", &["arena", "protocol", "aurelius"]),
    ("verifier", &["arena", "protocol", "client"]),
    ("watchtower", &["arena", "protocol", "client", "verifier"]),
    (
        "crank",
        &["arena", "protocol", "cluster", "bus", "store", "client"],
    ),
    ("relay", &["protocol", "cluster", "bus", "store", "client"]),
    ("localnet", &[]),
    ("player", &["arena", "protocol", "client"]),
    ("telemetry", &[]),
    (
        "cli",
        &[
            "arena",
            "protocol",
            "cluster",
            "bus",
            "store",
            "client",
            "verifier",
            "watchtower",
            "crank",
            "relay",
            "localnet",
            "player",
            "telemetry",
        ],
    ),
];

/// Crates that only test or measure: they may know everybody, and nobody may depend on them.
const LEAVES: &[&str] = &[
    "system-tests",
    "program-tests",
    "test-postgres",
    "test-redis",
    "test-installation",
    "bench",
    "peers",
    "law",
    "scripted-node",
];

/// Outside crates that only the named ones of ours may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("axum", &["relay", "localnet"]),
    ("sqlx", &["store"]),
    ("litesvm", &["localnet", "system-tests", "program-tests"]),
    ("solana-rpc-client", &["client", "system-tests"]),
    ("redis", &["cluster"]),
    ("tonic", &["client", "system-tests"]),
    ("yellowstone-grpc-client", &["client", "system-tests"]),
    ("yellowstone-grpc-proto", &["client", "system-tests"]),
    (
        "serde",
        &[
            "protocol", "bus", "store", "client", "crank", "relay", "localnet", "cli", "verifier",
        ],
    ),
];

fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let normal = |package: law::workspace::Package| {
        let dependencies = package
            .dependencies
            .into_iter()
            .filter(|dependency| dependency.kind == "normal");
        (
            package.name,
            dependencies.map(|dependency| dependency.name).collect(),
        )
    };
    ours().into_iter().map(normal).collect()
}

#[test]
fn knowledge_flows_one_way() {
    let workspace = workspace();
    let ours: BTreeSet<&str> = workspace.keys().map(String::as_str).collect();
    let lawful: BTreeSet<&str> = LAW
        .iter()
        .map(|(name, _)| *name)
        .chain(LEAVES.iter().copied())
        .collect();
    assert_eq!(ours, lawful, "a crate came or went: give it its place in the law");
    for (name, allowed) in LAW {
        for dependency in workspace[*name].iter().filter(|d| ours.contains(d.as_str())) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "`{name}` depends on `{dependency}`; it may depend only on {allowed:?}"
            );
        }
    }
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let workspace = workspace();
    for (outside, allowed) in RESERVED {
        for (name, dependencies) in &workspace {
            assert!(
                !dependencies.contains(*outside) || allowed.contains(&name.as_str()),
                "`{name}` uses `{outside}`, which only {allowed:?} may"
            );
        }
    }
}

#[test]
fn the_rules_need_nothing_but_bytes_and_a_hash() {
    let outside: Vec<String> = workspace()["arena"].iter().cloned().collect();
    assert_eq!(outside, ["bytemuck", "sha2"]);
}
