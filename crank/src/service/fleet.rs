//! This crank among others: matches that become its own, matches it loses, and when it makes none.

use std::path::Path;
use std::time::Duration;

use bus::SharedLease;
use protocol::MatchKey;

use super::driver::Driver;
use super::flow::{Flow, Stage, Tenure};
use crate::cluster::claims::Owned;
use crate::cluster::maker;
use crate::matchmaking::Known;

/// A match that cannot be run here is left to other cranks for this long.
const LEFT_FOR: Duration = Duration::from_secs(10);

/// The name of the file in the data folder that says: make no new matches, and end when everything is paid.
pub(super) const DRAIN_ORDER: &str = "drain";

impl Driver {
    /// A match is ours from now on.
    pub(super) fn owned(&mut self, owned: Owned) {
        let Owned { record, lease, alone } = owned;
        let key = MatchKey(record.match_key);
        let tenure = self.tenure(lease, alone);
        self.flows.insert(key, Flow::new(record, Some(tenure)));
        self.load(key);
        self.watch_accounts();
    }

    /// A match is somebody else's from now on: its ticks stop here, and nothing of it is written any more.
    pub(super) fn lost(&mut self, key: MatchKey) {
        tracing::warn!(match_key = %key, "another crank owns the match now");
        // It may be on no thread.
        let _ = self.workers.release(key);
        self.workers.forget(key);
        if let Some(mut flow) = self.flows.remove(&key) {
            // The export ends first: the match leaves this bus, and not the cluster.
            if let Some(link) = &mut flow.link {
                link.export = None;
            }
            self.bus.remove_match(&key);
        }
    }

    /// A match that cannot be run here may be run by a crank that has its log.
    pub(super) fn leave_to_others(&mut self, key: MatchKey) {
        if let Some(claims) = &self.claims {
            claims.release(key, false, Some(LEFT_FOR));
            self.lost(key);
        }
    }

    /// Gives up matches that run on here although nothing of them can become durable, so that somebody else, or this crank
    /// anew, takes them up.
    pub(super) fn give_up_the_fenced(&mut self) {
        let fenced: Vec<MatchKey> = self
            .flows
            .iter()
            .filter(|(_, flow)| flow.tenure.is_some() && flow.stage == Stage::Running)
            .filter(|(_, flow)| flow.sync.as_ref().is_some_and(|sync| sync.is_fenced()))
            .map(|(key, _)| *key)
            .collect();
        for key in fenced {
            if let Some(claims) = &self.claims {
                claims.release(key, false, None);
            }
            self.lost(key);
        }
    }

    pub(super) fn tenure(&self, lease: SharedLease, alone: bool) -> Tenure {
        let store = &self.tools.carrier.store;
        Tenure {
            store: store.fenced(lease.match_key().0, lease.handle()),
            lease,
            alone,
        }
    }

    /// What matchmaking must know: own matches, and those of other cranks. `None` while another crank is to make the next
    /// match.
    pub(super) fn known_everywhere(&self, own: Vec<Known>) -> Option<Vec<Known>> {
        let Some(claims) = &self.claims else {
            return Some(own);
        };
        let world = claims.world.borrow();
        // Numbers reach the chain in order.
        if !world.my_turn || world.others.iter().any(maker::is_creating) {
            return None;
        }
        let others = world.others.iter().filter_map(maker::known);
        Some(own.into_iter().chain(others).collect())
    }

    pub(super) fn drain(&mut self) {
        self.draining = true;
        if let Some(claims) = &self.claims {
            claims.drain();
        }
    }

    /// An operator may have ordered to drain.
    pub(super) fn look_for_drain_order(&mut self) {
        if !self.draining && self.tools.config.data_dir.join(Path::new(DRAIN_ORDER)).exists() {
            tracing::info!("ordered to drain: no new matches, and the end when everything is paid");
            self.drain();
        }
    }

    /// Tells the feed which accounts matter.
    pub(super) fn watch_accounts(&self) {
        let watched = self
            .flows
            .keys()
            .map(|key| anchor_lang::prelude::Pubkey::new_from_array(key.0))
            .collect();
        self.feed.watch(watched);
    }
}
