//! Whether every promise was kept: acked inputs are in the match, the ledger holds each step once, the
//! verifier agrees, and the money is exact.
//!
//! Believes the chain, and what players were told; a replay file is only a claim that is held against both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use client::history::{self, HistoryOptions};
use client::view::{MatchStatus, MatchView};
use protocol::replay::Replay;
use protocol::MatchKey;

use crate::crowd::{Ack, Crowd};
use crate::installation::Installation;

/// Steps that every settled match takes exactly once.
const ONCE: [&str; 7] = [
    "MatchCreated",
    "MatchLocked",
    "MatchStarted",
    "ResultSubmitted",
    "MatchSettled",
    "FeeSwept",
    "Burned",
];

/// What an audit found.
#[derive(Debug, Default)]
pub struct Audit {
    /// Matches that were looked at.
    pub matches: usize,
    /// Checkpoints that the verifier recomputed.
    pub checkpoints: usize,
    /// Acks that were found in a replay, signed.
    pub acks: usize,
    /// What is not as it must be, one sentence each.
    pub wrong: Vec<String>,
}

impl Audit {
    /// Waits until every match that was entered is over and paid, then looks at everything.
    ///
    /// # Panics
    /// When a match is not paid in time, and when something is wrong.
    pub async fn pass(installation: &Installation, crowd: &Crowd, patience: Duration) -> Audit {
        crowd.close_the_door();
        let matches = paid(installation, crowd, patience).await;
        let mut audit = Audit {
            matches: matches.len(),
            ..Audit::default()
        };
        let acks: Vec<Ack> = crowd.seen().acks.clone();
        for view in &matches {
            audit.look_at(installation, view, &acks).await;
        }
        audit.wrong.extend(installation.town.audit(&matches).await);
        audit.look_at_intents(installation).await;
        assert!(
            audit.wrong.is_empty(),
            "{}\n{}",
            audit.wrong.join("\n"),
            crowd.describe()
        );
        audit
    }

    async fn look_at(&mut self, installation: &Installation, view: &MatchView, acks: &[Ack]) {
        let key = MatchKey(view.address.to_bytes());
        let mine: Vec<&Ack> = acks.iter().filter(|ack| ack.match_key == key).collect();
        if view.status != MatchStatus::Settled {
            self.wrong.push(format!("match {key} ended as {:?}", view.status));
            return;
        }
        let Some(replay) = replay_of(installation, &key).await else {
            self.wrong.push(format!("match {key} has no replay file"));
            return;
        };
        let record =
            match verifier::read::from_chain(&installation.town.rpc, view.address, Some(&replay), |_| {})
                .await
            {
                Ok(record) => record,
                Err(error) => {
                    self.wrong
                        .push(format!("match {key} cannot be read from the ledger: {error}"));
                    return;
                }
            };
        let verdict = verifier::verify(&record, |_| {});
        if !verdict.ok {
            self.wrong.push(format!("match {key}: {verdict}"));
        }
        self.checkpoints += record.checkpoints.len();
        self.look_at_acks(&key, &replay, &mine);
        self.look_at_ledger(installation, view).await;
    }

    /// Every input that a player was told is accepted has its tick in the replay, which the verifier has held
    /// against the ledger.
    fn look_at_acks(&mut self, key: &MatchKey, replay: &Replay, acks: &[&Ack]) {
        let kept: BTreeSet<Kept> = replay
            .inputs
            .iter()
            .map(|input| {
                let signed = &input.signed.input;
                (signed.slot.0, signed.sequence, input.tick.0 + 1)
            })
            .collect();
        match arena::State::from_bytes(&replay.final_state) {
            Ok(state) => {
                let (found, wrong) = compare(&kept, state.tick(), acks);
                self.acks += found;
                self.wrong
                    .extend(wrong.into_iter().map(|what| format!("match {key}: {what}")));
            }
            Err(error) => self
                .wrong
                .push(format!("match {key}: the final state: {error:?}")),
        }
    }

    /// The ledger holds each step exactly once.
    async fn look_at_ledger(&mut self, installation: &Installation, view: &MatchView) {
        let options = HistoryOptions::default();
        let items = match history::of_match(&installation.town.rpc, view.address, options, |_| {}).await {
            Ok(history) => history.items,
            Err(error) => {
                self.wrong
                    .push(format!("the ledger of {}: {error}", view.address));
                return;
            }
        };
        let names: Vec<&str> = items
            .iter()
            .flat_map(|item| &item.events)
            .map(client::Event::name)
            .collect();
        let mut expect = |name: &str, expected: usize| {
            let found = names.iter().filter(|other| **other == name).count();
            if found != expected {
                self.wrong.push(format!(
                    "{}: {found} times {name} instead of {expected}",
                    view.address
                ));
            }
        };
        ONCE.into_iter().for_each(|name| expect(name, 1));
        expect("CheckpointPosted", view.header.checkpoints_posted as usize);
        expect(
            "Claimed",
            view.players().filter(|player| player.payout > 0).count(),
        );
        // What cranks sent, they had written before: a transaction that no intent knows was sent by one that
        // no longer owned the match.
        let known = installation.sql(&format!(
            "SELECT DISTINCT encode(signature, 'hex') FROM intents WHERE match_key = '\\x{}' AND signature IS NOT NULL",
            hex::encode(view.address.to_bytes())
        ));
        let known: BTreeSet<&str> = known.lines().collect();
        let mut strangers = BTreeSet::new();
        for item in &items {
            let is_entry = item
                .events
                .iter()
                .any(|event| client::Event::name(event) == "Entered");
            let text = hex::encode(item.signature.as_ref());
            if !is_entry && !known.contains(&*text) {
                strangers.insert(format!("{:?}", item.signature));
            }
        }
        if !strangers.is_empty() {
            self.wrong.push(format!(
                "{}: on the ledger and in no intent: {strangers:?}",
                view.address
            ));
        }
    }

    /// Nothing is left in doubt.
    async fn look_at_intents(&mut self, installation: &Installation) {
        let begun = Instant::now();
        loop {
            let open = installation.sql("SELECT count(*) FROM intents WHERE state IN ('sent', 'unknown')");
            if open == "0" {
                break;
            }
            if begun.elapsed() > Duration::from_secs(60) {
                self.wrong
                    .push(format!("the fate of {open} transactions is not known"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// An accepted input: player slot, sequence, tick.
type Kept = (u8, u32, u32);

/// How many acks are kept, and what is not as players were told. What was to take effect after the last tick
/// never did.
fn compare(kept: &BTreeSet<Kept>, last_tick: u32, acks: &[&Ack]) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let mut found = 0;
    let mut told: BTreeMap<(u8, u32), u32> = BTreeMap::new();
    for ack in acks {
        let before = told.insert((ack.slot, ack.sequence), ack.tick);
        if before.is_some_and(|tick| tick != ack.tick) {
            wrong.push(format!(
                "one input was acked at two ticks: {before:?} and {ack:?}"
            ));
        }
        if kept.contains(&(ack.slot, ack.sequence, ack.tick)) {
            found += 1;
        } else if ack.tick <= last_tick {
            wrong.push(format!("acked and lost: {ack:?}"));
        }
    }
    (found, wrong)
}

/// Waits until all that was entered is paid.
async fn paid(installation: &Installation, crowd: &Crowd, patience: Duration) -> Vec<MatchView> {
    let begun = Instant::now();
    loop {
        let matches: Vec<MatchView> = installation
            .town
            .matches()
            .await
            .expect("the chain answers the test")
            .into_iter()
            .filter(|view| view.header.slots_used > 0)
            .collect();
        let is_paid = |view: &MatchView| {
            matches!(
                view.status,
                MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided
            ) && view.header.owed == 0
        };
        if !matches.is_empty() && matches.iter().all(is_paid) {
            return matches;
        }
        assert!(
            begun.elapsed() < patience,
            "not everything is paid after {patience:?}; {}",
            crowd.describe()
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// The replay file of a match: out of the data directory of whichever crank ended it, or from a relay.
async fn replay_of(installation: &Installation, key: &MatchKey) -> Option<Replay> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        let paths = installation
            .data_dirs()
            .into_iter()
            .map(|dir| dir.join("replays").join(format!("{key}.replay")));
        for path in paths.filter(|path: &PathBuf| path.exists()) {
            if let Some(replay) = std::fs::read(path)
                .ok()
                .and_then(|bytes| Replay::read(&bytes).ok())
            {
                return Some(replay);
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_that_is_not_in_the_match_is_found() {
        let ack = |sequence, tick| Ack {
            match_key: MatchKey([1; 32]),
            slot: 0,
            sequence,
            tick,
            at_ms: 0,
            latency_us: 0,
        };
        let kept = BTreeSet::from([(0, 1, 10), (0, 2, 20)]);
        let check = |acks: &[Ack], found, wrong: &[&str]| {
            let acks: Vec<&Ack> = acks.iter().collect();
            let (found_now, wrong_now) = compare(&kept, 100, &acks);
            assert_eq!(
                (found_now, wrong_now.len()),
                (found, wrong.len()),
                "{wrong_now:?}"
            );
            for (sentence, part) in wrong_now.iter().zip(wrong) {
                assert!(sentence.contains(part), "{sentence}");
            }
        };
        check(&[ack(1, 10), ack(2, 20)], 2, &[]);
        check(&[ack(1, 10), ack(3, 30)], 1, &["acked and lost"]);
        check(&[ack(1, 11)], 0, &["acked and lost"]);
        check(&[ack(1, 10), ack(1, 12)], 1, &["at two ticks", "acked and lost"]);
        // It was to take effect after the match's end.
        check(&[ack(3, 101)], 0, &[]);
    }
}
