//! Every statement is prepared by both databases, over tables made by the real migrations: a wrong column,
//! table, type or a syntax that one of them does not know fails here, before anything is run.

use std::collections::BTreeMap;

use sqlx::{Column, Either, Executor, PgConnection, Row as _, SqliteConnection, TypeInfo};

use crate::database::statement::{Access, Statement};
use crate::database::{postgres, sqlite};
use crate::rooms::statements;
use crate::url::DatabaseUrl;

/// What a database says about a statement.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    parameters: usize,
    /// Name and type, in the words of this program.
    columns: Vec<(String, &'static str)>,
}

/// The types a value can have, by the names both databases give them. SQLite has no truth values: they are
/// integers, and what it computes itself it does not type before it runs.
fn kind(type_name: &str) -> &'static str {
    match type_name {
        "INT8" | "INTEGER" | "BOOL" | "NULL" => "number",
        "TEXT" => "text",
        "BYTEA" | "BLOB" => "bytes",
        other => panic!("{other} is a type that a value cannot have"),
    }
}

fn columns<C: Column>(columns: &[C]) -> Vec<(String, &'static str)> {
    columns
        .iter()
        .map(|column| (column.name().to_owned(), kind(column.type_info().name())))
        .collect()
}

async fn shape_on_sqlite(connection: &mut SqliteConnection, statement: &Statement) -> Shape {
    let told = connection.describe(statement.sqlite()).await.unwrap();
    let Some(Either::Right(parameters)) = told.parameters else {
        panic!("SQLite counts parameters")
    };
    Shape {
        parameters,
        columns: columns(&told.columns),
    }
}

async fn shape_on_postgres(connection: &mut PgConnection, statement: &Statement) -> Shape {
    let told = connection.describe(statement.postgres()).await.unwrap();
    let Some(Either::Left(parameters)) = told.parameters else {
        panic!("PostgreSQL types parameters")
    };
    for parameter in &parameters {
        kind(parameter.name());
    }
    Shape {
        parameters: parameters.len(),
        columns: columns(&told.columns),
    }
}

async fn sqlite_of_the_migrations() -> (tempfile::TempDir, sqlite::Pools) {
    let folder = tempfile::tempdir().unwrap();
    let pools = sqlite::open(&folder.path().join("check.db")).await.unwrap();
    (folder, pools)
}

async fn postgres_of_the_migrations() -> sqlx::PgPool {
    let url: DatabaseUrl = test_postgres::database().parse().unwrap();
    let DatabaseUrl::Postgres(options) = &url else {
        panic!("{url} is no PostgreSQL")
    };
    postgres::open(options, &url).await.unwrap()
}

#[tokio::test]
async fn every_statement_is_understood_alike_by_both_databases() {
    let (_folder, pools) = sqlite_of_the_migrations().await;
    let mut sqlite = pools.read.acquire().await.unwrap();
    let mut postgres = postgres_of_the_migrations().await.acquire().await.unwrap();
    let statements = statements();
    assert!(statements.len() > 35, "a room's statements are not in the list");
    for (room, name, statement) in statements {
        let (ours, theirs) = (
            shape_on_sqlite(&mut sqlite, statement).await,
            shape_on_postgres(&mut postgres, statement).await,
        );
        assert_eq!(ours, theirs, "{room}::{name}");
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_indexes() {
    type Tables = BTreeMap<String, Vec<(String, bool)>>;
    let mut ours = Tables::new();
    let (_folder, pools) = sqlite_of_the_migrations().await;
    let rows = sqlx::query(
        "SELECT t.name, c.name, c.\"notnull\" OR (c.pk > 0) FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY c.cid",
    )
    .fetch_all(&pools.read)
    .await
    .unwrap();
    for row in rows {
        ours.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }

    let mut theirs = Tables::new();
    let pool = postgres_of_the_migrations().await;
    let rows = sqlx::query(
        "SELECT table_name::text, column_name::text, is_nullable = 'NO' FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY ordinal_position",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for row in rows {
        theirs
            .entry(row.get(0))
            .or_default()
            .push((row.get(1), row.get(2)));
    }
    assert!(ours.len() >= 10, "{ours:?}");
    assert_eq!(ours, theirs);

    let ours: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .fetch_all(&pools.read)
    .await
    .unwrap();
    let theirs: Vec<String> = sqlx::query_scalar(
        "SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'
         AND indexname NOT LIKE '%\\_key' ORDER BY indexname COLLATE \"C\"",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(ours, theirs);
}

/// Cranks list the unfinished matches again and again, beside all those that are over.
#[tokio::test]
async fn unfinished_matches_are_found_by_their_index() {
    let (_folder, pools) = sqlite_of_the_migrations().await;
    let pool = postgres_of_the_migrations().await;
    let mut found = 0;
    for (_, name, statement) in statements() {
        if !name.starts_with("UNFINISHED") {
            continue;
        }
        found += 1;
        let plan = sqlx::query(&format!("EXPLAIN QUERY PLAN {}", statement.sqlite()))
            .fetch_all(&pools.read)
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert_eq!(plan, ["SCAN matches USING INDEX matches_unfinished"], "{name}");
        // A table without rows is read as a whole unless that is forbidden.
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("SET enable_seqscan = off").await.unwrap();
        let plan: Vec<String> = sqlx::query_scalar(&format!("EXPLAIN {}", statement.postgres()))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert!(
            plan.join("\n").contains("Scan using matches_unfinished")
                || plan.join("\n").contains("Scan on matches_unfinished"),
            "{name}: {plan:?}"
        );
    }
    assert_eq!(found, 2);
}

/// Where a write goes around `fence`, a crank that lost its match could still do it.
#[test]
fn rooms_write_nothing_around_the_fence() {
    let mut checked = 0;
    for (room, name, statement) in statements() {
        // The fence's own is the check, and the condition of RAISE_FENCE is the fence.
        if statement.access() == Access::Read || room == "fence" || name == "RAISE_FENCE" {
            continue;
        }
        let path = format!("{}/src/rooms/{room}.rs", env!("CARGO_MANIFEST_DIR"));
        let text: String = std::fs::read_to_string(&path).unwrap();
        let text: String = text.split_whitespace().collect();
        assert!(
            !text.contains("database.begin("),
            "{path} begins a transaction of its own"
        );
        for way in ["execute", "row", "rows"] {
            assert!(
                !text.contains(&format!("database.{way}({name},")),
                "{path} runs {name}"
            );
        }
        checked += 1;
    }
    assert!(checked > 15, "statements that write are not in the list");
}

#[test]
fn rooms_run_nothing_that_is_not_checked_here() {
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rooms")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains("sqlx"),
            "{} goes around the list of statements",
            path.display()
        );
    }
}
