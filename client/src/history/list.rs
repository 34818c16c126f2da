//! Listing the transactions that name an address.
//!
//! Invariants: a list is of one piece: its pages come from one endpoint, and when that one fails in the middle, another is
//! asked from the beginning; its end is believed when no other endpoint knows of more. Nodes list newest first.

use anchor_lang::prelude::Pubkey;
use solana_signature::Signature;

use super::item::HistoryError;
use crate::error::Error;
use crate::rpc::handle::RpcPool;
use crate::rpc::transactions::{PageAt, SIGNATURES_PER_PAGE_MAX};
use crate::rpc::types::SignatureAt;

/// When a list of signatures is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastPage {
    /// With an empty page, behind which no other endpoint knows more. Not every provider fills its pages, and some have
    /// forgotten what is old: nothing less is certain.
    #[default]
    Empty,
    /// With a page that is not full: saves requests. For those who notice when something is missing, and then ask again
    /// for certain.
    Short,
}

/// What is to be listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) address: &'a Pubkey,
    /// Only what is newer.
    pub(super) after: Option<Signature>,
    pub(super) last_page: LastPage,
    /// More pages are refused.
    pub(super) pages_max: usize,
}

/// Takes a list in.
pub(super) trait Listing {
    /// The list begins, or begins anew: forget what was taken in.
    fn begin(&mut self);
    /// The next page, newest first.
    fn page(&mut self, page: &[SignatureAt]) -> Result<(), HistoryError>;
}

/// Lists.
///
/// # Errors
/// The last endpoint's failure when none gives the whole list; [`HistoryError::TooMany`]; what `listing` says.
pub(super) async fn list(
    rpc: &RpcPool,
    wanted: Wanted<'_>,
    listing: &mut impl Listing,
) -> Result<(), HistoryError> {
    let listers = rpc.listers();
    let mut failure = Error::Answer("there is no endpoint to list transactions".to_owned());
    for lister in &listers {
        listing.begin();
        match list_from(rpc, *lister, &listers, wanted, listing).await {
            Err(HistoryError::Rpc(error)) => {
                tracing::debug!(%error, "a list of transactions broke off, it is read anew elsewhere");
                failure = error;
            }
            done => return done,
        }
    }
    Err(failure.into())
}

async fn list_from(
    rpc: &RpcPool,
    mut lister: usize,
    listers: &[usize],
    wanted: Wanted<'_>,
    listing: &mut impl Listing,
) -> Result<(), HistoryError> {
    let mut at = PageAt {
        before: None,
        until: wanted.after,
    };
    for _ in 0..wanted.pages_max {
        let mut page = rpc.page_at(lister, wanted.address, at).await?;
        if page.is_empty() {
            match more(rpc, lister, listers, wanted, at).await {
                Some((other, older)) => (lister, page) = (other, older),
                None => return Ok(()),
            }
        }
        at.before = page.last().map(|oldest| oldest.signature);
        listing.page(&page)?;
        if wanted.last_page == LastPage::Short && page.len() < SIGNATURES_PER_PAGE_MAX {
            return Ok(());
        }
    }
    Err(HistoryError::TooMany(
        wanted.pages_max.saturating_mul(SIGNATURES_PER_PAGE_MAX),
    ))
}

/// What another endpoint knows behind the end of a list. One that fails, or does not know where the list ends, says
/// nothing: then the next is asked.
async fn more(
    rpc: &RpcPool,
    lister: usize,
    listers: &[usize],
    wanted: Wanted<'_>,
    at: PageAt,
) -> Option<(usize, Vec<SignatureAt>)> {
    if wanted.last_page == LastPage::Short {
        return None;
    }
    for other in listers.iter().filter(|other| **other != lister) {
        match rpc.page_at(*other, wanted.address, at).await {
            Ok(page) if !page.is_empty() => return Some((*other, page)),
            Ok(_) => return None,
            Err(error) => tracing::debug!(%error, "an endpoint does not tell whether a list is complete"),
        }
    }
    None
}
