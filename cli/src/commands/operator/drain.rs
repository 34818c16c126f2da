//! `aurelius operator drain`: a crank makes nothing new, finishes what it has, and ends.
//!
//! The word is a file in the crank's data directory, at which it looks in every round; so it outlives a
//! restart of the crank and needs no connection to it. Whether a crank runs is told by the lock that it holds
//! on its data directory.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{bail, Context as _, Result};
use clap::Args;
use serde_json::json;

use crate::commands::escrow::{field, Answer};
use crate::failure::ConfigError;

/// Name of the file in the data directory.
const FILE: &str = "drain";
/// Name of the file that a running crank keeps locked.
const LOCK: &str = "lock";
/// How often `--wait` looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Flags of `aurelius operator drain`.
#[derive(Debug, Args)]
pub(super) struct DrainArgs {
    /// Data directory of the crank
    #[arg(
        long,
        env = "AURELIUS_DATA_DIR",
        value_name = "DIR",
        default_value = ".aurelius/crank"
    )]
    pub data_dir: PathBuf,
    /// Take it back: the crank opens matches again
    #[arg(long, conflicts_with = "wait")]
    pub undo: bool,
    /// Wait until the crank has ended; Ctrl-C ends the waiting, not the draining
    #[arg(long)]
    pub wait: bool,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn drain(arguments: &DrainArgs) -> Result<Answer> {
    let data_dir = &arguments.data_dir;
    let running = is_running(data_dir)?;
    let file = data_dir.join(FILE);
    let was_draining = file.exists();
    if arguments.undo {
        return undo(&file, was_draining, running);
    }
    if !was_draining {
        write(&file)?;
    }
    let mut lines = vec![match (was_draining, running) {
        (false, true) => "the crank makes nothing new from now on, and ends when everything is paid".to_owned(),
        (true, true) => "the crank is draining already".to_owned(),
        (_, false) => "no crank is running there; the next one that starts makes nothing new, and ends when everything is paid".to_owned(),
    }];
    let mut ended = false;
    if arguments.wait && running {
        while is_running(data_dir)? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        ended = true;
        lines.push("the crank has ended".to_owned());
    }
    lines.push(field("file", file.display()));
    lines.push(field("take back", "aurelius operator drain --undo"));
    Ok(Answer {
        lines,
        warnings: Vec::new(),
        json: json!({
            "done": "drain",
            "file": file.display().to_string(),
            "running": running && !ended,
            "ended": ended,
        }),
    })
}

fn undo(file: &Path, was_draining: bool, running: bool) -> Result<Answer> {
    if !was_draining {
        bail!("nothing is draining: there is no {}", file.display());
    }
    std::fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
    let line = if running {
        "the crank opens matches again"
    } else {
        "a crank that starts there opens matches again"
    };
    Ok(Answer {
        lines: vec![line.to_owned()],
        warnings: Vec::new(),
        json: json!({ "done": "undo", "file": file.display().to_string(), "running": running }),
    })
}

/// Writes the file for good: a crash of the machine must not let the crank go on.
fn write(file: &Path) -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let written = File::create(file).and_then(|mut open| {
        writeln!(open, "{}", since.as_secs())?;
        open.sync_all()
    });
    written.with_context(|| format!("cannot write {}", file.display()))
}

/// Whether a crank holds the lock of this data directory. Errors when no crank ever used it.
fn is_running(data_dir: &Path) -> Result<bool> {
    let path = data_dir.join(LOCK);
    if !path.is_file() {
        return Err(ConfigError::new(
            "AURELIUS_DATA_DIR (or --data-dir)",
            format!("is {}, which no crank has used", data_dir.display()),
            "AURELIUS_DATA_DIR=.aurelius/crank, the data directory of a crank on this machine",
        )
        .into());
    }
    let lock = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    // Shared, so that two who look do not see each other.
    match lock.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot look at {}", path.display()))
        }
    }
}
