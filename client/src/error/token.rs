//! Errors of the newer token program (Token-2022) that the classic one does not have.

/// Why Token-2022 refused. Its codes 0 to 19 are those of the classic program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Token2022Failure {
    /// Code 0x23: fees that the mint withheld lie on the account.
    #[error("the token account holds withheld transfer fees; harvest them to the mint, then try again")]
    WithheldFees,
    /// Code 0x24: the recipient wants a memo in front of each transfer.
    #[error(
        "the recipient's token account demands a memo with each incoming transfer; its owner must switch that off \
         (`spl-token disable-required-transfer-memos`), then try again"
    )]
    MemoRequired,
    /// Code 0x25: the mint's tokens stay where they are.
    #[error("the mint's tokens cannot be transferred; no match can be played in them")]
    NonTransferable,
    /// Code 0x2a: the payer's account lets no program move its tokens.
    #[error(
        "the paying token account has its CPI guard on, which lets no program move its tokens; its owner must switch it \
         off (`spl-token disable-cpi-guard`) or pay from another account, then try again"
    )]
    CpiGuard,
    /// Codes 0x29, 0x2b to 0x2f: another thing that the guard forbids.
    #[error("the token account's CPI guard forbids it; its owner must switch it off (`spl-token disable-cpi-guard`)")]
    CpiGuardOther,
    /// Code 0x31: only confidential transfers reach the account.
    #[error("the token account takes confidential transfers only; its owner must enable the others, then try again")]
    ConfidentialOnly,
    /// Code 0x43: the mint's authority has stopped all movements.
    #[error("the mint is paused by its authority; wait until it is resumed, then try again")]
    MintPaused,
}

impl Token2022Failure {
    /// The failure with this code, if it is one of those that an escrow's client can meet.
    pub fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0x23 => Self::WithheldFees,
            0x24 => Self::MemoRequired,
            0x25 => Self::NonTransferable,
            0x2a => Self::CpiGuard,
            0x29 | 0x2b..=0x2f => Self::CpiGuardOther,
            0x31 => Self::ConfidentialOnly,
            0x43 => Self::MintPaused,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use anchor_spl::token_2022::spl_token_2022::error::TokenError;

    use super::Token2022Failure as Failure;

    /// The codes are the program's own.
    #[test]
    fn report_10_and_26_codes_of_token_2022_have_words() {
        for (theirs, ours, word) in [
            (
                TokenError::AccountHasWithheldTransferFees,
                Failure::WithheldFees,
                "harvest",
            ),
            (TokenError::NoMemo, Failure::MemoRequired, "memo"),
            (
                TokenError::NonTransferable,
                Failure::NonTransferable,
                "cannot be transferred",
            ),
            (
                TokenError::CpiGuardSettingsLocked,
                Failure::CpiGuardOther,
                "CPI guard",
            ),
            (
                TokenError::CpiGuardTransferBlocked,
                Failure::CpiGuard,
                "CPI guard",
            ),
            (
                TokenError::CpiGuardOwnerChangeBlocked,
                Failure::CpiGuardOther,
                "CPI guard",
            ),
            (
                TokenError::NonConfidentialTransfersDisabled,
                Failure::ConfidentialOnly,
                "confidential",
            ),
            (TokenError::MintPaused, Failure::MintPaused, "paused"),
        ] {
            let code = theirs as u32;
            assert_eq!(Failure::from_code(code), Some(ours), "{code:#x}");
            assert!(ours.to_string().contains(word), "{ours}");
        }
        assert_eq!(Failure::from_code(0), None);
    }
}
