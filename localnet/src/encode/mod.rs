//! Chain data as the JSON a real node shows.

pub(crate) mod account;
pub(crate) mod instruction;
pub(crate) mod outcome;
pub(crate) mod transaction;

use serde_json::{json, Value};
use solana_rpc_client_api::response::UiTokenAmount;

/// The Agave release whose runtime LiteSVM 0.16 links, and the first four bytes of that release's
/// feature-set identifier; both as `solana-test-validator --version` prints them.
pub(crate) const SOLANA_CORE: &str = "4.2.2";
pub(crate) const FEATURE_SET: u32 = 0x21b0_d33a;

/// A value with the slot it was read in.
pub(crate) fn with_context(slot: u64, value: Value) -> Value {
    json!({ "context": { "apiVersion": SOLANA_CORE, "slot": slot }, "value": value })
}

/// Any serialisable type as a value. Only maps with keys that are not strings can fail, and none
/// of the types shown here has one.
pub(crate) fn to_value(shown: impl serde::Serialize) -> Value {
    serde_json::to_value(shown).unwrap_or(Value::Null)
}

/// A token amount in base units, with its decimal forms.
pub(crate) fn token_amount(amount: u64, decimals: u8) -> UiTokenAmount {
    let text = decimal(amount, decimals);
    UiTokenAmount {
        ui_amount: text.parse().ok(),
        decimals,
        amount: amount.to_string(),
        ui_amount_string: text,
    }
}

/// `amount` / 10^`decimals` without trailing zeros.
fn decimal(amount: u64, decimals: u8) -> String {
    let places = usize::from(decimals);
    let digits = format!("{amount:0width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_lose_trailing_zeros_and_nothing_else() {
        for (amount, decimals, expected) in [
            (0, 0, "0"),
            (0, 9, "0"),
            (1, 9, "0.000000001"),
            (1_500_000, 6, "1.5"),
            (100, 0, "100"),
            (100, 2, "1"),
            (u64::MAX, 9, "18446744073.709551615"),
            (7, 255, &format!("0.{}7", "0".repeat(254))),
        ] {
            assert_eq!(decimal(amount, decimals), expected);
        }
        let shown = token_amount(1_500_000, 6);
        assert_eq!((shown.ui_amount, shown.amount.as_str()), (Some(1.5), "1500000"));
    }
}
