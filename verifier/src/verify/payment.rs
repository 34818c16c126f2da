//! Payments in words.

use client::history::TokenMovement;
use client::Pubkey;

use crate::record::{Cause, Key};

/// What happened when a payment was made.
pub(super) fn describe(cause: Cause) -> String {
    let wallet = |key: Key| Pubkey::new_from_array(key).to_string();
    match cause {
        Cause::Entered(key) => format!("{} entered", wallet(key)),
        Cause::Left(key) => format!("{} left", wallet(key)),
        Cause::Claimed(key) => format!("{} claimed", wallet(key)),
        Cause::Refunded(key) => format!("{} was refunded", wallet(key)),
        Cause::SlashCollected => "the forfeited bond was collected".to_owned(),
        Cause::AwardPaid(key) => format!("{} got the award", wallet(key)),
        Cause::FeeSwept => "the fee was paid".to_owned(),
        Cause::Burned => "the burn share was burned".to_owned(),
        Cause::Closed => "the match was closed".to_owned(),
        Cause::Other => "an instruction ran that moves no tokens".to_owned(),
    }
}

/// Movements on one line.
pub(super) fn show(movements: &[TokenMovement]) -> String {
    if movements.is_empty() {
        return "no tokens moved".to_owned();
    }
    let one = |movement: &TokenMovement| match movement {
        TokenMovement::Transfer {
            source,
            destination,
            amount,
        } => format!("{amount} from {source} to {destination}"),
        TokenMovement::Burn { source, amount, .. } => format!("{amount} burned from {source}"),
        TokenMovement::Close { account, .. } => format!("{account} closed"),
    };
    movements.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// One movement of tokens.
pub(super) fn transfer(source: Pubkey, destination: Pubkey, amount: u64) -> TokenMovement {
    TokenMovement::Transfer {
        source,
        destination,
        amount,
    }
}
