//! Amounts of tokens as people type them: decimal numbers, exact, turned into base units once the mint is
//! known.

use std::fmt;
use std::str::FromStr;

/// A non-negative decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// All digits, without the point.
    digits: u64,
    /// How many of them follow the point.
    scale: u32,
}

/// Why a text is no quantity, or a quantity no amount of a mint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityError(String);

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QuantityError {}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let wrong = || {
            QuantityError(format!(
                "`{text}` is not an amount of tokens: a decimal number such as 10 or 2.50"
            ))
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction_is_missing = text.contains('.') && fraction.is_empty();
        let all = format!("{whole}{fraction}");
        if whole.is_empty() || fraction_is_missing || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        // Zeros at the end change nothing and would only cost range.
        let kept = fraction.trim_end_matches('0');
        Ok(Quantity {
            digits: format!("{whole}{kept}").parse().map_err(|_| wrong())?,
            scale: u32::try_from(kept.len()).map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let digits = format!("{:0width$}", self.digits, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        if fraction.is_empty() {
            f.write_str(whole)
        } else {
            write!(f, "{whole}.{fraction}")
        }
    }
}

impl Quantity {
    /// The amount in base units of a mint with so many decimals. Errors when it has more places than the
    /// mint, or does not fit.
    pub fn base_units(self, decimals: u8) -> Result<u64, QuantityError> {
        let missing = u32::from(decimals).checked_sub(self.scale).ok_or_else(|| {
            QuantityError(format!(
                "{self} has more decimal places than the token, which has {decimals}"
            ))
        })?;
        10u64
            .checked_pow(missing)
            .and_then(|factor| self.digits.checked_mul(factor))
            .ok_or_else(|| QuantityError(format!("{self} is more than the token can count")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, decimals: u8, expected: Option<u64>) {
        let amount = text.parse::<Quantity>().and_then(|q| q.base_units(decimals));
        assert_eq!(amount.ok(), expected, "{text} at {decimals}");
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        check("10", 6, Some(10_000_000));
        check("2.50", 6, Some(2_500_000));
        check("0.000001", 6, Some(1));
        check("0.0000001", 6, None);
        check("1.0000000", 6, Some(1_000_000));
        check("18446744073709.551615", 6, Some(u64::MAX));
        check("18446744073709.551616", 6, None);
        check("99999999999999999999", 0, None);
        check("7", 0, Some(7));
        for text in ["", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "ten", " 1"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }

    #[test]
    fn printed_as_typed() {
        for text in ["10", "2.5", "0.000001"] {
            assert_eq!(
                text.parse::<Quantity>().map(|q| q.to_string()),
                Ok(text.to_owned())
            );
        }
    }
}
