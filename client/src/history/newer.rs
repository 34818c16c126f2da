//! The part of a history that came after what is known: for services that follow matches.
//!
//! Invariants: what is given begins right after `after` and has no gap, so that a follower who stores [`Newer::cursor`]
//! misses nothing and reads nothing twice; memory is bounded by [`NewerOptions::transactions_max`] however many
//! transactions name the address; requests are bounded by [`NewerOptions::pages_max`].

use std::collections::VecDeque;

use anchor_lang::prelude::Pubkey;
use futures_util::{stream, StreamExt, TryStreamExt};
use solana_signature::Signature;

use super::fetch::fetch;
use super::item::{History, HistoryError, HistoryItem, PassedOver};
use super::list::{list, LastPage, Listing, Wanted};
use crate::rpc::handle::RpcPool;
use crate::rpc::types::SignatureAt;

/// How much to read at once.
#[derive(Debug, Clone, Copy)]
pub struct NewerOptions {
    /// Transactions read at the same time.
    pub concurrency: usize,
    /// Most transactions that one call reads: the oldest of those that are new. The rest waits for the next call.
    pub transactions_max: usize,
    /// Most pages of 1,000 signatures that one call walks through to find the oldest.
    pub pages_max: usize,
    /// Which page is taken for the last one.
    pub last_page: LastPage,
}

impl Default for NewerOptions {
    fn default() -> Self {
        Self {
            concurrency: 4,
            transactions_max: 400,
            pages_max: 200,
            last_page: LastPage::Empty,
        }
    }
}

/// What came after a known transaction.
#[derive(Debug, Clone)]
pub struct Newer {
    /// The program's instructions that name the match, oldest first.
    pub items: Vec<HistoryItem>,
    /// What could not be read, oldest first.
    pub passed_over: Vec<PassedOver>,
    /// What to pass as `after` the next time; unchanged when nothing is new.
    pub cursor: Option<Signature>,
    /// There is more that is new; call again.
    pub more: bool,
}

/// The program's instructions about `match_key` in transactions that name `address` and are newer than `after`; all of
/// them where that is `None`. `address` may be the match or an account of its own that fewer transactions name: its
/// trace is named by checkpoints and little else.
///
/// # Errors
/// [`HistoryError::TooMany`] when the beginning is not within [`NewerOptions::pages_max`] pages; an endpoint's failure is
/// an error too, and nothing of that call is given. A transaction that cannot be read is none: see
/// [`Newer::passed_over`].
pub async fn newer(
    rpc: &RpcPool,
    address: &Pubkey,
    match_key: &Pubkey,
    after: Option<Signature>,
    options: NewerOptions,
) -> Result<Newer, HistoryError> {
    let mut oldest = Oldest {
        transactions_max: options.transactions_max.max(1),
        listed: VecDeque::new(),
        more: false,
    };
    let wanted = Wanted {
        address,
        after,
        last_page: options.last_page,
        pages_max: options.pages_max,
    };
    list(rpc, wanted, &mut oldest).await?;
    let cursor = oldest.listed.back().map(|listed| listed.signature).or(after);
    let succeeded = oldest.listed.into_iter().filter(|listed| !listed.failed);
    let history = stream::iter(succeeded)
        .map(|listed| fetch(rpc, listed, match_key))
        .buffered(options.concurrency.max(1))
        .try_fold(History::default(), |mut history, fetched| async move {
            history.take(fetched);
            Ok(history)
        })
        .await?;
    Ok(Newer {
        items: history.items,
        passed_over: history.passed_over,
        cursor,
        more: oldest.more,
    })
}

/// The oldest signatures, oldest first, and whether newer ones were left out. Nodes list newest first, so everything is
/// walked through and only the oldest are kept.
struct Oldest {
    transactions_max: usize,
    listed: VecDeque<SignatureAt>,
    more: bool,
}

impl Listing for Oldest {
    fn begin(&mut self) {
        self.listed.clear();
        self.more = false;
    }

    fn page(&mut self, page: &[SignatureAt]) -> Result<(), HistoryError> {
        for listed in page {
            if self.listed.len() >= self.transactions_max {
                self.listed.pop_back();
                self.more = true;
            }
            self.listed.push_front(*listed);
        }
        Ok(())
    }
}
