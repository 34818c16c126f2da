//! docs/PROTOCOL.md says what the code does: its tables of numbers, names and lengths are compared with the
//! code.

use crate::support;
use protocol::codes::{CloseCode, CosignRefusal, ErrorCode, RejectReason};
use protocol::control::CONTROL_BYTE;
use protocol::wire::{
    Keyframe, Snapshot, BUNDLE_BYTE, BUNDLE_FRAMES_MAX, DELTA_BYTE, EVENTS_MAX, KEYFRAME_BYTE,
};
use serde::Serialize;

const DOCUMENT: &str = include_str!("../../../docs/PROTOCOL.md");

#[track_caller]
fn expect_line(line: &str) {
    assert!(
        DOCUMENT.lines().any(|found| found.starts_with(line)),
        "docs/PROTOCOL.md lacks a line like: {line}"
    );
}

fn name(value: impl Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(fields) => fields.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// 1728 as 1,728.
fn thousands(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

/// Lines of tables whose first cell is a number and second a name in backquotes.
fn numbered_lines() -> usize {
    DOCUMENT
        .lines()
        .filter(|l| l.starts_with("| ") && l[2..].starts_with(|c: char| c.is_ascii_digit()))
        .count()
}

#[test]
fn codes() {
    for code in CloseCode::ALL {
        let back = if code.is_transient() { "yes" } else { "no" };
        expect_line(&format!(
            "| {} | {} | {} | {back} |",
            code.code(),
            name(code),
            code.reason()
        ));
    }
    for reason in RejectReason::ALL {
        let flag = if reason.is_suspicious() { "flag" } else { "" };
        expect_line(
            &format!("| {} | {} | {flag} | {reason} |", reason as u8, name(reason)).replace("|  |", "| |"),
        );
    }
    for code in ErrorCode::ALL {
        expect_line(&format!("| {} | {} | {code} |", code as u8, name(code)));
    }
    for reason in CosignRefusal::ALL {
        let flag = if reason.is_suspicious() { "flag" } else { "" };
        expect_line(
            &format!("| {} | {} | {flag} | {reason} |", reason as u8, name(reason)).replace("|  |", "| |"),
        );
    }
    let codes =
        CloseCode::ALL.len() + RejectReason::ALL.len() + ErrorCode::ALL.len() + CosignRefusal::ALL.len();
    assert!(numbered_lines() >= codes);
}

#[test]
fn control_messages() {
    // The byte after the kind is the number of the message.
    for (_, message) in support::client_messages() {
        expect_line(&format!("| {} | `{}` |", message.to_bytes()[1], name(&message)));
    }
    for (_, message) in support::server_messages() {
        let bytes = message.to_bytes();
        expect_line(&format!("| {} | `{}` |", bytes[1], name(&message)));
        if let protocol::control::ServerMessage::Event { event, .. } = &message {
            expect_line(&format!("| {} | `{}` |", bytes[2 + 32], name(event)));
        }
    }
}

#[test]
fn first_bytes_and_lengths() {
    for (byte, kind) in [
        (KEYFRAME_BYTE, "keyframe"),
        (DELTA_BYTE, "delta"),
        (BUNDLE_BYTE, "bundle"),
        (CONTROL_BYTE, "control"),
    ] {
        expect_line(&format!("| `{byte:#04x}` | {kind} |"));
    }
    assert!(DOCUMENT.contains(&format!("at most {EVENTS_MAX}")));
    assert!(DOCUMENT.contains(&format!("At most {BUNDLE_FRAMES_MAX}")));
    assert!(DOCUMENT.contains("previous input's 92 bytes"));
    assert_eq!(protocol::input::MESSAGE_LENGTH, 92);
    assert_eq!(support::input().input.message().len(), 92);
    assert!(DOCUMENT.contains(&format!(
        "at most {} bytes",
        thousands(protocol::cosign::FINAL_STATE_BYTES_MAX)
    )));
    assert_eq!(support::settlement_offer().message().len(), 48);
    expect_line("| 0 | 16 | `aurelius:cosign:` |");
    expect_line("| 16 | 32 | SHA-256 of cluster[32] ‖ program[32] ‖ match[32] ‖ SHA-256(state)[32] ‖ expires_slot u64 le |");
}

/// The keyframe's table, summed: fixed part, warriors, power-ups, end of the events.
#[test]
fn the_bits_of_a_keyframe() {
    let length = |warriors: usize, lying: usize, special: bool| {
        let mut snapshot = support::snapshot();
        snapshot.warriors.truncate(warriors);
        if !special {
            snapshot.special = None;
        }
        let mut lying = lying;
        for slot in &mut snapshot.power_ups {
            *slot = slot.filter(|_| lying > 0);
            lying -= usize::from(slot.is_some());
        }
        let snapshot: Snapshot = snapshot;
        Keyframe {
            snapshot,
            events: vec![],
        }
        .to_bytes()
        .len()
    };
    for (warriors, lying, special) in [(0, 0, false), (1, 0, false), (6, 0, true), (6, 3, true)] {
        let bits = 8
            + 16
            + 1
            + 2
            + 6
            + 6
            + if special { 18 } else { 2 }
            + 7
            + 7
            + 49 * warriors
            + 8
            + 14 * lying
            + 1;
        assert_eq!(length(warriors, lying, special), usize::div_ceil(bits, 8));
    }
    expect_line("| 49 each | the warriors");
    expect_line("| 1, or 15 each | power-up slots");
}
