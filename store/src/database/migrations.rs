//! The migrations of both databases, compiled in by `build.rs`.
//!
//! The macro of sqlx that does the same compiles every database driver a second time, for the compiler's own use.

use std::future::Future;
use std::pin::Pin;

use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};

/// `(version, description, SQL)` of each, in order.
#[derive(Debug)]
pub(super) struct Embedded(&'static [(i64, &'static str, &'static str)]);

pub(super) const SQLITE: Embedded = Embedded(include!(concat!(env!("OUT_DIR"), "/sqlite_migrations.rs")));
pub(super) const POSTGRES: Embedded = Embedded(include!(concat!(env!("OUT_DIR"), "/postgres_migrations.rs")));

impl Embedded {
    /// What applies those that a database lacks, each in a transaction of its own.
    pub(super) async fn migrator(self) -> Result<Migrator, MigrateError> {
        Migrator::new(self).await
    }
}

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send>> {
        let migration = |(version, description, sql): &(i64, &'static str, &'static str)| {
            Migration::new(
                *version,
                (*description).into(),
                MigrationType::Simple,
                (*sql).into(),
                false,
            )
        };
        let all = self.0.iter().map(migration).collect();
        Box::pin(std::future::ready(Ok(all)))
    }
}
