//! The database of a crank, opened beside it: to read, and to lift bans.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use store::{DatabaseUrl, Store};

use crate::config::DatabaseArgs;
use crate::failure::{Advise, ConfigError};
use crate::serving::{database_in, DATABASE};

/// Where the crank keeps its memory. A running crank is not disturbed.
#[derive(Debug, Clone, Args)]
pub(super) struct MemoryArgs {
    /// Data directory of the crank
    #[arg(
        long,
        env = "AURELIUS_DATA_DIR",
        value_name = "DIR",
        default_value = ".aurelius/crank"
    )]
    pub data_dir: PathBuf,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

impl MemoryArgs {
    /// Opens it. Errors when no crank has left a database there: a new one would answer everything with
    /// nothing.
    pub(super) async fn open(&self) -> Result<Store> {
        let database = match self.database.resolve()? {
            Some(database) => database,
            None => DatabaseUrl::Sqlite(database_in(&self.data_dir)),
        };
        if let DatabaseUrl::Sqlite(file) = &database {
            if !file.is_file() {
                return Err(ConfigError::new(
                    "AURELIUS_DATA_DIR (or --data-dir)",
                    format!(
                        "leads to {}, and no crank has left a database there",
                        file.display()
                    ),
                    format!("AURELIUS_DATA_DIR=.aurelius/crank, where {DATABASE} is, or give DATABASE_URL"),
                )
                .into());
            }
        }
        Store::open(&database)
            .await
            .advise("choose another with DATABASE_URL (or --database-url)")
    }
}
