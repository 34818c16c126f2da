//! Tick threads: operating-system threads that own live matches outright.
//!
//! A match is made tick by tick on absolute deadlines, tick `n` at `start + n/60 s`. **Catch-up:** after a
//! stall the missed ticks are made back to back, at most [`BURST_TICKS_MAX`] of one match before the next
//! match of the thread gets its turn. Ticks are never dropped, so a stall delays frames and changes nothing
//! else. Deadlines move with the chain alone: a checkpoint's ticks wait for its beacon ([`pace`]). Matches that start together begin at different phases of a tick
//! ([`start_from`]), so that none waits for all others. A thread sleeps until the earliest deadline of its
//! matches; it never spins.
//!
//! Invariants: nothing here is async or waits for a reader; the only file a thread touches is the input log.
//! What a match tells the rest of the crank ([`Notice`]) waits in the match if the queue is full, and is
//! never dropped. Absent: signatures (checked before), RPC, the store.

mod exchange;
mod meter;
mod pace;
mod phase;
mod runner;
mod running;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{sync_channel, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arena::Digest;
use protocol::MatchKey;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::live::LateEntry;

pub use exchange::{Adoption, MatchEnd, Notice, VerifiedEnvelope};
pub(crate) use meter::count_input;
pub use meter::{Lateness, TickMeter};
pub use phase::start_from;
use runner::Runner;
pub use runner::BURST_TICKS_MAX;

/// Commands waiting for one thread.
const COMMANDS_MAX: usize = 256;

/// How long a thread without matches sleeps: bounds how long a stop takes.
const IDLE_SLEEP_US: i64 = 50_000;

enum Command {
    Adopt(Box<Adoption>),
    Announce(MatchKey, LateEntry),
    Reveal(MatchKey, u32, Digest),
    Release(MatchKey),
    Stop,
}

/// A thread that could not be given work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// Too many commands at once.
    #[error("a tick thread does not take commands fast enough")]
    Busy,
    /// It stopped, by request or by a defect.
    #[error("a tick thread has stopped")]
    Stopped,
    /// Nobody was told to run this match.
    #[error("match {0} is on no tick thread")]
    UnknownMatch(MatchKey),
}

/// All tick threads.
#[derive(Debug)]
pub struct Workers {
    threads: Vec<Thread>,
    meter: Arc<TickMeter>,
}

#[derive(Debug)]
struct Thread {
    commands: SyncSender<Command>,
    handle: Option<JoinHandle<()>>,
    matches: Vec<MatchKey>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Command::Adopt(_) => "Adopt",
            Command::Announce(..) => "Announce",
            Command::Reveal(..) => "Reveal",
            Command::Release(_) => "Release",
            Command::Stop => "Stop",
        })
    }
}

impl Workers {
    /// Starts `threads` tick threads that tell what happens to `notices`.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(
        threads: usize,
        clock: Arc<dyn Clock>,
        notices: mpsc::Sender<Notice>,
    ) -> std::io::Result<Self> {
        let meter = Arc::new(TickMeter::default());
        let mut workers = Self {
            threads: Vec::new(),
            meter: meter.clone(),
        };
        for index in 0..threads.max(1) {
            let (commands, receiver) = sync_channel(COMMANDS_MAX);
            let (clock, notices, meter) = (clock.clone(), notices.clone(), meter.clone());
            let handle = std::thread::Builder::new()
                .name(format!("tick-{index}"))
                .spawn(move || {
                    run(&receiver, clock.as_ref(), Runner::new(notices, meter));
                })?;
            workers.threads.push(Thread {
                commands,
                handle: Some(handle),
                matches: Vec::new(),
            });
        }
        Ok(workers)
    }

    /// Gives a match to the thread with the fewest.
    ///
    /// # Errors
    /// [`WorkerError::Busy`], [`WorkerError::Stopped`]; the match is gone then, and can be restored from its
    /// log.
    pub fn adopt(&mut self, adoption: Adoption) -> Result<(), WorkerError> {
        let key = adoption.live.setup().match_key;
        let thread = self
            .threads
            .iter_mut()
            .min_by_key(|thread| thread.matches.len())
            .ok_or(WorkerError::Stopped)?;
        thread.send(Command::Adopt(Box::new(adoption)))?;
        thread.matches.push(key);
        Ok(())
    }

    /// Tells a match of an entry made after the start.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub fn announce(&mut self, key: MatchKey, entry: LateEntry) -> Result<(), WorkerError> {
        self.thread_of(key)?.send(Command::Announce(key, entry))
    }

    /// Tells a match the beacon of a checkpoint. Telling it again changes nothing.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub fn reveal(&mut self, key: MatchKey, checkpoint: u32, beacon: Digest) -> Result<(), WorkerError> {
        self.thread_of(key)?
            .send(Command::Reveal(key, checkpoint, beacon))
    }

    /// Takes a match off its thread, for instance because it was voided on chain.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub fn release(&mut self, key: MatchKey) -> Result<(), WorkerError> {
        self.thread_of(key)?.send(Command::Release(key))?;
        self.forget(key);
        Ok(())
    }

    /// Notes that a match ended by itself, so that its thread counts as less busy.
    pub fn forget(&mut self, key: MatchKey) {
        self.threads
            .iter_mut()
            .for_each(|thread| thread.matches.retain(|other| *other != key));
    }

    /// How many matches are on tick threads.
    pub fn matches(&self) -> usize {
        self.threads.iter().map(|thread| thread.matches.len()).sum()
    }

    /// Whether every thread still runs. A thread that ended by itself is a defect.
    pub fn all_alive(&self) -> bool {
        self.threads
            .iter()
            .all(|thread| thread.handle.as_ref().is_some_and(|handle| !handle.is_finished()))
    }

    /// What the threads measured.
    pub fn meter(&self) -> &Arc<TickMeter> {
        &self.meter
    }

    /// Stops all threads after the tick under way and waits for them. Matches stop where they are; their logs
    /// hold all that is needed to go on.
    pub fn stop(&mut self) {
        for thread in &self.threads {
            // A thread that is gone needs no stop. A full queue is emptied within a tick.
            let _ = thread.commands.send(Command::Stop);
        }
        for thread in &mut self.threads {
            if let Some(handle) = thread.handle.take() {
                let _ = handle.join();
            }
        }
    }

    fn thread_of(&self, key: MatchKey) -> Result<&Thread, WorkerError> {
        self.threads
            .iter()
            .find(|thread| thread.matches.contains(&key))
            .ok_or(WorkerError::UnknownMatch(key))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Thread {
    fn send(&self, command: Command) -> Result<(), WorkerError> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => WorkerError::Busy,
            TrySendError::Disconnected(_) => WorkerError::Stopped,
        })
    }
}

/// The loop of one thread: obey, make what is due, sleep until the next deadline or command.
fn run(commands: &std::sync::mpsc::Receiver<Command>, clock: &dyn Clock, mut runner: Runner) {
    loop {
        let now = clock.monotonic();
        let wake = runner.run_due(now, clock);
        let sleep_us = wake.map_or(IDLE_SLEEP_US, |wake| {
            wake.since(clock.monotonic()).clamp(0, IDLE_SLEEP_US)
        });
        let command = match sleep_us {
            0 => commands.try_recv().map_err(|_| RecvTimeoutError::Timeout),
            us => commands.recv_timeout(Duration::from_micros(us.unsigned_abs())),
        };
        match command {
            Ok(Command::Adopt(adoption)) => runner.adopt(*adoption),
            Ok(Command::Announce(key, entry)) => runner.announce(key, entry),
            Ok(Command::Reveal(key, checkpoint, beacon)) => {
                runner.reveal(key, checkpoint, beacon, clock.monotonic());
            }
            Ok(Command::Release(key)) => runner.release(key),
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
