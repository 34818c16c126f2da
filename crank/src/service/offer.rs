//! Offering a result to its players, and what they answered.

use std::sync::Arc;

use client::view::MatchStatus;
use protocol::{Cluster, MatchKey, PublicKey};

use super::driver::{spawn, Driver};
use super::jobs::Done;
use crate::cosign::{Offering, Outcome, Terms, PATIENCE, WINDOW_SLOTS};
use crate::publish;

impl Driver {
    /// Offers the last state of a match to its players as soon as the arena stands still, while they are connected: by
    /// the time the result is on chain, their signatures may be here.
    pub(super) fn proceed_offer(&mut self, key: MatchKey) {
        let slot = self.slot;
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| !flow.offered) else {
            return;
        };
        let (Some(end), Some(link), Some(view)) = (&flow.end, &flow.link, &flow.view) else {
            return;
        };
        let open = matches!(view.status, MatchStatus::Live | MatchStatus::Proposed);
        if !open || slot == 0 || !publish::knows_all(view, &flow.entries) {
            return;
        }
        flow.offered = true;
        let terms = Terms {
            cluster: Cluster(view.header.cluster),
            program: PublicKey(client::PROGRAM_ID.to_bytes()),
            slot,
            window_slots: WINDOW_SLOTS,
        };
        let players = &link.publisher.detail().players;
        match Offering::begin(&link.publisher, end.state.clone(), players, terms) {
            Ok(offering) => spawn(&mut self.jobs, flow.tag(), async move {
                Done::Cosigned(key, offering.collect(PATIENCE).await)
            }),
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "the result cannot be offered to its players; the challenge window applies");
            }
        }
    }

    /// Keeps what everybody signed; otherwise the challenge window applies.
    pub(super) fn cosigned(&mut self, key: MatchKey, outcome: Outcome) -> Option<MatchKey> {
        let flow = self.flows.get_mut(&key)?;
        let result = match outcome {
            Outcome::Complete(cosigned) => {
                flow.cosigned = Some(Arc::new(cosigned));
                "complete"
            }
            Outcome::Incomplete { missing } => {
                tracing::info!(match_key = %key, ?missing, "not everybody signed the result; the challenge window applies");
                "incomplete"
            }
            Outcome::Withdrawn => "withdrawn",
        };
        metrics::counter!("aurelius_cosigned_results_total", "outcome" => result).increment(1);
        Some(key)
    }
}
