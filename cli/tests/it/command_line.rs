//! Wrong usage and configuration, from outside: the status, the variable's name, an example, never a panic.

use std::process::{Command, Output};

fn aurelius(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aurelius"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied());
    command.output().unwrap()
}

/// Runs, expects the status and every part in what is printed on standard error.
fn check(arguments: &[&str], environment: &[(&str, &str)], status: i32, parts: &[&str]) {
    let output = aurelius(arguments, environment);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    for part in parts {
        assert!(error.contains(part), "{arguments:?} lacks `{part}`: {error}");
    }
    assert!(!error.contains("panicked"), "{error}");
}

const SOMEWHERE: &str = "So11111111111111111111111111111111111111112";

#[test]
fn missing_configuration_names_the_variable_and_an_example() {
    check(
        &["bots"],
        &[],
        2,
        &[
            "AURELIUS_RPC_URL",
            "--rpc-url",
            "for example",
            "http://127.0.0.1:8899",
        ],
    );
    check(
        &["verify", SOMEWHERE],
        &[],
        2,
        &["AURELIUS_RPC_URL", "for example"],
    );
    check(&["crank"], &[], 2, &["AURELIUS_RPC_URL"]);
    let rpc = ("AURELIUS_RPC_URL", "http://127.0.0.1:1");
    check(
        &["crank"],
        &[rpc],
        2,
        &["AURELIUS_KEYPAIR", "--keypair", "for example"],
    );
    check(
        &["crank", "--keypair", "/no/such"],
        &[rpc],
        2,
        &["AURELIUS_KEYPAIR", "/no/such", "solana-keygen"],
    );
    let dir = tempfile::tempdir().unwrap();
    let keypair = dir.path().join("id.json");
    let key = solana_keypair::Keypair::new();
    player::keyfile::write(&keypair, &key).unwrap();
    let keypair = keypair.to_str().unwrap();
    check(
        &["crank", "--keypair", keypair],
        &[rpc],
        2,
        &["AURELIUS_MINT", "for example"],
    );
    let nowhere = dir.path().join("nothing");
    check(
        &["relay", "--data-dir", nowhere.to_str().unwrap()],
        &[],
        2,
        &["AURELIUS_DATA_DIR", "for example"],
    );
}

#[test]
fn wrong_values_are_named_with_a_right_one() {
    check(
        &["watch"],
        &[("AURELIUS_RELAY_URL", "play.example")],
        2,
        &["AURELIUS_RELAY_URL", "for example"],
    );
    check(&["watch", "somewhere"], &[], 2, &["somewhere", "latest"]);
    check(&["relay"], &[("PORT", "eighty")], 2, &["eighty", "PORT=8080"]);
    check(
        &["relay"],
        &[("CORS_ORIGIN", "https://a.example/path")],
        2,
        &["CORS_ORIGIN", "https://play.example"],
    );
    check(&["verify", "abc"], &[], 2, &["abc", "base 58"]);
    check(
        &["verify", SOMEWHERE],
        &[("AURELIUS_RPC_URL", "ftp://x")],
        2,
        &["AURELIUS_RPC_URL", "http://127.0.0.1:8899"],
    );
    check(&["crank", "--blitz", "ten"], &[], 2, &["AURELIUS_BLITZ", "ten"]);
    check(&["crank", "--siege", "25"], &[], 2, &["AURELIUS_SIEGE", "25@10m"]);
    check(&["crank", "--countdown", "3"], &[], 2, &["for example 30s"]);
    let other_program = [
        ("AURELIUS_RPC_URL", "http://127.0.0.1:1"),
        ("AURELIUS_PROGRAM_ID", SOMEWHERE),
    ];
    check(
        &["verify", SOMEWHERE],
        &other_program,
        2,
        &["AURELIUS_PROGRAM_ID", "built for another program"],
    );
    check(&["demo", "--bots", "21"], &[], 2, &["AURELIUS_BOTS", "20"]);
    check(&["demo", "--bots", "1"], &[], 2, &["--bots"]);
    check(&["demo", "--stake", "0"], &[], 2, &["--stake"]);
    check(
        &["demo", "--stake", "0.0000001"],
        &[],
        2,
        &["--stake", "decimal places"],
    );
    check(
        &["demo", "--web-dir", "/no/such"],
        &[],
        2,
        &["AURELIUS_WEB_DIR", "make page"],
    );
    check(
        &["watch"],
        &[("LOG_LEVEL", "loud")],
        2,
        &["LOG_LEVEL", "loud", "for example"],
    );
    check(&["watch"], &[("LOG_FORMAT", "xml")], 2, &["xml", "json"]);
    check(&["fly"], &[], 2, &["fly"]);
}

#[test]
fn report_60_what_was_typed_is_named_where_it_was_typed() {
    check(
        &["relay"],
        &[("HOST", "myhost")],
        2,
        &["HOST in the environment is `myhost`", "127.0.0.1", "0.0.0.0"],
    );
    let output = aurelius(&["relay"], &[("HOST", "myhost")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("--host"), "nobody typed it: {error}");
    check(
        &["relay", "--host", "myhost"],
        &[],
        2,
        &["--host", "myhost", "0.0.0.0"],
    );
    for (variable, flag) in [
        ("AURELIUS_RPC_URL", "--rpc-url"),
        ("HELIUS_RPC_URL", "--helius-rpc-url"),
    ] {
        check(
            &["verify", SOMEWHERE],
            &[(variable, "localhost:8899")],
            2,
            &[variable, flag, "has no scheme", "http://127.0.0.1:8899"],
        );
    }
    let ws = [
        ("AURELIUS_RPC_URL", "http://127.0.0.1:1"),
        ("AURELIUS_WS_URL", "127.0.0.1:8900"),
    ];
    check(
        &["verify", SOMEWHERE],
        &ws,
        2,
        &["AURELIUS_WS_URL", "has no scheme", "ws://"],
    );
}

#[test]
fn nobody_there_is_one_line_that_says_what_to_do() {
    let rpc = ("AURELIUS_RPC_URL", "http://127.0.0.1:1");
    // Of a verification 1 would be a verdict, so this is 2.
    check(
        &["verify", SOMEWHERE],
        &[rpc],
        2,
        &["cannot reach", "http://127.0.0.1:1", "aurelius localnet"],
    );
    check(&["bots"], &[rpc], 1, &["cannot reach", "aurelius localnet"]);
    let output = aurelius(&["watch", "--relay", "http://127.0.0.1:1"], &[]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("aurelius demo"), "{error}");
}

#[test]
fn help_has_examples_and_environment_variables() {
    for command in [
        "demo",
        "localnet",
        "crank",
        "relay",
        "bots",
        "verify",
        "watchtower",
        "watch",
        "operator",
        "rescue",
    ] {
        let output = aurelius(&[command, "--help"], &[]);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success());
        assert!(help.contains("Example"), "{command}: {help}");
        assert!(help.contains("[env: "), "{command}: {help}");
    }
}
