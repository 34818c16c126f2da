//! Recipients who closed their token account after they entered, as wallets do with emptied ones.
//!
//! The crank makes the canonical account and pays for it, so that nobody's payout waits and the match can be
//! closed. Whoever owns the account can close it and keep its rent, so there is a limit. Invariant: never
//! more accounts in a day than the operator allows; beyond that a payment waits until its recipient has an
//! account again.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use client::rpc::RpcPool;
use client::view::MatchView;
use parking_lot::Mutex;
use solana_instruction::Instruction;

/// What the limit is about.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many accounts may still be made today.
#[derive(Debug)]
pub struct Allowance {
    per_day: u32,
    used: Mutex<(Instant, u32)>,
}

impl Allowance {
    /// So many accounts in a day.
    pub fn new(per_day: u32) -> Self {
        Self {
            per_day,
            used: Mutex::new((Instant::now(), 0)),
        }
    }

    /// Uses one, if there is one left at `now`.
    fn take(&self, now: Instant) -> bool {
        let mut used = self.used.lock();
        if now.saturating_duration_since(used.0) >= DAY {
            *used = (now, 0);
        }
        let left = used.1 < self.per_day;
        used.1 += u32::from(left);
        left
    }
}

/// What makes the token account of `wallet`, if it has none and the allowance lasts.
///
/// # Errors
/// The RPC.
pub(super) async fn missing_account(
    rpc: &RpcPool,
    allowance: &Allowance,
    view: &MatchView,
    payer: &Pubkey,
    wallet: &Pubkey,
) -> Result<Option<Instruction>, client::Error> {
    let reference = view.reference();
    if rpc.account(&reference.token_account(wallet)).await?.is_some() {
        return Ok(None);
    }
    if !allowance.take(Instant::now()) {
        tracing::warn!(%wallet, "a recipient has no token account, and as many were made today as the operator allows");
        return Ok(None);
    }
    tracing::info!(%wallet, "a recipient has no token account any more; making it");
    metrics::counter!("aurelius_recipient_accounts_made_total").increment(1);
    Ok(Some(client::token::create_token_account(
        payer,
        wallet,
        &reference.mint,
        &reference.token_program,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_11_accounts_are_made_within_a_limit_a_day() {
        let allowance = Allowance::new(2);
        let now = Instant::now();
        let taken: Vec<bool> = (0..3).map(|_| allowance.take(now)).collect();
        assert_eq!(taken, [true, true, false]);
        assert!(!allowance.take(now + DAY / 2));
        assert!(allowance.take(now + DAY + Duration::from_secs(1)), "another day");
        assert!(!Allowance::new(0).take(now), "an operator may forbid it");
    }
}
