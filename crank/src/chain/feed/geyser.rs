//! Yellowstone gRPC as the source of changes, and the sign by which the others know that it works.

use anchor_lang::prelude::Pubkey;
use client::geyser::{AccountsFilter, Geyser, GeyserConfig, GeyserNotice};
use client::view::fetch;
use tokio::sync::watch;

use super::event::FeedEvent;
use super::rpc::Follower;

/// Follows the matches of `operators`. `streaming` says whether the stream works: polling reads everything
/// whenever that changes, so nothing that happened in between stays unseen.
pub(super) async fn follow(
    follower: Follower,
    config: GeyserConfig,
    operators: Vec<Pubkey>,
    streaming: watch::Sender<bool>,
) {
    let matches_of = |operator: Pubkey| AccountsFilter {
        owner: client::PROGRAM_ID,
        filters: fetch::match_filters(Some(&operator), None),
    };
    let mut geyser = Geyser::start(config, operators.into_iter().map(matches_of).collect());
    while let Some(notice) = geyser.next().await {
        let heard = match notice {
            GeyserNotice::Up => {
                streaming.send_replace(true);
                Ok(())
            }
            GeyserNotice::Down { .. } => {
                streaming.send_replace(false);
                Ok(())
            }
            GeyserNotice::Resync => follower.catch_up().await,
            GeyserNotice::Slot(slot) => follower.tell_slot(slot),
            GeyserNotice::Account {
                slot,
                address,
                account,
            } => {
                let reading = FeedEvent::Account {
                    key: address,
                    slot,
                    account: Some(*account),
                };
                follower.tell(reading).await
            }
        };
        if heard.is_err() {
            return;
        }
    }
}
