//! Golden vectors: the exact bytes of one message of every kind, with what they mean as JSON.
//!
//! A difference means that peers of the old version no longer understand the new one. If that is wanted,
//! raise the version and write the files anew: `UPDATE_GOLDEN=1 cargo test -p protocol --test it golden`.

use std::fmt::Write;
use std::path::PathBuf;

use crate::support;
use protocol::control::{ClientMessage, ServerMessage};
use protocol::log;
use protocol::replay::Replay;
use protocol::wire::StateFrame;
use serde::Serialize;

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(format!("{name}.txt"))
}

/// Compares `bytes`, and what `read` makes of them, with the file of this name.
fn check<T: Serialize>(name: &str, bytes: &[u8], read: impl Fn(&[u8]) -> T) {
    let mut text = format!("{name}, {} bytes\n", bytes.len());
    for line in bytes.chunks(32) {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text.push('\n');
    }
    text.push_str(&serde_json::to_string_pretty(&read(bytes)).unwrap());
    text.push('\n');
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(name), text).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(path(name))
        .unwrap_or_else(|error| panic!("{}: {error}; write it with UPDATE_GOLDEN=1", path(name).display()));
    assert_eq!(text, golden, "{name} differs from its golden vector");
}

#[test]
fn frames() {
    let read = |bytes: &[u8]| StateFrame::from_bytes(bytes).unwrap();
    check("frame_keyframe", &support::keyframe().to_bytes(), read);
    check("frame_delta", &support::delta().to_bytes(), read);
    check("frame_delta_quiet", &support::quiet_delta().to_bytes(), read);
    check("frame_bundle", &support::bundle(), read);
}

#[test]
fn client_messages() {
    for (name, message) in support::client_messages() {
        check(&format!("client_{name}"), &message.to_bytes(), |bytes| {
            ClientMessage::from_bytes(bytes).unwrap()
        });
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<ClientMessage>(&json).unwrap(), message);
    }
}

#[test]
fn server_messages() {
    for (name, message) in support::server_messages() {
        check(&format!("server_{name}"), &message.to_bytes(), |bytes| {
            ServerMessage::from_bytes(bytes).unwrap()
        });
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<ServerMessage>(&json).unwrap(), message);
    }
}

#[test]
fn texts_that_are_signed() {
    use protocol::auth::Challenge;
    let challenge = Challenge {
        domain: "localhost:8080",
        chain: "localnet",
        nonce: protocol::Nonce([0xaa; 16]),
        issued_at: "2026-01-02T03:04:05Z",
    };
    let wallet = protocol::WalletKey([0x33; 32]);
    check(
        "signed_wallet_text",
        challenge.wallet_text(&wallet).as_bytes(),
        |bytes| String::from_utf8(bytes.to_vec()).unwrap(),
    );
    check("signed_session_message", &challenge.session_message(), |_| {
        "session key's sign-in"
    });
    check(
        "signed_player_message",
        &challenge.player_message(&wallet),
        |_| "session key's sign-in for the entry of a wallet",
    );
    check("signed_input_message", &support::input().input.message(), |_| {
        support::input()
    });
    check(
        "signed_cosign_message",
        &support::settlement_offer().message(),
        |_| support::settlement_offer(),
    );
}

#[test]
fn files() {
    check("file_log", &support::log_file(), |bytes| {
        log::read(bytes).unwrap().records
    });
    check("file_replay", &support::replay().write().unwrap(), |bytes| {
        Replay::read(bytes).unwrap()
    });
}

#[test]
fn every_golden_vector_has_its_test() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return;
    }
    let tests = ["frame_", "client_", "server_", "signed_", "file_"];
    let names: Vec<String> = std::fs::read_dir(path("x").parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = 4 + support::client_messages().len() + support::server_messages().len() + 5 + 2;
    assert_eq!(
        names.len(),
        expected,
        "a vector without a test, or a test without its vector: {names:?}"
    );
    assert!(names
        .iter()
        .all(|name| tests.iter().any(|prefix| name.starts_with(prefix))));
}
