//! The one owner of the terminal: lines, the live line under them, and logs that do not tear it.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::style::Style;

/// Clears the line and puts the cursor at its start.
const CLEAR_LINE: &str = "\r\x1b[2K";

/// Writes lines to standard output and keeps one live line below them when a person looks. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    /// What all writers of this terminal share.
    shared: Arc<Mutex<Shared>>,
    /// Colours, or none.
    style: Style,
    /// Whether standard output is a terminal.
    interactive: bool,
}

struct Shared {
    /// What the live line shows; empty: nothing is drawn.
    live: String,
    /// Whether the log goes to the same terminal, so that a line of it must not land in a live line.
    log_tears_live_line: bool,
}

impl Console {
    /// The process's terminal.
    pub fn new() -> Self {
        let interactive = io::stdout().is_terminal();
        Self {
            shared: Arc::new(Mutex::new(Shared {
                live: String::new(),
                log_tears_live_line: interactive && io::stderr().is_terminal(),
            })),
            style: Style::detect(interactive),
            interactive,
        }
    }

    /// Colours, or none.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether standard output is a terminal, so that live lines and drawings make sense.
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Prints a line above the live line.
    pub fn say(&self, line: impl AsRef<str>) {
        let shared = self.lock();
        let mut out = io::stdout().lock();
        let live = &shared.live;
        let line = line.as_ref();
        let result = if live.is_empty() {
            writeln!(out, "{line}")
        } else {
            write!(out, "{CLEAR_LINE}{line}\n{live}")
        };
        end_when_closed(result.and_then(|()| out.flush()));
    }

    /// Replaces the live line. Does nothing when standard output is not a terminal.
    pub fn live(&self, line: impl Into<String>) {
        if !self.interactive {
            return;
        }
        let mut shared = self.lock();
        shared.live = line.into();
        let mut out = io::stdout().lock();
        end_when_closed(write!(out, "{CLEAR_LINE}{}", shared.live).and_then(|()| out.flush()));
    }

    /// Removes the live line.
    pub fn clear_live(&self) {
        if !self.lock().live.is_empty() {
            self.live(String::new());
        }
    }

    /// Writes bytes as they are, for drawings that place the cursor themselves.
    pub fn draw(&self, bytes: &str) {
        let _shared = self.lock();
        let mut out = io::stdout().lock();
        end_when_closed(out.write_all(bytes.as_bytes()).and_then(|()| out.flush()));
    }

    /// Where the log goes: standard error, around the live line.
    pub fn log_writer(&self) -> LogWriter {
        LogWriter {
            shared: Arc::clone(&self.shared),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

/// A reader that went away (`| head`) ends the process quietly, as it does for every other tool of the shell.
fn end_when_closed(result: io::Result<()>) {
    if result.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}

/// Standard error for `tracing`, redrawing the live line below each record.
#[derive(Clone)]
pub struct LogWriter {
    /// What all writers of this terminal share.
    shared: Arc<Mutex<Shared>>,
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shared = self.shared.lock();
        let mut out = io::stderr().lock();
        if shared.log_tears_live_line && !shared.live.is_empty() {
            write!(out, "{CLEAR_LINE}")?;
            out.write_all(bytes)?;
            write!(out, "{}", shared.live)?;
        } else {
            out.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> LogWriter {
        self.clone()
    }
}
