//! Windows and bond terms as flags: given ones replace those that stand.

use clap::Args;
use client::aurelius::state::windows::{
    CHALLENGE_SLOTS_MIN, CHECKPOINT_SLOTS_MIN, ENTROPY_SLOTS_MIN, LOCK_SLOTS_MIN, RESULT_SLOTS_MIN,
};
use client::instruction::BondTerms;
use client::view::Windows;

/// The windows of a new config, for a real chain: a commit of Switchboard was answered after 18 slots in
/// the median and 30 at most; a watcher needs seconds to recompute a match and minutes to land a proof.
const WINDOWS: Windows = Windows {
    lock_slots: 9_000,
    entropy_slots: 750,
    checkpoint_slots: 300,
    result_slots: 750,
    challenge_slots: 4_500,
};

/// The bond terms of a new config: twice the pot; half of a slash is burned, a tenth goes to whoever reported
/// it; a day between the request of a withdrawal and the withdrawal, and between a slash and its payments.
const BOND: BondTerms = BondTerms::DEFAULT;

/// The longest window that the program takes, in slots: about 30 days.
const SLOTS_MAX: u64 = client::aurelius::state::windows::WINDOW_SLOTS_MAX;

/// How long steps may take. Every default is that of `init`; `update` changes only what is given.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Windows, in slots; `governance show` tells how long one is")]
pub(super) struct WindowArgs {
    /// From creation, or from a scheduled start, until a match must be locked [default of init: 9000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(LOCK_SLOTS_MIN..=SLOTS_MAX))]
    pub lock_slots: Option<u64>,
    /// From the lock until the randomness must be there [default of init: 750]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(ENTROPY_SLOTS_MIN..=SLOTS_MAX))]
    pub entropy_slots: Option<u64>,
    /// From one checkpoint to the next [default of init: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(CHECKPOINT_SLOTS_MIN..=SLOTS_MAX))]
    pub checkpoint_slots: Option<u64>,
    /// From the last checkpoint to the result [default of init: 750]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(RESULT_SLOTS_MIN..=SLOTS_MAX))]
    pub result_slots: Option<u64>,
    /// How long a result can be challenged [default of init: 4500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(CHALLENGE_SLOTS_MIN..=SLOTS_MAX))]
    pub challenge_slots: Option<u64>,
}

/// What operators put up. Every default is that of `init`; `update` changes only what is given.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Bonds")]
pub(super) struct BondArgs {
    /// Reserved for a match, in basis points of its largest pot [default of init: 20000]
    #[arg(long, value_name = "BPS", value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    pub factor_bps: Option<u32>,
    /// Share of a forfeited bond that is burned, in basis points; times the factor at least 100000000 [default of init: 5000]
    #[arg(long, value_name = "BPS", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub burn_bps: Option<u16>,
    /// Share of a forfeited bond for who reported a lie or silence, in basis points [default of init: 1000]
    #[arg(long, value_name = "BPS", value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub reporter_bps: Option<u16>,
    /// From the request of a withdrawal to the withdrawal, and from a slash to its payments, in slots [default of init: 216000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=SLOTS_MAX))]
    pub withdraw_slots: Option<u64>,
}

impl WindowArgs {
    /// The windows of a new config.
    pub(super) fn of_new_config(&self) -> Windows {
        self.over(WINDOWS)
    }

    /// These windows with what was given in its place.
    pub(super) fn over(&self, standing: Windows) -> Windows {
        Windows {
            lock_slots: self.lock_slots.unwrap_or(standing.lock_slots),
            entropy_slots: self.entropy_slots.unwrap_or(standing.entropy_slots),
            checkpoint_slots: self.checkpoint_slots.unwrap_or(standing.checkpoint_slots),
            result_slots: self.result_slots.unwrap_or(standing.result_slots),
            challenge_slots: self.challenge_slots.unwrap_or(standing.challenge_slots),
        }
    }
}

impl BondArgs {
    /// The terms of a new config.
    pub(super) fn of_new_config(&self) -> BondTerms {
        self.over(BOND)
    }

    /// These terms with what was given in its place.
    pub(super) fn over(&self, standing: BondTerms) -> BondTerms {
        BondTerms {
            factor_bps: self.factor_bps.unwrap_or(standing.factor_bps),
            burn_bps: self.burn_bps.unwrap_or(standing.burn_bps),
            reporter_bps: self.reporter_bps.unwrap_or(standing.reporter_bps),
            withdraw_slots: self.withdraw_slots.unwrap_or(standing.withdraw_slots),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_takes_the_defaults() {
        WINDOWS.validate().unwrap();
        BOND.validate().unwrap();
    }

    #[test]
    fn only_what_is_given_is_replaced() {
        let windows = WindowArgs {
            lock_slots: None,
            entropy_slots: Some(7),
            checkpoint_slots: None,
            result_slots: None,
            challenge_slots: None,
        };
        let expected = Windows {
            entropy_slots: 7,
            ..WINDOWS
        };
        assert_eq!(windows.over(WINDOWS), expected);
        let bond = BondArgs {
            factor_bps: None,
            burn_bps: Some(9),
            reporter_bps: None,
            withdraw_slots: Some(8),
        };
        let expected = BondTerms {
            burn_bps: 9,
            withdraw_slots: 8,
            ..BOND
        };
        assert_eq!(bond.over(BOND), expected);
    }
}
