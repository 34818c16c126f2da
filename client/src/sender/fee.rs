//! What to bid for inclusion.

use anchor_lang::prelude::Pubkey;
use solana_rpc_client_api::response::RpcPrioritizationFee;

/// `getRecentPrioritizationFees` refuses more accounts.
pub(super) const FEE_ACCOUNTS_MAX: usize = 128;

/// The bid in micro-lamports per compute unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PriorityFee {
    /// No bid: local chains and quiet clusters.
    #[default]
    None,
    /// Always this.
    Fixed(u64),
    /// A percentile of what transactions writing the same accounts paid in the last 150 slots, within bounds.
    Recent {
        /// 0 to 100; higher values count as 100.
        percentile: u8,
        /// Never less.
        min: u64,
        /// Never more, however hot the market.
        max: u64,
    },
}

/// The bid that the recent `fees` call for. Without any, the minimum.
pub(super) fn percentile(fees: &[RpcPrioritizationFee], percentile: u8, min: u64, max: u64) -> u64 {
    let mut paid: Vec<u64> = fees.iter().map(|fee| fee.prioritization_fee).collect();
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

    fn fees(paid: &[u64]) -> Vec<RpcPrioritizationFee> {
        paid.iter()
            .map(|fee| RpcPrioritizationFee {
                slot: 1,
                prioritization_fee: *fee,
            })
            .collect()
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
}
