//! `aurelius operator export`: what a crank keeps of its matches, for book-keeping and for support.
//!
//! Invariant: matches are read and written one after the other, so that memory does not grow with them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use store::{Key, MatchFilter, Store, LIMIT_MAX};

use super::kept::{Kept, Table};
use super::memory::MemoryArgs;
use super::tables::{as_json, header, rows};
use crate::terminal::Console;

/// Flags of `aurelius operator export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// What to write: JSON has everything, CSV one table of it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Which table CSV has
    #[arg(long, value_name = "TABLE", value_enum, default_value_t = Table::Matches)]
    pub table: Table,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub memory: MemoryArgs,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// An array with one object a match
    Json,
    /// Lines of values, with a line of names first
    Csv,
}

pub(super) async fn export(arguments: &ExportArgs, console: &Console) -> Result<()> {
    let store = arguments.memory.open().await?;
    let keys = keys(&store).await?;
    let mut sink = Sink::open(arguments.out.as_deref(), console)?;
    match arguments.format {
        Format::Json => {
            sink.line("[")?;
            let last = keys.len().saturating_sub(1);
            for (index, key) in keys.iter().enumerate() {
                let text = serde_json::to_string(&as_json(&read(&store, key).await?))?;
                let comma = if index == last { "" } else { "," };
                sink.line(&format!("{text}{comma}"))?;
            }
            sink.line("]")?;
        }
        Format::Csv => {
            sink.line(header(arguments.table))?;
            for key in &keys {
                for row in rows(arguments.table, &read(&store, key).await?) {
                    sink.line(&row)?;
                }
            }
        }
    }
    sink.close(keys.len())
}

/// Every match, newest first; those that never came to the chain last.
async fn keys(store: &Store) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let mut before = None;
    loop {
        let filter = MatchFilter {
            status: None,
            before,
            limit: LIMIT_MAX,
        };
        let page = store.history.matches(&filter).await?;
        keys.extend(page.iter().map(|row| row.match_key));
        before = page.last().map(|row| row.match_key);
        if page.is_empty() {
            break;
        }
    }
    let known: HashSet<Key> = keys.iter().copied().collect();
    let unfinished = store.matches.unfinished().await?;
    keys.extend(
        unfinished
            .iter()
            .map(|record| record.match_key)
            .filter(|key| !known.contains(key)),
    );
    Ok(keys)
}

async fn read(store: &Store, key: &Key) -> Result<Kept> {
    Ok(Kept {
        key: *key,
        record: store.matches.get(key).await?,
        history: store.history.match_history(key).await?,
        intents: store.intents.of_match(key).await?,
    })
}

/// Where lines go.
enum Sink<'a> {
    Terminal(&'a Console),
    File {
        writer: BufWriter<File>,
        path: PathBuf,
        console: &'a Console,
    },
}

impl<'a> Sink<'a> {
    fn open(path: Option<&Path>, console: &'a Console) -> Result<Sink<'a>> {
        let Some(path) = path else {
            return Ok(Sink::Terminal(console));
        };
        let file = File::create(path).with_context(|| format!("--out: cannot write {}", path.display()))?;
        Ok(Sink::File {
            writer: BufWriter::new(file),
            path: path.to_owned(),
            console,
        })
    }

    fn line(&mut self, text: &str) -> Result<()> {
        match self {
            Sink::Terminal(console) => console.say(text),
            Sink::File { writer, path, .. } => {
                writeln!(writer, "{text}").with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }

    fn close(self, matches: usize) -> Result<()> {
        if let Sink::File {
            mut writer,
            path,
            console,
        } = self
        {
            writer
                .flush()
                .with_context(|| format!("cannot write {}", path.display()))?;
            console.say(format!(
                "{} written to {}",
                crate::terminal::plural(matches, "match"),
                path.display()
            ));
        }
        Ok(())
    }
}
