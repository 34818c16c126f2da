//! Reading what a transaction left behind.

use std::time::Duration;

use client::view::{fetch, MatchView, UploadView};
use solana_signer::Signer;
use store::IntentKind;

use super::build::upload_id;
use super::carrier::{Carrier, Order};
use super::plan::UploadState;

/// How long a node may lag behind the one that told us of a landing.
const CATCH_UP_ATTEMPTS: u32 = 20;
const CATCH_UP_WAIT: Duration = Duration::from_millis(150);

impl Carrier {
    /// The match account with the slot of the reading, not older than `slot_min` if the node catches up in
    /// time.
    pub async fn account(&self, match_key: &[u8; 32], slot_min: u64) -> Option<(u64, Option<MatchView>)> {
        let key = anchor_lang::prelude::Pubkey::new_from_array(*match_key);
        for _ in 0..CATCH_UP_ATTEMPTS {
            match self.reader.rpc.account_since(&key, slot_min).await {
                Ok((slot, account)) if slot >= slot_min => {
                    let view = account
                        .map(|account| MatchView::decode(key, &account))
                        .transpose();
                    return view
                        .map_err(|error| tracing::error!(%error, "a match account cannot be read"))
                        .ok()
                        .map(|view| (slot, view));
                }
                Ok(_) => tokio::time::sleep(CATCH_UP_WAIT).await,
                Err(error) => {
                    tracing::warn!(%error, "a match account could not be read");
                    return None;
                }
            }
        }
        None
    }

    /// The upload account, if the order touched it.
    pub(super) async fn read_upload(&self, order: &Order) -> Option<UploadState> {
        let touched = order.kinds.iter().any(|kind| {
            matches!(
                kind,
                IntentKind::OpenUpload | IntentKind::WriteUpload(_) | IntentKind::CloseUpload
            )
        });
        if touched {
            self.upload(&order.material.record.match_key).await
        } else {
            None
        }
    }

    /// Reads the upload account of a match; `None` when it could not be read.
    pub async fn upload(&self, match_key: &[u8; 32]) -> Option<UploadState> {
        let operator = self.operator.pubkey();
        match fetch::upload(&self.reader.rpc, &operator, upload_id(match_key)).await {
            Ok(Some(UploadView { bytes, .. })) => Some(UploadState::There(bytes)),
            Ok(None) => Some(UploadState::Missing),
            Err(error) => {
                tracing::warn!(%error, "an upload account could not be read");
                None
            }
        }
    }
}
