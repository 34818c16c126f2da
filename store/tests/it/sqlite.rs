//! The behavioural suite over the SQLite backend, and what only a file can get wrong.

use crate::suite;
use store::{DatabaseUrl, IntentKind, Lock, Sharing, Store, StoreError};

async fn fresh(folder: &tempfile::TempDir) -> Store {
    Store::open_sqlite(&folder.path().join("aurelius.db"))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behaves_like_a_store() {
    let folder = tempfile::tempdir().unwrap();
    suite::run(&fresh(&folder).await).await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let before = fresh(&folder).await;
    let intent = before
        .intents
        .enqueue(&[7; 32], IntentKind::Lock, 1)
        .await
        .unwrap();
    before.matches.insert(&suite::match_record(9)).await.unwrap();
    drop(before);
    let after = fresh(&folder).await;
    assert_eq!(after.intents.open().await.unwrap(), vec![intent]);
    assert_eq!(
        after.matches.get(&suite::key(9)).await.unwrap(),
        Some(suite::match_record(9))
    );
}

#[tokio::test]
async fn two_handles_on_one_file_do_not_lose_updates() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (fresh(&folder).await, fresh(&folder).await);
    let write = |store: Store, from: u32| async move {
        for index in from..from + 20 {
            store
                .intents
                .enqueue(&[1; 32], IntentKind::Checkpoint(index), 0)
                .await
                .unwrap();
        }
    };
    tokio::join!(write(one.clone(), 0), write(two, 10));
    assert_eq!(one.intents.open().await.unwrap().len(), 30);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent").join("aurelius.db");
    let error = Store::open_sqlite(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("absent"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aurelius.db");
    std::fs::write(&path, vec![0x55; 4096]).unwrap();
    let error = Store::open_sqlite(&path).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Open { .. } | StoreError::Migrate { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_address_opens_the_file_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("named.db");
    let url: DatabaseUrl = format!("sqlite:{}", path.display()).parse().unwrap();
    Store::open(&url).await.unwrap();
    assert!(path.is_file());
}

#[tokio::test]
async fn a_file_is_claimed_by_one_crank_and_cannot_be_shared() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("aurelius.db"));
    let lock = Lock::take(&url, Sharing::Alone).await.unwrap();
    let error = Lock::take(&url, Sharing::Alone).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    drop(lock);
    Lock::take(&url, Sharing::Alone).await.unwrap();
    let error = Lock::take(&url, Sharing::Leased).await.unwrap_err();
    assert!(matches!(error, StoreError::NotShared { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains(&url.to_string()) && text.contains("several cranks need PostgreSQL"),
        "{text}"
    );
}
