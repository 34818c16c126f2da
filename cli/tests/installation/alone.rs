//! One crank that serves players itself, killed again and again: the embedded installation under the same
//! audit as the cluster.

use std::time::Duration;

use test_installation::crowd::quantiles;
use test_installation::{Audit, Crowd, CrowdConfig, Installation, InstallationConfig};

use crate::ONE_AT_A_TIME;

/// Longest wait for anything, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_is_killed_loses_nothing_that_was_acked() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let config = InstallationConfig {
        redis: false,
        ..InstallationConfig::new(env!("CARGO_BIN_EXE_aurelius"))
    };
    let mut installation = Installation::start(config).await;
    installation.start_crank("crank").await;
    let crowd = Crowd::gather(
        &installation,
        CrowdConfig {
            watchers: 20,
            players: 3,
            hunt: true,
            ..CrowdConfig::default()
        },
    );
    crowd
        .until("acks of a live match", PATIENCE, |crowd| {
            crowd.seen().acks.len() >= 20
        })
        .await;
    let killed_ms = crowd.now_ms();
    let match_key = crowd.ticking()[0];
    installation.kill("crank");
    installation.start_crank("crank").await;
    crowd
        .until("moves after the restart", PATIENCE, |crowd| {
            crowd.seen().acks.iter().any(|ack| ack.at_ms > killed_ms + 200)
        })
        .await;
    let holes = crowd.seen().holes_ms(&match_key, killed_ms, crowd.now_ms());
    println!(
        "holes after the kill, ms: {:?} of {} clients",
        quantiles(&holes),
        holes.len()
    );
    let audit = Audit::pass(&installation, &crowd, PATIENCE).await;
    println!("{audit:?}; {}", crowd.describe());
    assert!(audit.acks >= 20 && audit.checkpoints > 0);
}
