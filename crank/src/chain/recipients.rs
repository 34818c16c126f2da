//! Recipients who closed their token account after they entered, as wallets do with emptied ones.
//!
//! The crank makes the canonical account and pays for it, so that nobody's payout waits and the match can be
//! closed. Whoever owns the account can close it and keep its rent, so there is a limit. Invariant: never
//! more accounts in a day than the operator allows; beyond that a payment waits until its recipient has an
//! account again. Accounts that are there and take nothing (frozen, given away, with a delegate) keep a match open
//! for a day; then their payments go to a token account that is held for them.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use client::rpc::RpcPool;
use client::view::{fetch, MatchView};
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

/// Where a payment goes.
pub(super) struct Payee {
    /// Makes the token account, where it is missing and the allowance lasts.
    pub(super) made: Option<Instruction>,
    /// The token account.
    pub(super) token_account: Pubkey,
}

/// Where a payment to `wallet` goes: into their canonical token account, or, when that cannot be paid and the match
/// has waited for it long enough, into the one that their holder has.
///
/// # Errors
/// The RPC.
pub(super) async fn payee(
    rpc: &RpcPool,
    allowance: &Allowance,
    view: &MatchView,
    payer: &Pubkey,
    wallet: &Pubkey,
) -> Result<Payee, client::Error> {
    let reference = view.reference();
    let token_account = reference.token_account(wallet);
    let blocked = match fetch::token_account(rpc, token_account).await {
        Ok(Some(account)) => !account.takes_payments_for(wallet),
        Ok(None) => return Ok(missing(allowance, view, payer, wallet, token_account)),
        Err(client::Error::View(_)) => true,
        Err(error) => return Err(error),
    };
    if !blocked || !view.header.may_hold(rpc.slot().await?) {
        return Ok(Payee {
            made: None,
            token_account,
        });
    }
    tracing::info!(%wallet, "a recipient's token account takes no payment; holding it for them");
    metrics::counter!("aurelius_payments_held_total").increment(1);
    let holder = client::address::holder(wallet);
    Ok(Payee {
        made: Some(client::token::create_token_account(
            payer,
            &holder,
            &reference.mint,
            &reference.token_program,
        )),
        token_account: reference.token_account(&holder),
    })
}

fn missing(
    allowance: &Allowance,
    view: &MatchView,
    payer: &Pubkey,
    wallet: &Pubkey,
    token_account: Pubkey,
) -> Payee {
    let made = allowance.take(Instant::now());
    if made {
        tracing::info!(%wallet, "a recipient has no token account any more; making it");
        metrics::counter!("aurelius_recipient_accounts_made_total").increment(1);
    } else {
        tracing::warn!(%wallet, "a recipient has no token account, and as many were made today as the operator allows");
    }
    let of = view.reference();
    let made = made.then(|| client::token::create_token_account(payer, wallet, &of.mint, &of.token_program));
    Payee { made, token_account }
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
