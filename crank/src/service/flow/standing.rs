//! How a match stands, for those who count: what is paid, what is owed, what is open, what is not known.

use client::view::MatchStatus;
use store::{IntentKind, MatchPhase};

use super::arena::Stage;
use super::books::Missed;
use super::whole::Flow;
use crate::config::MatchTemplate;
use crate::matchmaking::Known;
use crate::publish::Missing;

impl Flow {
    /// Whether everything is paid out or back, as far as the chain allows.
    pub(crate) fn is_paid_out(&self) -> bool {
        if self.record.phase.is_final() {
            return true;
        }
        let Some(view) = self.view() else {
            return false;
        };
        match view.status {
            MatchStatus::Settled => {
                view.header.fee_swept == 1
                    && view.header.burn_done == 1
                    && view.players().all(|player| player.claimed || player.payout == 0)
            }
            MatchStatus::Cancelled | MatchStatus::Voided => {
                view.header.owed == 0 && !view.header.slash_outstanding()
            }
            _ => false,
        }
    }

    /// Whether nothing is left but payments that only their recipients can make possible again.
    pub(crate) fn is_at_rest(&self) -> bool {
        let refused = |kind: IntentKind| self.sends.is_refused(kind);
        let rest = self.view().is_some_and(|view| match view.status {
            MatchStatus::Settled => {
                let mut owed = view
                    .players()
                    .filter(|player| player.payout > 0 && !player.claimed);
                view.header.fee_swept == 1
                    && view.header.burn_done == 1
                    && owed.all(|player| refused(IntentKind::Claim(player.index)))
            }
            MatchStatus::Cancelled | MatchStatus::Voided => {
                let header = &view.header;
                let mut owed = view
                    .players()
                    .filter(|player| !player.refunded && !player.claimed);
                let mut shares = view
                    .players()
                    .filter(|player| view.compensation(player) > 0 && !player.compensated);
                let award = header.award > 0 && header.award_paid == 0;
                !header.slash_outstanding()
                    && owed.all(|player| refused(IntentKind::Refund(player.index)))
                    && shares.all(|player| refused(IntentKind::Compensate(player.index)))
                    && (!award || refused(IntentKind::PayAward))
            }
            _ => false,
        });
        rest || self.is_paid_out()
    }

    /// Whether outcome and replay are written, or there are none.
    pub(crate) fn is_on_record(&self) -> bool {
        let settled = self.has_status(MatchStatus::Settled);
        !settled || self.books.is_recorded() || matches!(self.arena.stage, Stage::Failed(_))
    }

    /// Whether it existed, and everything is paid out or back.
    pub(crate) fn was_played_or_refunded(&self) -> bool {
        self.record.phase != MatchPhase::Abandoned && self.is_paid_out()
    }

    /// Money in the vault that is not the operator's.
    pub(crate) fn owed(&self) -> u64 {
        self.view().map_or(0, |view| view.header.owed)
    }

    /// As matchmaking sees it; `None` for what does not concern it any more.
    pub(crate) fn known(&self) -> Option<Known> {
        if self.is_at_rest() {
            return None;
        }
        let record = &self.record;
        let rules = arena::Rules::from_bytes(&record.rules).ok()?;
        let there = !self.account.is_missing();
        Some(Known {
            template: MatchTemplate {
                rules,
                mint: anchor_lang::prelude::Pubkey::new_from_array(record.mint),
                stake_per_warrior: record.stake_per_warrior,
                players_max: record.players_max,
                warriors_max: record.warriors_max,
            },
            scheduled_slot: record.scheduled_slot,
            open: record.phase == MatchPhase::Creating || (record.phase == MatchPhase::Open && there),
        })
    }

    /// Steps of somebody else whose transactions nobody looked for yet.
    pub(crate) fn missing(&self) -> Vec<(Missed, Missing)> {
        let Some(view) = self.view() else {
            return Vec::new();
        };
        let header = &view.header;
        let (own, slot) = match view.status {
            MatchStatus::Locked => (IntentKind::Lock, header.locked_slot),
            MatchStatus::Live => (IntentKind::Start, header.started_slot),
            MatchStatus::Proposed => (IntentKind::SubmitResult, header.proposed_slot),
            _ => (IntentKind::Create, header.created_slot),
        };
        let status = Missed::Status(view.status as u8);
        let status = (!self.sends.landed.contains_key(&own)).then_some((status, Missing::Status(slot)));
        let paid = view
            .players()
            .filter(|player| player.claimed || player.refunded && !player.late);
        let strange = paid.filter(|player| {
            let own = [IntentKind::Claim(player.index), IntentKind::Refund(player.index)];
            !own.iter().any(|kind| self.sends.landed.contains_key(kind))
        });
        let payments = strange.map(|player| {
            let entry = client::address::entry(&view.address, &player.wallet);
            (Missed::Payment(player.index), Missing::Payment(entry))
        });
        status
            .into_iter()
            .chain(payments)
            .filter(|(missed, _)| !self.books.search.done.contains(missed))
            .collect()
    }
}
