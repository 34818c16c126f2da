//! One crank for each database.
//!
//! The intents and matches of a database belong to one crank, whose input logs are on its own disk: a second one would
//! make the same matches again without their inputs. A claim stops an operator from starting it by mistake. It is taken at
//! the start and given back by the end of the process; it is no lease, and does not fence off a crank whose connection to
//! the server broke. Relays need none.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;

use crate::database::claim;
use crate::{DatabaseUrl, StoreError};

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
    /// Errors: [`StoreError::Claimed`] when another process has it, [`StoreError::Open`] or [`StoreError::Connect`] when
    /// the database cannot be reached.
    pub async fn take(url: &DatabaseUrl) -> Result<Claim, StoreError> {
        let claimed = || StoreError::Claimed {
            database: url.to_string(),
        };
        let held = match url {
            DatabaseUrl::Sqlite(path) => {
                let mut name = OsString::from(path);
                name.push(".crank");
                let path = PathBuf::from(name);
                let lock = File::create(&path).map_err(|error| StoreError::Open {
                    path,
                    source: Box::new(error),
                })?;
                lock.try_lock().map_err(|_| claimed())?;
                Held::File { _lock: lock }
            }
            DatabaseUrl::Postgres(options) => {
                let session = claim(options).await.map_err(|error| StoreError::Connect {
                    database: url.to_string(),
                    source: Box::new(error),
                })?;
                Held::Connection {
                    _session: Box::new(session.ok_or_else(claimed)?),
                }
            }
        };
        Ok(Claim { _held: held })
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}
