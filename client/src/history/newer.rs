//! The part of a history that came after what is known: for services that follow matches.
//!
//! Invariants: what is given begins right after `after` and has no gap, so that a follower who stores [`Newer::cursor`]
//! misses nothing and reads nothing twice; memory is bounded by [`NewerOptions::transactions_max`] however many
//! transactions name the address; requests are bounded by [`NewerOptions::pages_max`].

use std::collections::VecDeque;

use anchor_lang::prelude::Pubkey;
use futures_util::{stream, StreamExt, TryStreamExt};
use solana_signature::Signature;

use super::{items_of, page, parse, transaction, HistoryError, HistoryItem, PAGE_LEN};
use crate::rpc::RpcPool;

/// When a list of signatures is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastPage {
    /// With an empty page. Not every provider fills its pages, so nothing less is certain.
    #[default]
    Empty,
    /// With a page that is not full: saves a request. For those who notice when something is missing, and then ask again
    /// for certain.
    Short,
}

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
/// [`HistoryError::TooMany`] when the beginning is not within [`NewerOptions::pages_max`] pages; what cannot be read is an
/// error too, and nothing of that call is given.
pub async fn newer(
    rpc: &RpcPool,
    address: &Pubkey,
    match_key: &Pubkey,
    after: Option<Signature>,
    options: NewerOptions,
) -> Result<Newer, HistoryError> {
    let (oldest, more) = list_newer(rpc, address, after, options).await?;
    let cursor = oldest.back().map(|listed| listed.signature).or(after);
    let succeeded = oldest.into_iter().filter(|listed| !listed.failed);
    let items = stream::iter(succeeded.map(|listed| listed.signature))
        .map(|signature| async move {
            let transaction = transaction(rpc, &signature).await?;
            items_of(signature, &transaction, match_key)
                .map_err(|source| HistoryError::Unreadable { signature, source })
        })
        .buffered(options.concurrency.max(1))
        .try_concat()
        .await?;
    Ok(Newer { items, cursor, more })
}

struct Listed {
    signature: Signature,
    failed: bool,
}

/// The oldest signatures after `after`, oldest first, and whether newer ones were left out. Nodes list newest first, so
/// everything is walked through and only the oldest are kept.
async fn list_newer(
    rpc: &RpcPool,
    address: &Pubkey,
    after: Option<Signature>,
    options: NewerOptions,
) -> Result<(VecDeque<Listed>, bool), HistoryError> {
    let mut oldest: VecDeque<Listed> = VecDeque::new();
    let mut more = false;
    let mut before = None;
    for _ in 0..options.pages_max {
        let page = page(rpc, address, before, after).await?;
        let Some(last) = page.last() else {
            return Ok((oldest, more));
        };
        before = Some(parse(&last.signature)?);
        for status in &page {
            if oldest.len() >= options.transactions_max.max(1) {
                oldest.pop_back();
                more = true;
            }
            oldest.push_front(Listed {
                signature: parse(&status.signature)?,
                failed: status.err.is_some(),
            });
        }
        if options.last_page == LastPage::Short && page.len() < PAGE_LEN {
            return Ok((oldest, more));
        }
    }
    Err(HistoryError::TooMany(options.pages_max.saturating_mul(PAGE_LEN)))
}
