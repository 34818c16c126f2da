//! The machine around the command: signals, limits, proxies, key files, shells.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::installation::Installation;
use crate::support::process::Process;
use crate::support::town::Town;

const PATIENCE: Duration = Duration::from_secs(120);

/// A relay of a database of its own, on a free port; where it serves.
fn relay(folder: &std::path::Path) -> (Process, String) {
    let database = format!("sqlite:{}", folder.join("relay.db").display());
    let data_dir = folder.join("data");
    let arguments = [
        "relay",
        "--port",
        "0",
        "--database-url",
        &database,
        "--data-dir",
        data_dir.to_str().unwrap(),
    ];
    let mut relay = Process::start(&arguments, &[]);
    let line = relay.line_with("page      http://", PATIENCE);
    relay.line_with("serving history only", PATIENCE);
    (relay, line.split_whitespace().last().unwrap().to_owned())
}

/// Sends the signal, and expects the end in good order.
fn ends_well(process: Process, signal: &str) {
    process.signal(signal);
    let (status, lines) = process.finish(PATIENCE);
    let text = lines.join("\n");
    assert_eq!(status, Some(0), "after SIG{signal}: {text}");
    assert!(text.contains("stopping"), "after SIG{signal}: {text}");
}

#[test]
fn report_25_a_terminal_that_goes_ends_crank_and_relay_as_sigterm_does() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["HUP", "TERM"] {
        ends_well(relay(folder.path()).0, signal);
    }
    let installation = Installation::start(400);
    for signal in ["HUP", "TERM"] {
        ends_well(installation.crank().0, signal);
    }
}

#[test]
fn report_25_a_demo_whose_terminal_goes_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--quick", "--port", "0", "--rpc-port", "0", "--bots", "2"];
    let mut demo = Process::start(&arguments, &[("TMPDIR", temporary.path().to_str().unwrap())]);
    demo.line_with("bots     2 bots", PATIENCE);
    assert!(std::fs::read_dir(temporary.path()).unwrap().count() > 0);
    ends_well(demo, "HUP");
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn report_25_a_process_that_is_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("relay.db").display());
    let mut child = Command::new("nohup")
        .arg(env!("CARGO_BIN_EXE_aurelius"))
        .args(["relay", "--port", "0", "--database-url", &database])
        .current_dir(folder.path())
        .env_clear()
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let send = |signal: &str| {
        let id = child.id().to_string();
        assert!(Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success());
    };
    send("-HUP");
    std::thread::sleep(Duration::from_secs(1));
    send("-0");
    send("-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn work_that_ctrl_c_cuts_short_says_so_in_its_status() {
    let folder = tempfile::tempdir().unwrap();
    let (_relay, url) = relay(folder.path());
    for (signal, expected) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // No match is listed: it waits.
        let watch = Process::start(&["watch", "latest", "--relay", &url], &[("LOG_LEVEL", "info")]);
        std::thread::sleep(Duration::from_secs(2));
        watch.signal(signal);
        let (status, lines) = watch.finish(PATIENCE);
        assert_eq!(status, Some(expected), "{}", lines.join("\n"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn report_22_the_soft_limit_of_files_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("relay.db").display());
    let script = r#"ulimit -Sn 256; exec "$0" relay --port 0 --database-url "$1""#;
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_aurelius"), &database])
        .current_dir(folder.path())
        .env_clear()
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let limits = || {
        let text = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("Max open files"));
        line.map(|line| {
            line.split_whitespace()
                .skip(3)
                .take(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
    };
    let begun = std::time::Instant::now();
    let raised = loop {
        let now = limits().unwrap_or_default();
        if now.first().is_some_and(|soft| soft != "256") && now.first() == now.get(1) {
            break true;
        }
        if begun.elapsed() > Duration::from_secs(20) {
            break false;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let seen = limits();
    let _ = child.kill();
    let _ = child.wait();
    assert!(raised, "soft and hard limit: {seen:?}");
}

#[test]
fn report_21_a_proxy_is_not_asked_for_this_machine() {
    let town = Town::start();
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let output = Command::new(env!("CARGO_BIN_EXE_aurelius"))
            .args(["governance", "show"])
            .env_clear()
            .env("AURELIUS_RPC_URL", town.rpc_url())
            .env("AURELIUS_MINT", town.mint.to_string())
            // Nobody answers there.
            .env(variable, "http://127.0.0.1:1")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        // The chain was read: it has no config yet.
        assert!(error.contains("there is no config"), "{variable}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn report_57_a_key_file_that_everybody_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let town = Town::start();
    let warned = || {
        let output = town.run("stranger", &["rescue"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{error}");
        error.contains("may be read by everybody") && error.contains("chmod 600")
    };
    assert!(!warned(), "it is its owner's alone");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(town.key_file("stranger"), open).unwrap();
    assert!(warned());
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aurelius"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for command in ["demo", "rescue", "watchtower", "completions"] {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
    }
}

#[test]
fn the_version_names_the_commit() {
    let version = printed(&["--version"]);
    let (number, commit) = version.trim().split_once(" (").unwrap();
    assert_eq!(number, concat!("aurelius ", env!("CARGO_PKG_VERSION")));
    assert!(commit.trim_end_matches(')').len() >= 7, "{version}");
}

#[test]
fn report_60_errors_are_json_where_answers_are() {
    for (arguments, status, part) in [
        (&["verify", "nothing", "--json"][..], 2, "base 58"),
        (&["operator", "status", "--json"], 2, "AURELIUS_KEYPAIR"),
        (
            &["governance", "show", "--json", "--rpc-url", "http://127.0.0.1:1"],
            1,
            "cannot reach",
        ),
        (
            &["operator", "status", "--json", "--no-such-flag"],
            2,
            "--no-such-flag",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_aurelius"))
            .args(arguments)
            .env_clear()
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
        // The log may say something before it.
        let last = error.trim().lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON: {error}"));
        assert_eq!(told["exit_status"], status, "{error}");
        assert!(
            told["error"].as_str().unwrap().contains(part),
            "{arguments:?}: {error}"
        );
        assert!(output.stdout.is_empty());
    }
}
