//! Who may run cranks on a database: one alone, or several that share their matches by leases.
//!
//! A crank alone keeps the inputs of its matches on its own disk: a second one beside it would make the same matches again
//! without them. Cranks with leases write under fences, and refuse one without. A claim stops an operator from starting the
//! wrong one by mistake. It is taken at the start and given back by the end of the process; it is no lease, and does not
//! fence off a crank whose connection to the server broke. Relays need none.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::database::claim;
use crate::{DatabaseUrl, StoreError};

/// How a crank uses a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// No other crank may use it.
    Alone,
    /// Other cranks may, if all of them own matches by leases.
    Leased,
}

/// The right to run a crank on a database, until it is dropped.
pub struct Claim {
    _held: Held,
}

/// What the claim hangs on.
enum Held {
    File { _lock: File },
    Connection { _session: Box<sqlx::PgConnection> },
}

impl Claim {
    /// Takes the claim.
    ///
    /// Errors: [`StoreError::Claimed`] when another process has one that does not bear this one,
    /// [`StoreError::NotShared`] for a file that is to be shared, [`StoreError::Open`] or [`StoreError::Connect`] when the
    /// database cannot be reached.
    pub async fn take(url: &DatabaseUrl, sharing: Sharing) -> Result<Claim, StoreError> {
        let claimed = |held| StoreError::Claimed {
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
                lock.try_lock().map_err(|_| claimed(Sharing::Alone))?;
                Held::File { _lock: lock }
            }
            (DatabaseUrl::Postgres(options), sharing) => {
                let session = claim(options, sharing)
                    .await
                    .map_err(|error| StoreError::Connect {
                        database: url.to_string(),
                        source: Box::new(error),
                    })?;
                Held::Connection {
                    _session: Box::new(session.map_err(claimed)?),
                }
            }
        };
        Ok(Claim { _held: held })
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

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}
