//! Who may run cranks on a database: one alone, or several that share their matches by leases.
//!
//! A crank alone keeps the inputs of its matches on its own disk: a second one beside it would make the same
//! matches again without them. Cranks with leases write under fences, and refuse one without. A lock stops
//! an operator from starting the wrong one by mistake. It is taken at the start and given back by the end of
//! the process; a lock on a server goes with its connection, and is taken again when the server is back. So
//! it is no lease, and fences nobody off. Relays need none.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::database::postgres::{lock, require_sessions, LockSession};
use crate::error::StoreError;
use crate::sharing::Sharing;
use crate::url::DatabaseUrl;

/// How often a lock on a server is looked after.
const KEEP_EVERY: Duration = Duration::from_secs(2);

/// The right to run a crank on a database, until it is dropped.
pub struct Lock {
    held: Held,
}

/// What the lock hangs on.
enum Held {
    File { _lock: File },
    Server(Keeper),
}

/// A task that holds the connection with the lock, and replaces it.
struct Keeper {
    task: JoinHandle<()>,
    is_held: Arc<AtomicBool>,
}

impl Lock {
    /// Takes the lock. Needs a Tokio runtime, which looks after it.
    ///
    /// Errors: [`StoreError::Locked`] when another process has one that does not bear this one,
    /// [`StoreError::Pooled`] behind a pooler that does not keep sessions, [`StoreError::NotShared`] for a
    /// file that is to be shared, [`StoreError::Open`] or [`StoreError::Connect`] when the database cannot be
    /// reached.
    pub async fn take(url: &DatabaseUrl, sharing: Sharing) -> Result<Lock, StoreError> {
        let locked = |held| StoreError::Locked {
            database: url.to_string(),
            wanted: sharing,
            held,
        };
        let held = match (url, sharing) {
            (DatabaseUrl::Sqlite(_), Sharing::Leased) => {
                return Err(StoreError::NotShared {
                    database: url.to_string(),
                })
            }
            (DatabaseUrl::Sqlite(path), Sharing::Alone) => {
                let lock = open_lock(path)?;
                lock.try_lock().map_err(|_| locked(Sharing::Alone))?;
                Held::File { _lock: lock }
            }
            (DatabaseUrl::Postgres(options), sharing) => {
                require_sessions(options, url).await?;
                let session = lock(options, sharing)
                    .await
                    .map_err(|error| StoreError::Connect {
                        database: url.to_string(),
                        source: Box::new(error),
                    })?
                    .map_err(locked)?;
                let is_held = Arc::new(AtomicBool::new(true));
                let task = keep(url.clone(), sharing, session, is_held.clone());
                Held::Server(Keeper {
                    task: tokio::spawn(task),
                    is_held,
                })
            }
        };
        Ok(Lock { held })
    }

    /// Whether the lock stands, as far as is known. Not while the server is away; and not when another crank
    /// took it meanwhile, which should not have been started.
    pub fn is_held(&self) -> bool {
        match &self.held {
            Held::File { .. } => true,
            Held::Server(keeper) => keeper.is_held.load(Ordering::SeqCst),
        }
    }
}

/// Holds the lock, and takes it again whenever the connection is lost, until somebody ends it.
async fn keep(url: DatabaseUrl, sharing: Sharing, mut session: LockSession, is_held: Arc<AtomicBool>) {
    let DatabaseUrl::Postgres(options) = url else {
        return;
    };
    loop {
        while session.is_alive().await {
            tokio::time::sleep(KEEP_EVERY).await;
        }
        is_held.store(false, Ordering::SeqCst);
        // A server that only turned read-only for a while would go on holding the old one's lock against the new one.
        drop(session);
        session = loop {
            tokio::time::sleep(KEEP_EVERY).await;
            if let Ok(Ok(session)) = lock(&options, sharing).await {
                break session;
            }
        };
        is_held.store(true, Ordering::SeqCst);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The file beside a database that its crank locks.
fn open_lock(database: &Path) -> Result<File, StoreError> {
    let mut name = OsString::from(database);
    name.push(".crank");
    let path = PathBuf::from(name);
    File::create(&path).map_err(|error| StoreError::Open {
        path,
        source: Box::new(error),
    })
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}
