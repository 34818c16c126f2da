//! What to bid for inclusion.
//!
//! Invariants: a bid is never below the floor nor above the cap; what expires makes the next bid higher, what lands lets it
//! fall again; a market that says nothing (no such method, only zeros, no answer) leaves the last bid standing.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;

/// `getRecentPrioritizationFees` refuses more accounts.
pub(super) const FEE_ACCOUNTS_MAX: usize = 128;

/// No [`PriorityFee::Recent`] bids less, in micro-lamports per compute unit: there are clusters whose leaders drop anything
/// below it without a word, while recent fees read zero. For a transaction of 200,000 units these are 2,000 lamports.
pub const BID_FLOOR: u64 = 10_000;

/// Each expiry makes the bid this many times higher.
const RISE: u64 = 3;

/// More rises are not counted: 3^12 times the floor is above any cap.
const RISES_MAX: u32 = 12;

/// Rises and falls are at least so far apart: what expires together says one thing, not many.
const STEP: Duration = Duration::from_secs(10);

/// The bid in micro-lamports per compute unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PriorityFee {
    /// No bid: local chains and quiet clusters.
    #[default]
    None,
    /// Always this.
    Fixed(u64),
    /// A percentile of what transactions writing the same accounts paid in the last 150 slots, within bounds; higher after
    /// each transaction that expired.
    Recent {
        /// 0 to 100; higher values count as 100.
        percentile: u8,
        /// Never less, nor less than [`BID_FLOOR`].
        min: u64,
        /// Never more, however hot the market.
        max: u64,
    },
}

/// What a sender has learnt of the market.
#[derive(Debug, Default)]
pub(super) struct Market {
    /// The last bid that recent fees called for.
    remembered: Option<u64>,
    rises: u32,
    last_step: Option<Instant>,
}

impl Market {
    /// The bid within `min` and `max`, from what recent transactions paid; `None`: nobody could tell.
    pub(super) fn bid(&mut self, fees: Option<&[u64]>, percentile_of: u8, min: u64, max: u64) -> u64 {
        if let Some(fees) = fees.filter(|fees| fees.iter().any(|fee| *fee > 0)) {
            self.remembered = Some(percentile(fees, percentile_of, 0, u64::MAX));
        }
        let base = self.remembered.unwrap_or(0).max(min).max(BID_FLOOR);
        base.saturating_mul(RISE.saturating_pow(self.rises)).min(max)
    }

    /// A transaction was not taken in time.
    pub(super) fn expired(&mut self, now: Instant) {
        if self.may_step(now) {
            self.rises = (self.rises + 1).min(RISES_MAX);
        }
    }

    /// A transaction was taken.
    pub(super) fn landed(&mut self, now: Instant) {
        if self.rises > 0 && self.may_step(now) {
            self.rises -= 1;
        }
    }

    fn may_step(&mut self, now: Instant) -> bool {
        let may = self
            .last_step
            .is_none_or(|last| now.saturating_duration_since(last) >= STEP);
        if may {
            self.last_step = Some(now);
        }
        may
    }
}

/// The bid that the recent `fees` call for. Without any, the minimum.
fn percentile(fees: &[u64], percentile: u8, min: u64, max: u64) -> u64 {
    let mut paid = fees.to_vec();
    paid.sort_unstable();
    let rank = paid.len().saturating_sub(1) * usize::from(percentile.min(100)) / 100;
    paid.get(rank).copied().unwrap_or(min).clamp(min, max.max(min))
}

/// The accounts the instructions write: what the fee market is asked about.
pub(super) fn writable_accounts(instructions: &[solana_instruction::Instruction]) -> Vec<Pubkey> {
    let mut accounts: Vec<Pubkey> = instructions
        .iter()
        .flat_map(|instruction| &instruction.accounts)
        .filter(|account| account.is_writable)
        .map(|account| account.pubkey)
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts.truncate(FEE_ACCOUNTS_MAX);
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fees(paid: &[u64]) -> Vec<u64> {
        paid.to_vec()
    }

    #[test]
    fn percentile_is_taken_of_sorted_fees_and_clamped() {
        let paid = fees(&[500, 0, 100, 300, 200]);
        assert_eq!(percentile(&paid, 0, 0, 1000), 0);
        assert_eq!(percentile(&paid, 50, 0, 1000), 200);
        assert_eq!(percentile(&paid, 100, 0, 1000), 500);
        assert_eq!(percentile(&paid, 255, 0, 1000), 500);
        assert_eq!(percentile(&paid, 100, 0, 250), 250);
        assert_eq!(percentile(&paid, 0, 50, 250), 50);
        assert_eq!(percentile(&[], 90, 7, 1000), 7);
        // Bounds the wrong way round: the minimum wins, nothing panics.
        assert_eq!(percentile(&paid, 50, 300, 100), 300);
    }

    #[test]
    fn report_17_zeros_and_silence_do_not_mean_a_bid_of_zero() {
        let mut market = Market::default();
        let now = Instant::now();
        let bid = |market: &mut Market, fees: Option<&[u64]>| market.bid(fees, 75, 0, 2_000_000);
        assert_eq!(bid(&mut market, Some(&[0; 150])), BID_FLOOR);
        assert_eq!(bid(&mut market, None), BID_FLOOR);
        // A hot market is remembered while nobody answers.
        assert_eq!(bid(&mut market, Some(&[40_000, 40_000])), 40_000);
        assert_eq!(bid(&mut market, None), 40_000);
        assert_eq!(bid(&mut market, Some(&[])), 40_000);
        // Thirty that expire together raise it once, the next that expires once more; never above the cap.
        (0..30).for_each(|_| market.expired(now));
        assert_eq!(bid(&mut market, None), 120_000);
        market.expired(now + STEP);
        assert_eq!(bid(&mut market, None), 360_000);
        (2..60).for_each(|round| market.expired(now + STEP * round));
        assert_eq!(bid(&mut market, None), 2_000_000);
        (60..90).for_each(|round| market.landed(now + STEP * round));
        assert_eq!(bid(&mut market, None), 40_000);
        // A cap below the floor is a cap.
        assert_eq!(market.bid(None, 75, 0, 500), 500);
    }
}
