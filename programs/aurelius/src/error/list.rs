//! All errors in one list, and the way from a number back to the error.

use super::code::AureliusError;

impl AureliusError {
    /// Every error, in ascending order of its number.
    pub const ALL: &'static [AureliusError] = &[
        Self::NotUpgradeAuthority,
        Self::NotConfigAuthority,
        Self::NoPendingAuthority,
        Self::NotPendingAuthority,
        Self::AuthorityInvalid,
        Self::TreasuryInvalid,
        Self::RandomnessSourceInvalid,
        Self::WindowOutOfRange,
        Self::Paused,
        Self::MintAlreadyAllowed,
        Self::MintNotAllowed,
        Self::MintListFull,
        Self::RulesAlreadyAllowed,
        Self::RulesNotAllowed,
        Self::RulesListFull,
        Self::MintExtensionForbidden,
        Self::MintUninitialized,
        Self::ClusterInvalid,
        Self::ConfigListBroken,
        Self::NotOperator,
        Self::OperatorInactive,
        Self::OperatorMintMismatch,
        Self::MatchIdUsed,
        Self::RulesInvalid,
        Self::StakeInvalid,
        Self::PlayersMaxInvalid,
        Self::WarriorsMaxInvalid,
        Self::ScheduledSlotInvalid,
        Self::DripRootInvalid,
        Self::OperatorMismatch,
        Self::NotCrankKey,
        Self::CrankKeyInvalid,
        Self::CrankKeyUnchanged,
        Self::TermsMismatch,
        Self::SlotLengthInvalid,
        Self::StatusUnknown,
        Self::MatchNotOpen,
        Self::MatchNotLocked,
        Self::MatchNotLive,
        Self::MatchNotProposed,
        Self::MatchNotSettled,
        Self::MatchNotRefunding,
        Self::MatchNotOver,
        Self::NotVoidable,
        Self::LockDeadlinePassed,
        Self::LockDeadlineNotPassed,
        Self::EntropyDeadlinePassed,
        Self::EntropyDeadlineNotPassed,
        Self::ProgressDeadlinePassed,
        Self::ProgressDeadlineNotPassed,
        Self::ChallengeWindowOpen,
        Self::ScheduledSlotNotReached,
        Self::ScheduledSlotPassed,
        Self::SlotOverflow,
        Self::MatchLengthWrong,
        Self::AccountVersionWrong,
        Self::WarriorsInvalid,
        Self::StakeMismatch,
        Self::RulesHashMismatch,
        Self::SessionKeyInvalid,
        Self::MatchFull,
        Self::WarriorsFull,
        Self::LateEntryClosed,
        Self::TooFewPlayers,
        Self::TooFewWarriors,
        Self::EntryMismatch,
        Self::SlotMismatch,
        Self::EntryStillOwed,
        Self::LateMismatch,
        Self::VaultMismatch,
        Self::MintMismatch,
        Self::TokenProgramMismatch,
        Self::RecipientMismatch,
        Self::RecipientOwnerChanged,
        Self::RecipientHasDelegate,
        Self::RecipientHasCloseAuthority,
        Self::RecipientAccountMissing,
        Self::AmountOverflow,
        Self::VaultShort,
        Self::DepositShort,
        Self::AlreadyClaimed,
        Self::AlreadyRefunded,
        Self::NothingToClaim,
        Self::FeeAlreadySwept,
        Self::AlreadyBurned,
        Self::TreasuryAccountMissing,
        Self::RentPayerMismatch,
        Self::MatchNotEmpty,
        Self::EntriesStillOpen,
        Self::RandomnessStillOpen,
        Self::BooksUnbalanced,
        Self::RosterUnbalanced,
        Self::HoldingTooEarly,
        Self::HoldingMismatch,
        Self::MemoProgramMismatch,
        Self::RandomnessAlreadyInitialized,
        Self::RandomnessMissing,
        Self::RandomnessMismatch,
        Self::RandomnessOwnerWrong,
        Self::RandomnessMalformed,
        Self::RandomnessAuthorityWrong,
        Self::RandomnessQueueWrong,
        Self::RandomnessProgramWrong,
        Self::RandomnessAlreadyUsed,
        Self::RandomnessSeedSlotStale,
        Self::RandomnessSeedSlotChanged,
        Self::RandomnessNotRevealedNow,
        Self::RandomnessValueMismatch,
        Self::SlotHashesWrong,
        Self::RandomnessAddressWrong,
        Self::RandomnessAccountForbidden,
        Self::TraceMismatch,
        Self::CheckpointOutOfOrder,
        Self::CheckpointBeyondEnd,
        Self::DripKeyWrong,
        Self::LeafCountWrong,
        Self::InputsCountWrong,
        Self::InputsLengthWrong,
        Self::AdmitTooMany,
        Self::AdmitTooLate,
        Self::AdmitSplitsEntry,
        Self::MatchAlreadyEnded,
        Self::UploadTooLong,
        Self::UploadEmpty,
        Self::UploadOutOfBounds,
        Self::UploadOwnerWrong,
        Self::ResultStateMissing,
        Self::ResultStateMismatch,
        Self::ResultStateInvalid,
        Self::ResultNotEnded,
        Self::GenesisFailed,
        Self::SettlementFailed,
        Self::ResultStateForeign,
        Self::ResultStateTwice,
        Self::CheckpointForeign,
        Self::BeaconNotYet,
        Self::BeaconGone,
        Self::BeaconMismatch,
        Self::BondTermsInvalid,
        Self::BondInsufficient,
        Self::BondVaultMismatch,
        Self::BondVaultShort,
        Self::BondBooksUnbalanced,
        Self::BondAmountInvalid,
        Self::NoWithdrawalRequested,
        Self::WithdrawalNotReady,
        Self::NothingToCollect,
        Self::SlashNotCollected,
        Self::NoAward,
        Self::SlashNotPayable,
        Self::IncineratorMissing,
        Self::NotProvable,
        Self::ProofBeyondTrace,
        Self::ProofSegmentInvalid,
        Self::ProofHashesWrong,
        Self::ProofNotOfTrace,
        Self::ProofStateInvalid,
        Self::ProofSegmentCorrect,
        Self::ProofMissing,
        Self::ProofTwice,
        Self::CosignExpired,
        Self::CosignCountWrong,
        Self::CosignSysvarWrong,
        Self::CosignInstructionWrong,
        Self::CosignLayoutWrong,
        Self::CosignMessageWrong,
        Self::CosignKeyWrong,
        Self::CosignNotAdmitted,
        Self::AlreadyCosigned,
        Self::ReceiptKeyInvalid,
        Self::ReceiptTickInvalid,
        Self::ReceiptMessageWrong,
        Self::ReceiptKeyWrong,
        Self::ReceiptKept,
        Self::PostedHashesWrong,
    ];

    /// The error with this number, if there is one.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL
            .binary_search_by_key(&code, |error| *error as u32)
            .ok()
            .map(|index| Self::ALL[index])
    }

    /// The number that a transaction reports.
    pub const fn code(self) -> u32 {
        self as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ascending_and_found_again() {
        for pair in AureliusError::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code());
        }
        for error in AureliusError::ALL {
            assert_eq!(AureliusError::from_code(error.code()), Some(*error));
        }
        assert_eq!(AureliusError::from_code(5999), None);
        assert_eq!(AureliusError::from_code(6999), None);
    }

    #[test]
    fn the_list_is_complete() {
        // The source is the list of variants; a variant missing from `ALL` shows here.
        let variants = include_str!("code.rs")
            .lines()
            .filter(|line| line.contains(" = 6") && line.ends_with(','))
            .count();
        assert_eq!(variants, AureliusError::ALL.len());
    }
}
