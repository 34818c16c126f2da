//! Ctrl-C, SIGTERM and SIGHUP: the first asks everything to end, the second ends the process.

use tokio::sync::watch;

/// What asks for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: the system, or whoever supervises the process.
    Terminate,
}

impl Signal {
    /// The exit status of work that it cut short, as shells report it: 128 and the signal's number.
    pub fn exit_status(self) -> u8 {
        128 + match self {
            Signal::HangUp => 1,
            Signal::Interrupt => 2,
            Signal::Terminate => 15,
        }
    }
}

/// Says when to end. Cheap to clone.
#[derive(Clone)]
pub struct Shutdown {
    /// The signal, once there was one.
    requested: watch::Receiver<Option<Signal>>,
}

/// Asks for the end; dropping it asks too.
pub struct ShutdownRequest {
    /// Tells everybody who waits.
    sender: watch::Sender<Option<Signal>>,
}

impl ShutdownRequest {
    /// A pair that no signal drives.
    pub fn new() -> (ShutdownRequest, Shutdown) {
        let (sender, requested) = watch::channel(None);
        (ShutdownRequest { sender }, Shutdown { requested })
    }

    /// Asks for the end. Whoever asked first is remembered.
    pub fn request(&self, signal: Signal) {
        self.sender.send_if_modified(|asked| {
            let is_first = asked.is_none();
            asked.get_or_insert(signal);
            is_first
        });
    }
}

impl Drop for ShutdownRequest {
    fn drop(&mut self) {
        self.request(Signal::Terminate);
    }
}

impl Shutdown {
    /// Starts listening to the signals of the process. Must run inside a tokio runtime.
    ///
    /// SIGHUP is left alone where it is ignored already: that is how `nohup` keeps a process.
    ///
    /// # Errors
    /// When the system does not let it listen.
    pub fn on_signals() -> anyhow::Result<Shutdown> {
        let (request, shutdown) = ShutdownRequest::new();
        let mut signals = Signals::listen()?;
        tokio::spawn(async move {
            let mut count = 0;
            loop {
                let signal = signals.next().await;
                count += 1;
                if count > 1 {
                    std::process::exit(signal.exit_status().into());
                }
                tracing::info!("stopping; once more ends the process at once");
                request.request(signal);
            }
        });
        Ok(shutdown)
    }

    /// Resolves when the end is asked for.
    pub async fn requested(&mut self) {
        // An error means the requester is gone, which asks for the end as well.
        let _ = self.requested.wait_for(Option::is_some).await;
    }

    /// What has asked for the end.
    pub fn signal(&self) -> Option<Signal> {
        *self.requested.borrow()
    }

    /// Runs `work` until it is done or the end is asked for; then `None`.
    pub async fn unless<F: std::future::Future>(&self, work: F) -> Option<F::Output> {
        let mut shutdown = self.clone();
        tokio::select! {
            output = work => Some(output),
            () = shutdown.requested() => None,
        }
    }
}

#[cfg(unix)]
struct Signals {
    /// SIGINT, as of Ctrl-C.
    interrupt: tokio::signal::unix::Signal,
    /// SIGTERM, as of a service manager.
    terminate: tokio::signal::unix::Signal,
    /// SIGHUP, as of a closed terminal; none when the process was started to ignore it.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Signals> {
        use tokio::signal::unix::{signal, SignalKind};
        let hang_up = match is_hang_up_ignored() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    async fn next(&mut self) -> Signal {
        let hang_up = async {
            match self.hang_up.as_mut() {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hang_up => Signal::HangUp,
        }
    }
}

/// Whether whoever started this process has it ignore SIGHUP; where the system does not tell, it has not.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // A mask in hex; the lowest bit is signal 1.
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> Signal {
        // An error means that there is nothing to listen to.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn work_ends_when_asked_to() {
        let (request, shutdown) = ShutdownRequest::new();
        assert_eq!(shutdown.unless(async { 7 }).await, Some(7));
        let endless = shutdown.clone();
        let task = tokio::spawn(async move { endless.unless(std::future::pending::<()>()).await });
        request.request(Signal::Interrupt);
        let ended = tokio::time::timeout(Duration::from_secs(5), task).await;
        assert_eq!(ended.unwrap().unwrap(), None);
        drop(request);
        assert_eq!(shutdown.signal(), Some(Signal::Interrupt), "the first asked");
    }

    #[test]
    fn statuses_are_those_of_shells() {
        let all = [Signal::HangUp, Signal::Interrupt, Signal::Terminate];
        assert_eq!(all.map(Signal::exit_status), [129, 130, 143]);
    }
}
