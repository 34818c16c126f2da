//! Ctrl-C and SIGTERM: the first asks everything to end, the second ends the process.

use tokio::sync::watch;

/// Exit status of an interrupted process, as shells report SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Says when to end. Cheap to clone.
#[derive(Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
}

/// Asks for the end; dropping it asks too.
pub struct ShutdownRequest {
    sender: watch::Sender<bool>,
}

impl ShutdownRequest {
    /// A pair that no signal drives.
    pub fn new() -> (ShutdownRequest, Shutdown) {
        let (sender, requested) = watch::channel(false);
        (ShutdownRequest { sender }, Shutdown { requested })
    }

    /// Asks for the end.
    pub fn request(&self) {
        self.sender.send_replace(true);
    }
}

impl Drop for ShutdownRequest {
    fn drop(&mut self) {
        self.request();
    }
}

impl Shutdown {
    /// Starts listening to the signals of the process. Must run inside a tokio runtime.
    pub fn on_signals() -> anyhow::Result<Shutdown> {
        let (request, shutdown) = ShutdownRequest::new();
        #[cfg(unix)]
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::spawn(async move {
            let mut count = 0;
            loop {
                #[cfg(unix)]
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
                #[cfg(not(unix))]
                let _ = tokio::signal::ctrl_c().await;
                count += 1;
                if count > 1 {
                    std::process::exit(EXIT_INTERRUPTED);
                }
                tracing::info!("stopping; once more ends the process at once");
                request.request();
            }
        });
        Ok(shutdown)
    }

    /// Resolves when the end is asked for.
    pub async fn requested(&mut self) {
        // An error means the requester is gone, which asks for the end as well.
        let _ = self.requested.wait_for(|requested| *requested).await;
    }

    /// Whether the end is asked for.
    pub fn is_requested(&self) -> bool {
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
        request.request();
        let ended = tokio::time::timeout(Duration::from_secs(5), task).await;
        assert_eq!(ended.unwrap().unwrap(), None);
        assert!(shutdown.is_requested());
    }
}
