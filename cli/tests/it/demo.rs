//! The demonstration as a newcomer runs it, with shortened matches: real programs, real entries, real
//! sockets.

use std::time::Duration;

use crate::support::process::Process;

const PATIENCE: Duration = Duration::from_secs(300);

/// Runs it to its end, which must be good; all it said.
fn run(arguments: &[&str], last: &str) -> String {
    let mut all = vec!["demo", "--quick", "--headless", "--port", "0", "--rpc-port", "0"];
    all.extend_from_slice(arguments);
    let (status, lines) = Process::start(&all, &[]).finish(PATIENCE);
    let text = lines.join("\n");
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(lines.last().map(String::as_str), Some(last), "{text}");
    text
}

fn check(arguments: &[&str], names: &[&str]) {
    let text = run(arguments, "verify: ok");
    for name in names {
        // Once when it enters and once in the table.
        assert!(text.matches(name).count() >= 2, "{name} is missing:\n{text}");
    }
    for part in [
        "balances",
        "exact to the last unit",
        "checkpoints",
        "signatures",
        "treasury",
        "burned",
        "settled  at once",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
    assert!(!text.contains("FAILED") && !text.contains("skipped"), "{text}");
}

#[test]
fn two_short_blitzes_for_money_end_verified() {
    check(
        &["--matches", "2", "--bots", "8", "--stake", "2.5"],
        &[
            "Ada", "Brutus", "Cato", "Dido", "Enyo", "Flavia", "Gaius", "Helva",
        ],
    );
}

#[test]
fn a_short_siege_with_late_entries_ends_verified() {
    // Four of twelve come after the start.
    check(
        &["--mode", "siege", "--bots", "12"],
        &["Ada", "Iris", "Juno", "Kleon", "Livia"],
    );
}

#[test]
fn a_blitz_whose_crank_lies_is_voided_and_paid_back() {
    let text = run(&["--bots", "4", "--cheat", "kill"], "caught: ok");
    for part in ["checkpoint 2, segment 0", "claimed", "computed", "forfeit"] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

#[test]
fn a_siege_whose_crank_lies_is_voided_through_an_upload() {
    let text = run(
        &["--mode", "siege", "--bots", "12", "--cheat", "zone"],
        "caught: ok",
    );
    assert!(text.contains("forfeit"), "{text}");
}

#[test]
fn ctrl_c_ends_it_in_good_order() {
    let arguments = ["demo", "--quick", "--port", "0", "--rpc-port", "0", "--bots", "4"];
    let mut demo = Process::start(&arguments, &[]);
    demo.line_with("live", PATIENCE);
    demo.interrupt();
    let (status, lines) = demo.finish(Duration::from_secs(60));
    assert_eq!(status, Some(0), "{}", lines.join("\n"));
    assert!(
        lines.iter().any(|line| line == "stopping"),
        "{}",
        lines.join("\n")
    );
}
