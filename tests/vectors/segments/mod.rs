//! The dearest segments that a search has found, one text file each: read by whoever measures them, written by the
//! search.
//!
//! | line | what |
//! |---|---|
//! | `# …` | a remark |
//! | `rules blitz` or `rules siege` | the table |
//! | `drip` hex | drip key of the checkpoint; the seed of the match is all zero |
//! | `owners` hex | player index of each warrior |
//! | `state` hex | state before the segment |
//! | `inputs` hex | packed inputs of the segment |
#![allow(dead_code, reason = "readers do not write")]
#![allow(unreachable_pub, reason = "a module of test programs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: a damaged vector fails the test"
)]

use std::path::PathBuf;

use arena::{checkpoint_key, Digest, HostSha256, Rules};

/// Seed of the match that a kept segment is of.
pub const SEED: Digest = [0; 32];

/// One segment, with everything that stepping it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub rules: Rules,
    pub drip_key: Digest,
    pub owners: Vec<u8>,
    pub state: Vec<u8>,
    pub inputs: Vec<u8>,
}

impl Segment {
    /// The key of its ticks.
    pub fn key(&self) -> Digest {
        checkpoint_key::<HostSha256>(&SEED, &self.drip_key)
    }

    /// The kept segment `name`, such as `worst_20`. `None`: there is none.
    pub fn kept(name: &str) -> Option<Segment> {
        let text = std::fs::read_to_string(path(name)).ok()?;
        let field = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
                .unwrap_or_else(|| panic!("{name}: no line `{key}`"))
        };
        Some(Segment {
            rules: match field("rules") {
                "blitz" => Rules::BLITZ,
                "siege" => Rules::SIEGE,
                other => panic!("{name}: no rules `{other}`"),
            },
            drip_key: bytes(field("drip")).try_into().expect("32 bytes of drip key"),
            owners: bytes(field("owners")),
            state: bytes(field("state")),
            inputs: bytes(field("inputs")),
        })
    }

    /// Writes the segment as `name`, with a remark.
    pub fn keep(&self, name: &str, remark: &str) {
        let rules = if self.rules == Rules::BLITZ {
            "blitz"
        } else {
            "siege"
        };
        let text = format!(
            "# {remark}\nrules {rules}\ndrip {}\nowners {}\nstate {}\ninputs {}\n",
            hex(&self.drip_key),
            hex(&self.owners),
            hex(&self.state),
            hex(&self.inputs)
        );
        std::fs::write(path(name), text).expect("the vector is written");
    }
}

fn path(name: &str) -> PathBuf {
    // From whichever package includes this file, upwards to the folder with the vectors.
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("tests/vectors/segments"))
        .find(|folder| folder.is_dir())
        .expect("the folder of the vectors")
        .join(format!("{name}.txt"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| {
            let digits = std::str::from_utf8(pair).expect("hex digits");
            u8::from_str_radix(digits, 16).expect("hex digits")
        })
        .collect()
}
