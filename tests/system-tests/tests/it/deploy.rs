//! What `deploy/` says about the services is true of them: settings, ports, metrics and alerts exist; nginx and Redis run with
//! the files as they are, on other ports.
//!
//! `make lint-deploy` checks the files against their own schemas. Absent: containers, which need a daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::support::deploy::{
    ask, cells, echo_of_requests, free_port, in_time, installed, nginx_version, path_of, poll, read, version,
    Nginx, NginxConfig, RedisNodes, CERTAIN,
};
use bus::Bus;
use cluster::Cluster;
use futures_util::{SinkExt, StreamExt};
use protocol::MatchKey;
use relay::{Relay, RelayConfig, RelayHandle};
use serde_json::Value;
use store::Store;
use tokio_tungstenite::tungstenite::Message;

const RELAYS: [&str; 3] = ["relay-1", "relay-2", "relay-3"];
const CRANKS: [&str; 3] = ["crank-1", "crank-2", "crank-3"];
const REDIS: [&str; 6] = ["redis-1", "redis-2", "redis-3", "redis-4", "redis-5", "redis-6"];

/// The services of the composition and their lines.
fn services() -> BTreeMap<String, Vec<String>> {
    let text = read("deploy/compose.yaml");
    let body = text.split_once("\nservices:\n").unwrap().1;
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in body.lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            break;
        }
        let is_name = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        if is_name {
            name = line.trim().trim_end_matches(':').to_owned();
            services.insert(name.clone(), Vec::new());
        } else if let Some(lines) = services.get_mut(&name) {
            lines.push(line.trim().to_owned());
        }
    }
    services
}

#[test]
fn the_composition_has_the_services_the_others_name() {
    let services = services();
    for name in CRANKS.iter().chain(&RELAYS).chain(&REDIS) {
        assert!(services.contains_key(*name), "{name}");
    }
    for name in CRANKS.iter().chain(&RELAYS) {
        let named = format!("AURELIUS_NAME: {name}");
        assert!(services[*name].contains(&named), "{name} has another's name");
    }

    // nginx sends players to every relay and to nothing else, and Prometheus reads all of both.
    let port = image_port();
    let relays: BTreeSet<String> = RELAYS.iter().map(|name| format!("{name}:{port}")).collect();
    let nginx = read("deploy/nginx/nginx.conf");
    let upstream: BTreeSet<String> = nginx
        .lines()
        .filter_map(|line| line.trim().strip_prefix("server "))
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|target| target.contains(':'))
        .map(|target| target.trim_end_matches(';').to_owned())
        .collect();
    assert_eq!(upstream, relays);
    let prometheus = read("deploy/prometheus/prometheus.yml");
    for name in CRANKS.iter().chain(&RELAYS) {
        assert!(
            prometheus.contains(&format!("\"{name}:{port}\"")),
            "{name} is not scraped"
        );
    }

    // Every node of Redis has the address that the others, the cranks and the relays know it by.
    let compose = read("deploy/compose.yaml");
    for (index, name) in REDIS.iter().enumerate() {
        let address = format!("${{NETWORK_PREFIX:-10.87.31}}.{}", 11 + index);
        assert!(
            services[*name].contains(&format!("ipv4_address: {address}")),
            "{name}"
        );
        for role in ["crank", "relay"] {
            let host = format!("REDIS_HOST_{}: redis://{role}@{address}:6379", index + 1);
            assert!(compose.contains(&host), "{host}");
        }
        let node = format!("{address}:6379");
        let joins = |line: &String| line.split(' ').any(|word| word == node);
        assert!(services["redis-join"].iter().any(joins), "{node}");
    }

    // The ports that nginx is reached by are those it listens on.
    for (published, inside) in [("HTTP_PORT:-80", "8080"), ("HTTPS_PORT:-443", "8443")] {
        assert!(
            compose.contains(&format!("\"${{{published}}}:{inside}\"")),
            "{published}"
        );
        assert!(nginx.contains(&format!("listen {inside}")), "{inside}");
    }
}

/// One relay's name that does not resolve keeps nginx from starting, unless it looks names up while it runs; and workers of
/// before a reload stay as long as their sockets, unless there is a bound.
#[test]
fn report_54_report_24_nginx_starts_without_a_relay_and_old_workers_end() {
    let nginx = read("deploy/nginx/nginx.conf");
    let servers: Vec<&str> = nginx
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("server ") && line.contains(':'))
        .collect();
    assert_eq!(servers.len(), RELAYS.len());
    for server in servers {
        assert!(
            server.split_whitespace().any(|word| word == "resolve"),
            "{server}"
        );
    }
    for line in [
        "zone relays 64k;",
        "resolver 127.0.0.11 valid=2s ipv6=off;",
        "worker_shutdown_timeout 6m;",
    ] {
        assert!(nginx.lines().any(|found| found.trim() == line), "{line}");
    }
    let compose = read("deploy/compose.yaml");
    let (_, image) = compose.split_once("image: nginx:").unwrap();
    assert!(version(image) >= RESOLVES, "{:?}", version(image));
}

/// From which version on nginx looks the names of an upstream up while it runs.
const RESOLVES: (u32, u32, u32) = (1, 27, 3);

#[tokio::test(flavor = "multi_thread")]
async fn report_54_nginx_starts_though_a_relays_name_is_not_known() {
    if !installed("nginx") {
        return;
    }
    let (port, _requests) = echo_of_requests().await;
    let unknown = |resolve: &str| {
        [
            format!("127.0.0.1:{port}"),
            format!("relay-2.invalid:8080{resolve}"),
            format!("relay-3.invalid:8080{resolve}"),
        ]
    };
    // What it is about: without `resolve` no nginx starts.
    let refused = Nginx::start_with(NginxConfig {
        relays: unknown(""),
        changes: &[],
        workers: false,
    })
    .await;
    let said = refused.err().expect("nginx started without knowing its relays");
    assert!(said.contains("host not found in upstream"), "{said}");
    if nginx_version() < RESOLVES {
        eprintln!(
            "NOT TESTED: nginx {:?} is installed here, and looks names up while it runs from {RESOLVES:?} on only: that \
             one with the file as it is starts is not shown",
            nginx_version()
        );
        return;
    }
    // Nobody answers at the resolver's port.
    let resolver = format!("resolver 127.0.0.1:{} valid=10s ipv6=off;", free_port());
    let nginx = Nginx::start_with(NginxConfig {
        relays: unknown(" resolve"),
        changes: &[("resolver 127.0.0.11 valid=10s ipv6=off;", &resolver)],
        workers: false,
    })
    .await
    .unwrap();
    let asked = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = in_time(crate::support::deploy::send(nginx.port, asked.to_owned())).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A relay that takes every socket and keeps it.
async fn keeper_of_sockets() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await {
                    while socket.next().await.is_some_and(|message| message.is_ok()) {}
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn report_24_old_workers_of_nginx_end_within_the_bound_after_a_reload() {
    const BOUND: Duration = Duration::from_secs(2);
    if !installed("nginx") {
        return;
    }
    let port = keeper_of_sockets().await;
    let nginx = Nginx::start_with(NginxConfig {
        changes: &[("worker_shutdown_timeout 6m;", "worker_shutdown_timeout 2s;")],
        workers: true,
        ..NginxConfig::at(&[port; 3])
    })
    .await
    .unwrap();
    let url = format!("ws://127.0.0.1:{}/ws", nginx.port);
    let (mut socket, _) = in_time(tokio_tungstenite::connect_async(&url)).await.unwrap();
    let reloaded = Instant::now();
    nginx.reload();
    // Its worker lives as long as the bound says, and no longer.
    in_time(async { while socket.next().await.is_some_and(|message| message.is_ok()) {} }).await;
    let lived = reloaded.elapsed();
    assert!(lived >= BOUND / 2, "cut at once: {lived:?}");
    assert!(lived < BOUND * 10, "{lived:?}");
    // Whoever comes back is taken by a new one.
    let (mut socket, _) = in_time(tokio_tungstenite::connect_async(&url)).await.unwrap();
    socket.send(Message::Ping(vec![1].into())).await.unwrap();
    let answer = in_time(socket.next()).await.unwrap().unwrap();
    assert!(matches!(answer, Message::Pong(_)), "{answer:?}");
}

/// The port that the image serves on.
fn image_port() -> String {
    let dockerfile = read("deploy/Dockerfile");
    let port = dockerfile
        .lines()
        .find_map(|line| line.trim().strip_prefix("PORT="))
        .unwrap();
    let port = port.split_whitespace().next().unwrap().to_owned();
    assert!(dockerfile.contains(&format!("EXPOSE {port}")));
    port
}

/// Names that look like variables, in the lines of a file that set one.
fn variables(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            line.trim()
                .trim_end_matches('\\')
                .trim_start_matches("ENV ")
                .split([':', '='])
                .next()
        })
        .map(|name| name.trim().to_owned())
        .filter(|name| {
            name.len() > 2
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
        })
        .filter(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()))
        .collect()
}

#[test]
fn every_variable_of_our_services_is_a_setting() {
    let table = read("docs/CONFIGURATION.md");
    let known: BTreeSet<String> = cells(&table, "settings", 2)
        .iter()
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    assert!(
        known.contains("PORT") && known.contains("DATABASE_URL"),
        "{known:?}"
    );
    // What other programs read.
    let foreign = ["POSTGRES_", "GF_", "PG", "BACKUP_", "NODES", "HTTPS_PORT"];
    let is_redis_host = |name: &str| {
        name.strip_prefix("REDIS_HOST_")
            .is_some_and(|rest| rest.parse::<u8>().is_ok())
    };
    let compose = variables(&read("deploy/compose.yaml"));
    assert!(compose.len() > 15, "the test sees the variables: {compose:?}");
    let image = variables(&read("deploy/Dockerfile"));
    assert!(
        image.contains("AURELIUS_WEB_DIR") && image.contains("HOST"),
        "{image:?}"
    );
    for name in compose
        .iter()
        .chain(&image)
        .filter(|name| !foreign.iter().any(|start| name.starts_with(start)))
    {
        let is_instruction =
            ["FROM", "RUN", "COPY", "USER", "CMD", "WORKDIR", "VOLUME"].contains(&name.as_str());
        assert!(
            known.contains(name) || is_redis_host(name) || is_instruction,
            "{name} is no setting of docs/CONFIGURATION.md"
        );
    }
    // What the composition asks for is in the example.
    let example = variables(&read("deploy/example.env"));
    for asked in read("deploy/compose.yaml").split("${").skip(1) {
        let name = asked.split([':', '}']).next().unwrap();
        assert!(example.contains(name), "{name} is not in deploy/example.env");
    }
    // And what it hands on only when it is set stands there to be uncommented: an empty address is no address.
    let example = read("deploy/example.env");
    let mut optional = 0;
    for name in read("deploy/compose.yaml").lines().filter_map(|line| {
        let name = line.trim().strip_suffix(':')?;
        known.contains(name).then(|| name.to_owned())
    }) {
        optional += 1;
        let commented = format!("#{name}=");
        assert!(example.lines().any(|line| line == commented), "{commented}");
    }
    assert!(optional > 8, "the test sees them: {optional}");
}

#[test]
fn every_variable_of_the_units_is_a_setting() {
    let table = read("docs/CONFIGURATION.md");
    let known: BTreeSet<String> = cells(&table, "settings", 2)
        .iter()
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    let foreign = ["PG", "BACKUP_", "NODES", "REDIS_SECRETS"];
    let mut seen = 0;
    for entry in std::fs::read_dir(path_of("deploy/systemd")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("Environment=")) {
            for name in line.split(' ').filter_map(|word| Some(word.split_once('=')?.0)) {
                let name = name.trim_matches('"');
                seen += 1;
                assert!(
                    known.contains(name) || foreign.iter().any(|start| name.starts_with(start)),
                    "{}: {name}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

/// Names of metrics in an expression.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    expression
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| {
            ["aurelius_", "relay_", "redis_"]
                .iter()
                .any(|start| word.starts_with(start))
        })
        .map(str::to_owned)
        .collect()
}

/// Names of labels that an expression groups by or selects.
fn labels_in(expression: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for part in expression.split("by (").skip(1) {
        labels.extend(
            part.split(')')
                .next()
                .unwrap()
                .split(',')
                .map(|label| label.trim().to_owned()),
        );
    }
    for part in expression.split('{').skip(1) {
        labels.extend(
            part.split('}')
                .next()
                .unwrap()
                .split(',')
                .filter_map(|pair| Some(pair.split_once('=')?.0.trim().to_owned())),
        );
    }
    labels
}

#[test]
fn dashboard_and_alerts_ask_for_metrics_that_exist() {
    let table = read("docs/CONFIGURATION.md");
    let names = cells(&table, "metrics", 0);
    let kinds = cells(&table, "metrics", 1);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (name, kind) in names.iter().zip(&kinds) {
        let name = name.trim_matches('`').to_owned();
        if kind.starts_with("histogram") {
            known.extend(["bucket", "sum", "count"].map(|part| format!("{name}_{part}")));
        } else {
            known.insert(name);
        }
    }
    let mut labels: BTreeSet<String> = ["instance", "job", "le"].map(str::to_owned).into();
    for cell in cells(&table, "metrics", 2) {
        labels.extend(cell.split(", ").map(|label| label.trim_matches('`').to_owned()));
    }

    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/dashboards/aurelius.json")).unwrap();
    let mut expressions: Vec<String> = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            expressions.push(target["expr"].as_str().unwrap().to_owned());
        }
    }
    let alerts = read("deploy/prometheus/alerts.yml");
    let rules: Vec<&str> = alerts.split("- alert: ").skip(1).collect();
    for rule in &rules {
        let from = rule.find("expr:").unwrap();
        let to = ["for:", "labels:"]
            .iter()
            .filter_map(|end| rule.find(end))
            .min()
            .unwrap();
        expressions.push(rule[from + 5..to].to_owned());
    }
    assert!(expressions.len() > 50, "{}", expressions.len());
    let mut asked = BTreeSet::new();
    for expression in &expressions {
        let metrics = metrics_in(expression);
        assert!(!metrics.is_empty() || expression.contains("up{"), "{expression}");
        for metric in metrics {
            assert!(known.contains(&metric), "no metric {metric}: {expression}");
            asked.insert(metric);
        }
        for label in labels_in(expression) {
            assert!(
                label.is_empty() || labels.contains(&label),
                "no label {label}: {expression}"
            );
        }
    }
    assert!(asked.len() > 25, "{asked:?}");

    // What wakes somebody up is explained.
    let operations = read("docs/OPERATIONS.md");
    for rule in rules {
        let name = rule.lines().next().unwrap().trim();
        assert!(
            operations.contains(&format!("`{name}`")),
            "docs/OPERATIONS.md says nothing of {name}"
        );
    }
}

async fn start_relay(dir: &std::path::Path, name: &str) -> RelayHandle {
    let store = Store::open_sqlite(&dir.join(name)).await.unwrap();
    let config = RelayConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        trust_forwarded: true,
        ..RelayConfig::default()
    };
    Relay::start(config, Bus::default(), store).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_upgrades_sockets_and_steps_over_a_relay_that_is_gone() {
    if !installed("nginx") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (
        start_relay(dir.path(), "1").await,
        start_relay(dir.path(), "2").await,
    );
    // The third was killed.
    let targets = [first.addr.port(), second.addr.port(), free_port()];
    let nginx = Nginx::start(&targets).await;

    let mut sockets = Vec::new();
    for index in 0..12 {
        let url = format!("ws://127.0.0.1:{}/ws", nginx.port);
        let (mut socket, answer) = in_time(tokio_tungstenite::connect_async(url)).await.unwrap();
        assert_eq!(answer.status(), 101);
        socket.send(Message::Ping(vec![index].into())).await.unwrap();
        loop {
            let message = in_time(socket.next()).await.unwrap().unwrap();
            if let Message::Pong(payload) = message {
                assert_eq!(payload.as_ref(), [index]);
                break;
            }
        }
        sockets.push(socket);
    }
    let spread = [first.sockets(), second.sockets()];
    assert_eq!(spread.iter().sum::<usize>(), 12, "{spread:?}");
    assert!(
        spread.iter().all(|count| *count >= 4),
        "least_conn spreads them: {spread:?}"
    );

    assert!(ask(nginx.port, "/health").await.starts_with("HTTP/1.1 200"));
    assert!(ask(nginx.port, "/api/matches").await.starts_with("HTTP/1.1 200"));
    assert!(
        ask(nginx.port, "/metrics").await.starts_with("HTTP/1.1 404"),
        "metrics are nobody's business"
    );
    assert!(ask(nginx.plain_port, "/door").await.ends_with("open\n"));
    let elsewhere = ask(nginx.plain_port, "/api/matches").await;
    assert!(
        elsewhere.starts_with("HTTP/1.1 308") && elsewhere.contains("https://"),
        "{elsewhere}"
    );

    // One that drains answers 503; whoever comes is sent to the other.
    drop(sockets);
    first.drain().await;
    for _ in 0..6 {
        let url = format!("ws://127.0.0.1:{}/ws", nginx.port);
        let (_socket, answer) = in_time(tokio_tungstenite::connect_async(url)).await.unwrap();
        assert_eq!(answer.status(), 101);
    }
    second.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_tells_relays_who_asks_and_believes_nobody() {
    if !installed("nginx") {
        return;
    }
    let (port, mut requests) = echo_of_requests().await;
    let nginx = Nginx::start(&[port, port, port]).await;
    let head = "GET /ws HTTP/1.1\r\nHost: play.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
    let asking = tokio::spawn(crate::support::deploy::send(nginx.port, head.to_owned()));
    let seen = in_time(requests.recv()).await.unwrap().to_lowercase();
    for part in [
        "get /ws http/1.1",
        "host: play.example",
        "upgrade: websocket",
        "connection: upgrade",
        "x-forwarded-for: 127.0.0.1",
    ] {
        assert!(seen.contains(part), "`{part}` is missing: {seen}");
    }
    assert!(!seen.contains("6.6.6.6"), "{seen}");
    asking.abort();
    // An ordinary request upgrades nothing.
    assert!(ask(nginx.port, "/").await.starts_with("HTTP/1.1 200"));
    let seen = in_time(requests.recv()).await.unwrap().to_lowercase();
    assert!(!seen.contains("upgrade"), "{seen}");
}

#[test]
fn six_nodes_of_redis_become_a_cluster_once() {
    if !installed("redis-server") || !installed("redis-cli") {
        return;
    }
    let nodes = RedisNodes::start(6);
    for _ in 0..2 {
        // The second time there is nothing to do.
        let joined = nodes.join();
        assert!(
            joined.contains("the cluster serves all slots: 6 nodes"),
            "{joined}"
        );
    }
    let list = nodes.ask(0, &["cluster", "nodes"]);
    assert_eq!(list.matches("master").count(), 3, "{list}");
    assert_eq!(list.matches("slave").count(), 3, "{list}");
    assert!(nodes.ask(0, &["config", "get", "appendonly"]).contains("yes"));
    assert!(nodes
        .ask(0, &["config", "get", "maxmemory-policy"])
        .contains("noeviction"));
    assert!(
        nodes.ask_anonymously(0, &["ping"]).contains("NOAUTH"),
        "strangers are refused"
    );

    // A master that is killed is replaced by its replica.
    let masters = |node: usize| {
        let list = nodes.ask(node, &["cluster", "nodes"]);
        let alive = |line: &&str| line.contains("master") && !line.contains("fail");
        list.lines().filter(alive).count()
    };
    nodes.kill(0);
    poll(CERTAIN, "a replica takes over", || masters(1) == 3);
    poll(CERTAIN, "all slots are served", || {
        nodes.ask(1, &["cluster", "info"]).contains("cluster_state:ok")
    });
}

/// An interrupted start leaves slots that nobody serves, nodes that nobody knows and masters without a replica;
/// a node that was replaced comes back empty.
#[test]
fn a_half_made_cluster_is_made_whole() {
    if !installed("redis-server") || !installed("redis-cli") {
        return;
    }
    let nodes = RedisNodes::start(6);
    // Two of three masters have slots, one of them not all, and only two nodes have met.
    nodes.ask(0, &["cluster", "addslotsrange", "0", "5460"]);
    nodes.ask(1, &["cluster", "addslotsrange", "5461", "8000"]);
    nodes.meet(0, 1);
    let is_whole = |nodes: &RedisNodes| {
        for index in 0..6 {
            let info = nodes.ask(index, &["cluster", "info"]);
            for part in [
                "cluster_state:ok",
                "cluster_slots_ok:16384",
                "cluster_known_nodes:6",
            ] {
                assert!(info.contains(part), "{index}: {part}: {info}");
            }
        }
        let list = nodes.ask(0, &["cluster", "nodes"]);
        assert_eq!(list.matches("slave").count(), 3, "{list}");
    };
    nodes.join();
    is_whole(&nodes);
    let key = ["set", "{a}", "kept"];
    let owner = (0..6)
        .find(|index| nodes.ask(*index, &key).contains("OK"))
        .unwrap();
    // A replica and a master without keys are replaced, one after the other.
    for _ in 0..2 {
        let list = nodes.ask(owner, &["cluster", "nodes"]);
        let replaced = (0..6).find(|index| {
            let own = nodes.ask(*index, &["cluster", "myid"]);
            let line = list.lines().find(|line| line.starts_with(own.trim())).unwrap();
            line.contains("slave")
        });
        nodes.ask(replaced.unwrap(), &["cluster", "reset", "hard"]);
        nodes.join();
        is_whole(&nodes);
    }
    assert!(nodes.ask(owner, &["get", "{a}"]).contains("kept"));
    // Nothing is done to one that is whole.
    assert_eq!(nodes.join().lines().count(), 1);
}

/// Whoever takes a relay over takes no match from its crank and changes no acked input.
#[tokio::test(flavor = "multi_thread")]
async fn relays_and_cranks_may_do_what_they_do_and_no_more() {
    if !installed("redis-server") || !installed("redis-cli") {
        return;
    }
    let nodes = RedisNodes::start(6);
    nodes.join();
    let (crank, relay) = (
        Cluster::connect(nodes.config("crank")).await.unwrap(),
        Cluster::connect(nodes.config("relay")).await.unwrap(),
    );
    let key = MatchKey([7; 32]);
    let lease = crank.acquire(&key, "crank-1", 0).await.unwrap().unwrap();
    crank.append(&lease, 1, &[vec![1].into()]).await.unwrap();
    assert!(crank.cranks().await.unwrap().is_empty());
    relay
        .remember(&[1; 32], b"token", Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(
        relay.recall(&[1; 32]).await.unwrap().as_deref(),
        Some(b"token".as_slice())
    );
    relay.publish_topic("relays", vec![1].into());
    relay.ping().await.unwrap();
    let denied = |error: String| assert!(error.to_uppercase().contains("PERM"), "{error}");
    denied(relay.acquire(&key, "thief", 9).await.unwrap_err().to_string());
    denied(relay.shared_log(&key).await.unwrap_err().to_string());
    denied(
        relay
            .append(&lease, 2, &[vec![2].into()])
            .await
            .unwrap_err()
            .to_string(),
    );
    denied(relay.holders(&[(key, 0)]).await.unwrap_err().to_string());
    assert_eq!(crank.shared_log(&key).await.unwrap().len(), 1);
    for (user, command) in [
        ("relay", "hset aurelius:games m x"),
        ("relay", "hset aurelius:cranks m x"),
        ("relay", "flushall"),
        ("relay", "config get *"),
        ("crank", "flushall"),
        ("crank", "config get *"),
        ("crank", "cluster reset"),
        ("crank", "set elsewhere x"),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let answer = nodes.ask_as(user, 0, &words);
        assert!(answer.contains("NOPERM"), "{user}: {command}: {answer}");
    }
    // What relays do, on whichever node it is.
    for command in [
        "hgetall aurelius:games",
        "hgetall aurelius:game:{M}",
        "get aurelius:game:{M}:history",
        "xadd aurelius:game:{M}:inputs * p x",
        "spublish aurelius:game:{M}:bell x",
        "evalsha_ro 0000000000000000000000000000000000000000 1 aurelius:games",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let answer = nodes.ask_as("relay", 0, &words);
        assert!(
            !answer.is_empty() && !answer.contains("NOPERM"),
            "{command}: {answer}"
        );
    }
}

#[test]
fn the_committed_program_and_the_page_are_in_the_image() {
    let dockerfile = read("deploy/Dockerfile");
    for part in [
        "programs/aurelius/artifact",
        "idl/aurelius.json",
        "package-lock.json",
        "sdk/package.json",
    ] {
        assert!(dockerfile.contains(part), "{part}");
        assert!(path_of(part).exists(), "{part}");
        // What is left out of the build must not be what goes into the image.
        let left_out = read("deploy/Dockerfile.dockerignore");
        assert!(
            !left_out
                .lines()
                .any(|line| !line.starts_with('#') && part.starts_with(line) && !line.is_empty()),
            "{part}"
        );
    }
    assert!(dockerfile.contains("USER 10001") && dockerfile.contains("HEALTHCHECK"));
    for line in dockerfile.lines().filter(|line| line.starts_with("FROM")) {
        let image = line.split_whitespace().nth(1).unwrap();
        assert!(
            image.contains(':') && !image.ends_with(":latest"),
            "{image} has no fixed version"
        );
    }
    let compose = read("deploy/compose.yaml");
    for image in compose
        .lines()
        .filter_map(|line| line.trim().strip_prefix("image: "))
    {
        let is_ours = image.starts_with("${AURELIUS_IMAGE");
        assert!(
            is_ours || (image.contains(':') && !image.ends_with(":latest")),
            "{image}"
        );
        assert!(
            !image.contains('.') || image.split(':').next().unwrap().find('.').is_none(),
            "{image}"
        );
    }
}
