//! The handle on every room.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::Arc;

use crate::bans::Bans;
use crate::database::Database;
use crate::error::StoreError;
use crate::history::{History, MatchFilter};
use crate::intents::Intents;
use crate::matches::Matches;
use crate::rooms::fence::Rooms;
use crate::types::Key;
use crate::url::DatabaseUrl;

/// A handle on every room. Cloning shares the same database.
#[derive(Clone)]
pub struct Store {
    /// What the crank wants to do on chain.
    pub intents: Arc<dyn Intents>,
    /// The operator's own view of its matches.
    pub matches: Arc<dyn Matches>,
    /// What the public may read.
    pub history: Arc<dyn History>,
    /// Wallets that may not play, and the flags that led there.
    pub bans: Arc<dyn Bans>,
    /// The same rooms again, to make further handles of.
    rooms: Arc<Rooms>,
}

impl Store {
    /// Opens the database and brings its tables up to date. A SQLite file is created if absent; a database in
    /// a PostgreSQL server must exist.
    ///
    /// Errors: [`StoreError::Open`] names the file, [`StoreError::Connect`] the server;
    /// [`StoreError::Migrate`] if the tables are newer than this program or cannot be upgraded. None shows a
    /// password.
    pub async fn open(url: &DatabaseUrl) -> Result<Store, StoreError> {
        Ok(Store::over(Rooms::new(Database::open(url).await?)))
    }

    /// Opens the SQLite file at `path`, as [`open`](Self::open).
    pub async fn open_sqlite(path: &Path) -> Result<Store, StoreError> {
        Store::open(&DatabaseUrl::Sqlite(path.to_owned())).await
    }

    /// A handle for the crank that owns `match_key` under `token`, on the same connections. Each of its
    /// writes is one transaction that first checks, and holds until it ends, that the fence of the match is
    /// the token's value of this moment; so a [`Matches::raise_fence`] comes wholly before it or wholly
    /// after. Reads are as ever, and so is [`Matches::raise_fence`], which has a condition of its own. Of a
    /// fenced handle: the new fence takes the place of the old one.
    ///
    /// A write fails with [`StoreError::Fenced`] when token and fence differ, [`StoreError::OtherMatch`] when
    /// it is about another match, and [`StoreError::NoMatch`] when there is no such match; then nothing was
    /// written.
    pub fn fenced(&self, match_key: Key, token: Arc<AtomicU64>) -> Store {
        Store::over(self.rooms.fenced(match_key, token))
    }

    /// Whether the database can be read, and written on: for health checks.
    ///
    /// Errors: [`StoreError::NoRoom`] when its disk is full, and those of reading.
    pub async fn check(&self) -> Result<(), StoreError> {
        let newest = MatchFilter {
            limit: 1,
            ..MatchFilter::default()
        };
        self.history.matches(&newest).await?;
        self.rooms.database.check_room().await
    }

    fn over(rooms: Rooms) -> Store {
        let rooms = Arc::new(rooms);
        Store {
            intents: rooms.clone(),
            matches: rooms.clone(),
            history: rooms.clone(),
            bans: rooms.clone(),
            rooms,
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
