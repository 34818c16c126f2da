//! The configuration file from outside: precedence, what is refused and how, and the reference of all
//! settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::CommandFactory;
use cli::Cli;
use telemetry::metrics::catalogue;
use telemetry::settings::reference;
use tempfile::TempDir;

fn aurelius(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aurelius"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// A configuration file with this text.
struct Written {
    _dir: TempDir,
    path: PathBuf,
}

fn file(text: &str) -> Written {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("aurelius.toml");
    std::fs::write(&path, text).unwrap();
    Written { _dir: dir, path }
}

/// Runs with the file, expects the status and every part in the one line on standard error.
fn check(
    text: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
    status: i32,
    parts: &[&str],
) -> String {
    let written = file(text);
    let path = written.path.to_str().unwrap();
    let all: Vec<&str> = arguments.iter().copied().chain(["--config", path]).collect();
    let output = aurelius(&all, environment);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{text}: {error}");
    for part in parts {
        assert!(error.contains(part), "{text}: lacks `{part}`: {error}");
    }
    assert!(!error.contains("panicked"), "{error}");
    error
}

/// The relay that `aurelius watch` could not reach, so where it looked.
fn looked_at(text: &str, arguments: &[&str], environment: &[(&str, &str)], port: u16) {
    let arguments: Vec<&str> = ["watch"].iter().chain(arguments).copied().collect();
    check(
        text,
        &arguments,
        environment,
        1,
        &[&format!("127.0.0.1:{port}/ws")],
    );
}

#[test]
fn a_flag_counts_more_than_a_variable_and_a_variable_more_than_the_file() {
    let text = "[watch]\nrelay = \"http://127.0.0.1:1\"";
    let variable = [("AURELIUS_RELAY_URL", "http://127.0.0.1:2")];
    looked_at(text, &[], &[], 1);
    looked_at(text, &[], &variable, 2);
    looked_at(text, &["--relay", "http://127.0.0.1:3"], &variable, 3);
    looked_at("relay = \"http://127.0.0.1:4\"", &[], &[], 4);
    // The table of the command counts more than what is said for all.
    looked_at(&format!("relay = \"http://127.0.0.1:4\"\n{text}"), &[], &[], 1);
    // Another command's table says nothing here.
    looked_at(
        "relay = \"http://127.0.0.1:4\"\n[bots]\nrelay = \"http://127.0.0.1:5\"",
        &[],
        &[],
        4,
    );
}

#[test]
fn the_file_is_named_by_a_variable_too_and_absent_ones_are_refused() {
    let written = file("[watch]\nrelay = \"http://127.0.0.1:1\"");
    let path = written.path.to_str().unwrap();
    let output = aurelius(&["watch"], &[("AURELIUS_CONFIG", path)]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("127.0.0.1:1/ws"), "{error}");
    let output = aurelius(&["watch"], &[("AURELIUS_CONFIG", "/no/such.toml")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("AURELIUS_CONFIG (or --config) names /no/such.toml, which cannot be read"),
        "{error}"
    );
    // Help needs no file.
    let output = aurelius(&["watch", "--help"], &[("AURELIUS_CONFIG", "/no/such.toml")]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn wrong_keys_types_and_values_are_named_with_the_nearest_right_one() {
    for (text, parts) in [
        (
            "prot = 8080",
            &[
                "aurelius.toml: `prot` is no setting of any command",
                "nearest is `port`",
                "port = ",
            ][..],
        ),
        (
            "[crank]\nblitzz = \"10\"",
            &[
                "`crank.blitzz` is no setting of `aurelius crank`",
                "nearest is `blitz`",
            ],
        ),
        (
            "[relay]\nkeypair = \"id.json\"",
            &[
                "`relay.keypair` is no setting of `aurelius relay`",
                "is one of `aurelius crank`",
            ],
        ),
        (
            "[cranck]\nport = 1",
            &["`[cranck]` is no command; the nearest is `[crank]`"],
        ),
        (
            "log_level = \"info\"",
            &["`log_level` is no setting", "nearest is `log-level`"],
        ),
        (
            "port = true",
            &[
                "`port` must be a number and is of the type boolean",
                "port = 8080",
            ],
        ),
        ("port = [80]", &["`port` must be a number", "array"]),
        (
            "json = \"yes\"",
            &[
                "`json` must be true or false and is of the type string",
                "json = true",
            ],
        ),
        (
            "cors-origin = [true]",
            &["`cors-origin` must be texts or numbers", "boolean"],
        ),
        ("port = 1.5", &["`port` is `1.5`", "PORT=8080"]),
        ("[demo]\nport = \"eighty\"", &["`demo.port` is `eighty`"]),
        (
            "log-format = \"xml\"",
            &["`log-format` is `xml`, and must be one of text, json"],
        ),
        ("config = \"other.toml\"", &["`config` is no setting"]),
        ("port = ", &["is not TOML: line 1"]),
        ("\n\nport 8080", &["is not TOML: line 3"]),
    ] {
        // Whatever runs, the whole file has to be right.
        let error = check(text, &["watch"], &[], 2, parts);
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(
            error.contains("aurelius.toml") && error.contains("for example"),
            "{error}"
        );
    }
}

#[test]
fn lists_and_switches_can_be_set() {
    let text = "cors-origin = [\"https://a.example\", \"https://b.example/path\"]";
    check(
        text,
        &["relay"],
        &[],
        2,
        &["`cors-origin` is `https://b.example/path`"],
    );
    check(
        "cors-origin = \"https://a.example,https://b.example/path\"",
        &["relay"],
        &[],
        2,
        &["`https://b.example/path`"],
    );
    // A switch of a command without a variable.
    let written = file("[operator]\njson = true\ndata-dir = \"/no/such\"");
    let output = aurelius(
        &["--config", written.path.to_str().unwrap(), "operator", "bans"],
        &[],
    );
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("/no/such"), "{error}");
}

#[test]
fn secrets_in_the_file_are_never_printed() {
    let text = "database-url = \"mysql://me:hunter2@db.example/game\"";
    for (text, arguments, status) in [
        (text, &["relay"][..], 2),
        ("database-url = \"mysql://me:hunter2@db", &["relay"], 2),
        ("database-url = [\"mysql://me:hunter2@db\"]", &["relay"], 2),
        (text, &["relay", "--port"], 2),
    ] {
        let error = check(text, arguments, &[], status, &[]);
        assert!(!error.contains("hunter2"), "{error}");
    }
    let written = file(text);
    let help = aurelius(
        &["relay", "--config", written.path.to_str().unwrap(), "--help"],
        &[],
    );
    assert!(!String::from_utf8_lossy(&help.stdout).contains("hunter2"));
}

/// Replaces what is between two marks of a document, or says that it is stale.
fn compare(name: &str, mark: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    let document = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {mark}: begin -->\n"),
        format!("<!-- {mark}: end -->"),
    );
    let (head, rest) = document.split_once(&begin).expect("the begin mark");
    let (found, tail) = rest.split_once(&end).expect("the end mark");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{begin}{table}{end}{tail}")).unwrap();
        return;
    }
    assert!(
        found == table,
        "docs/{name} is stale: UPDATE_DOCS=1 cargo test -p cli --test it settings::\n{table}"
    );
}

#[test]
fn the_documented_tables_are_what_the_code_has() {
    compare("CONFIGURATION.md", "settings", &reference(&Cli::command()));
    compare("CONFIGURATION.md", "metrics", &catalogue::reference());
}

#[test]
fn every_setting_is_documented_once_per_meaning() {
    let table = reference(&Cli::command());
    for name in [
        "PORT",
        "DATABASE_URL",
        "CORS_ORIGIN",
        "LOG_LEVEL",
        "STATSD_HOST",
        "STATSD_PORT",
        "AURELIUS_CONFIG",
    ] {
        assert!(table.contains(&format!("`{name}`")), "{name} is not in the table");
    }
    let log: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `log-level`"))
        .collect();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].contains("| all |"), "{log:?}");
    let bans: Vec<&str> = table
        .lines()
        .filter(|line| line.contains("operator (bans, "))
        .collect();
    assert!(!bans.is_empty());
}
