//! The whole history of a match.

use anchor_lang::prelude::Pubkey;
use futures_util::{stream, StreamExt, TryStreamExt};

use super::fetch::{fetch, Fetched};
use super::item::{History, HistoryError, HistoryOptions, Progress};
use super::list::{list, LastPage, Listing, Wanted};
use crate::rpc::handle::RpcPool;
use crate::rpc::types::SignatureAt;

/// Every instruction of the program that names `match_key`, oldest first.
///
/// # Errors
/// [`HistoryError`]; not for a transaction that cannot be read, see [`History::passed_over`].
pub async fn of_match(
    rpc: &RpcPool,
    match_key: Pubkey,
    options: HistoryOptions,
    mut progress: impl FnMut(Progress),
) -> Result<History, HistoryError> {
    let mut all = All {
        transactions_max: options.transactions_max,
        listed: 0,
        succeeded: Vec::new(),
        progress: &mut progress,
    };
    let wanted = Wanted {
        address: &match_key,
        after: None,
        last_page: LastPage::Empty,
        pages_max: options.transactions_max.saturating_add(1),
    };
    list(rpc, wanted, &mut all).await?;
    if all.listed == 0 {
        return Err(HistoryError::Empty(match_key));
    }
    let succeeded = all.succeeded;
    let total = succeeded.len();
    let mut history = History::default();
    let mut fetched = stream::iter(succeeded.into_iter().rev())
        .map(|listed| fetch(rpc, listed, &match_key))
        .buffered(options.concurrency.max(1));
    let mut done = 0;
    while let Some(fetched) = fetched.try_next().await? {
        history.take(fetched);
        done += 1;
        progress(Progress::Read { done, total });
    }
    Ok(history)
}

impl History {
    pub(super) fn take(&mut self, fetched: Fetched) {
        match fetched {
            Fetched::Items(items) => self.items.extend(items),
            Fetched::PassedOver(note) => self.passed_over.push(note),
        }
    }
}

/// The signatures of all that succeeded, newest first.
struct All<'a, P> {
    transactions_max: usize,
    listed: usize,
    succeeded: Vec<SignatureAt>,
    progress: &'a mut P,
}

impl<P: FnMut(Progress)> Listing for All<'_, P> {
    fn begin(&mut self) {
        self.listed = 0;
        self.succeeded.clear();
    }

    fn page(&mut self, page: &[SignatureAt]) -> Result<(), HistoryError> {
        self.listed += page.len();
        if self.listed > self.transactions_max {
            return Err(HistoryError::TooMany(self.transactions_max));
        }
        self.succeeded.extend(page.iter().filter(|listed| !listed.failed));
        (self.progress)(Progress::Listed(self.listed));
        Ok(())
    }
}
