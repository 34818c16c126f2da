//! What the tick threads say, and what that changes.

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use client::sender::{transaction_size, Format, TRANSACTION_BYTES_MAX};
use protocol::directory::{MatchDetail, MatchEvent};
use protocol::Tick;
use solana_signer::Signer;

use super::super::flow::arena::{Consent, Final, Stage, Travel};
use super::super::flow::Flow;
use super::super::station::Station;
use crate::chain::plan::UploadState;
use crate::ingress::GatePhase;
use crate::publish;
use crate::worker::{MatchEnd, Notice};

/// A tick thread said something.
pub(crate) fn notice(flow: &mut Flow, station: &mut Station, notice: Notice) {
    match notice {
        Notice::Checkpoint { checkpoint, .. } => {
            let info = publish::checkpoint_info(&checkpoint, None);
            flow.publish(MatchEvent::Checkpoint(info));
            flow.arena.checkpoints.insert(checkpoint.index, checkpoint);
            flow.arena.note_progress();
        }
        Notice::Ended { end, .. } => ended(flow, station, end),
        Notice::Crashed { reason, .. } => {
            tracing::error!(match_key = %flow.key(), %reason, "the match left its tick thread and is brought back from its log");
            station.workers.forget(flow.key());
            flow.arena.rest(station.now_ms());
        }
        Notice::Failed { reason, .. } => {
            tracing::error!(match_key = %flow.key(), %reason, "the match cannot go on; it will be voided and refunded");
            flow.arena.fail();
            flow.set_gate(Some(GatePhase::Ended));
            station.workers.forget(flow.key());
        }
    }
}

fn ended(flow: &mut Flow, station: &mut Station, end: MatchEnd) {
    let key = flow.key();
    station.workers.forget(key);
    let Some(sync) = flow.arena.sync().cloned() else {
        tracing::error!(match_key = %key, "a match ended that runs on no tick thread");
        return;
    };
    flow.set_gate(Some(GatePhase::Ended));
    let tick = arena::State::from_bytes(&end.state).map_or(0, |state| state.tick());
    tracing::info!(match_key = %key, tick, "the arena stands still");
    flow.publish(MatchEvent::Ended { tick: Tick(tick) });
    if let Some(link) = &flow.link {
        link.publisher
            .update_detail(|detail| publish_places(detail, &end));
    }
    let payer = station.tools.carrier.operator.pubkey();
    let result = client::instruction::submit_result(Pubkey::new_from_array(key.0), end.state.clone());
    let fits =
        transaction_size(&[result], Format::Legacy, &payer).is_ok_and(|bytes| bytes <= TRANSACTION_BYTES_MAX);
    let last = Final {
        end: Arc::new(end),
        travel: match fits {
            true => Travel::InOne,
            false => Travel::Uploaded(UploadState::Unread),
        },
        consent: Consent::Unasked,
    };
    flow.arena.stage = Stage::Ended(sync, Box::new(last));
}

/// The places of a final state, for the published detail.
fn publish_places(detail: &mut MatchDetail, end: &MatchEnd) {
    let Ok(state) = arena::State::from_bytes(&end.state) else {
        return;
    };
    let places = arena::places(&state);
    for player in &mut detail.players {
        let place = places.get(usize::from(player.slot.0)).copied();
        player.place = place.filter(|place| *place > 0);
    }
}
