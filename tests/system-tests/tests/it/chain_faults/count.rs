//! What the ledger says was done to a match.

use std::collections::BTreeMap;

use client::history::{self, HistoryOptions};
use client::view::MatchView;
use client::Call;

use crate::support::world::World;

/// Asserts that each step of a settled and closed match was carried out once.
pub(crate) async fn each_once(world: &World, view: &MatchView) {
    let history = history::of_match(&world.rpc, view.address, HistoryOptions::default(), |_| {})
        .await
        .unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for item in &history.items {
        let name = match &item.call {
            Call::CreateMatch { .. } => "create".to_owned(),
            Call::InitRandomness { .. } => "init randomness".to_owned(),
            Call::Enter(_) => "enter".to_owned(),
            Call::LockMatch => "lock".to_owned(),
            Call::StartMatch { .. } => "start".to_owned(),
            Call::PostCheckpoint { index, .. } => format!("checkpoint {index}"),
            Call::SubmitResult { .. } => "result".to_owned(),
            Call::Finalize => "finalize".to_owned(),
            // By entry, its third account.
            Call::Claim => format!("claim {}", item.accounts[2]),
            Call::SweepFee => "fee".to_owned(),
            Call::Burn => "burn".to_owned(),
            // By entry, its second account.
            Call::CloseEntry => format!("close entry {}", item.accounts[1]),
            Call::CloseRandomness => "close randomness".to_owned(),
            Call::CloseMatch => "close".to_owned(),
            other => format!("{other:?}"),
        };
        *counts.entry(name).or_default() += 1;
    }
    let mut expected: Vec<String> = ["create", "init randomness", "lock", "start", "result", "finalize"]
        .map(str::to_owned)
        .to_vec();
    expected.extend((0..view.header.checkpoints_posted).map(|index| format!("checkpoint {index}")));
    expected.extend(["fee", "burn", "close randomness", "close"].map(str::to_owned));
    for name in &expected {
        assert_eq!(counts.remove(name), Some(1), "{name}: {counts:?}");
    }
    let payees = view.players().filter(|player| player.payout > 0).count();
    for (what, who) in [("claim", payees), ("close entry", view.players().count())] {
        let each: Vec<usize> = counts
            .extract_if(.., |name, _| name.starts_with(what))
            .map(|(_, count)| count)
            .collect();
        assert_eq!(each, vec![1; who], "{what}");
    }
    // What is left was the players' doing.
    let entries = ("enter".to_owned(), view.players().count());
    assert_eq!(Vec::from_iter(counts), [entries]);
}
