//! What bots did, entry by entry, for whoever compares it with what a match left behind.
//!
//! One line of JSON for each entry, appended when the bot is done with it:
//! `{"match":…,"wallet":…,"slot":…,"sent":…,"acked":…,"rejected":…,"lost":…,"expected_sequence":…,"head":…}`.
//! The last two are the chain of inputs behind the last ack: an input log, or a replay, that does not lead
//! there has lost something.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::bots::crew::Bot;
use crate::bots::play::Played;

/// The file.
pub struct Report {
    file: File,
}

impl Report {
    /// Opens it, or makes it; what is in it stays.
    pub fn open(path: &Path) -> Result<Report> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file =
            file.with_context(|| format!("cannot write to {}, the file of --report", path.display()))?;
        Ok(Report { file })
    }

    /// Adds one entry.
    pub fn write(&self, bot: &Bot, played: &Played) -> Result<()> {
        let counts = &played.counts;
        let mut line = json!({
            "match": played.match_key,
            "wallet": bot.address().to_string(),
            "slot": played.slot,
            "sent": counts.sent,
            "acked": counts.acked,
            "rejected": counts.rejected,
            "lost": counts.lost,
            "expected_sequence": played.acked_up_to.expected_sequence,
            "head": played.acked_up_to.head,
        })
        .to_string();
        line.push('\n');
        // One write: lines of several bots do not mix.
        (&self.file)
            .write_all(line.as_bytes())
            .context("cannot write the report of the bots")
    }
}
