//! docs/PROTOCOL-EXAMPLES.md has every message in both encodings, as the code writes and reads them.

use std::fmt::Write;
use std::path::PathBuf;

use protocol::control::{ClientMessage, ServerMessage};
use protocol::packet::ServerPacket;
use protocol::wire::StateFrame;
use serde::Serialize;

use crate::support;

const HEAD: &str = "# Examples of every message

One of each kind, in both encodings of docs/PROTOCOL.md: the JSON text, and the bytes of the binary message in hex. Keys,
signatures and hashes are made up. A test writes this file and compares it (`UPDATE_GOLDEN=1 cargo test -p protocol --test it
examples` writes it anew), and another sends all of a client's messages to a relay.
";

fn document() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/PROTOCOL-EXAMPLES.md"
    ))
}

fn example(out: &mut String, name: &str, message: &impl Serialize, bytes: &[u8]) {
    let json = serde_json::to_string(message).unwrap();
    write!(out, "\n### {name}\n\n```json\n{json}\n```\n\n```hex\n").unwrap();
    for line in bytes.chunks(48) {
        writeln!(out, "{}", hex::encode(line)).unwrap();
    }
    out.push_str("```\n");
}

fn written() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n## From the client\n");
    for (name, message) in support::client_messages() {
        example(&mut out, name, &message, &message.to_bytes());
    }
    out.push_str("\n## From the server\n");
    for (name, message) in support::server_messages() {
        example(&mut out, name, &message, &message.to_bytes());
    }
    out.push_str("\n## State frames\n");
    for (name, bytes) in [
        ("keyframe", support::keyframe().to_bytes()),
        ("delta", support::delta().to_bytes()),
        ("bundle", support::bundle()),
    ] {
        example(&mut out, name, &StateFrame::from_bytes(&bytes).unwrap(), &bytes);
    }
    out
}

#[test]
fn report_61_every_message_has_an_example_in_both_encodings() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(document(), written()).unwrap();
    }
    let found = std::fs::read_to_string(document()).unwrap();
    assert!(
        found == written(),
        "docs/PROTOCOL-EXAMPLES.md is not what the code writes: UPDATE_GOLDEN=1 writes it anew"
    );
}

/// What a stranger reads in the file is what the code reads.
#[test]
fn report_61_examples_mean_the_same_in_both_encodings() {
    let text = written();
    let mut checked = 0;
    let (client, rest) = text.split_once("## From the server").unwrap();
    for (part, is_client) in [(client, true), (rest, false)] {
        for section in part.split("\n### ").skip(1) {
            let block = |kind: &str| {
                let (_, after) = section.split_once(&format!("```{kind}\n")).unwrap();
                after.split_once("\n```").unwrap().0.to_owned()
            };
            let bytes = hex::decode(block("hex").replace('\n', "")).unwrap();
            if is_client {
                let message: ClientMessage = serde_json::from_str(&block("json")).unwrap();
                assert_eq!(ClientMessage::from_bytes(&bytes).unwrap(), message);
            } else {
                let message: ServerPacket = serde_json::from_str(&block("json")).unwrap();
                assert_eq!(ServerPacket::from_bytes(&bytes).unwrap(), message);
            }
            checked += 1;
        }
    }
    let messages = support::client_messages().len() + support::server_messages().len() + 3;
    assert_eq!(checked, messages);
}

/// An example of every variant: of what a message consists, no stranger has to guess.
#[test]
fn report_61_no_message_is_without_an_example() {
    let client: Vec<u8> = support::client_messages()
        .iter()
        .map(|(_, message)| message.to_bytes()[1])
        .collect();
    let server: Vec<u8> = support::server_messages()
        .iter()
        .map(|(_, message)| message.to_bytes()[1])
        .collect();
    let is_known = |bytes: &[u8], is_client: bool| match is_client {
        // Enough zeros make some message of every number that there is.
        true => ClientMessage::from_bytes(bytes)
            .map(drop)
            .map_err(|error| error.to_string()),
        false => ServerMessage::from_bytes(bytes)
            .map(drop)
            .map_err(|error| error.to_string()),
    };
    for (numbers, is_client) in [(client, true), (server, false)] {
        let highest = *numbers.iter().max().unwrap();
        assert!(
            (0..=highest).all(|number| numbers.contains(&number)),
            "{numbers:?}"
        );
        let next = [&[0x13, highest + 1][..], &[0; 400]].concat();
        assert!(
            is_known(&next, is_client).is_err(),
            "there is a message {}",
            highest + 1
        );
    }
}
