//! Tokens as typed on the command line, for those who show amounts and have no chain to ask:
//! `MINT:DECIMALS:SYMBOL`.

use std::str::FromStr;

use client::Pubkey;

use crate::config::parse_address;

/// How amounts of a mint are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedToken {
    /// The token's mint.
    pub mint: Pubkey,
    /// Decimal places of the mint.
    pub decimals: u8,
    /// What it is shown as.
    pub symbol: String,
}

impl FromStr for NamedToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: String| {
            format!("AURELIUS_TOKENS: `{text}` {why}; for example So11111111111111111111111111111111111111112:9:SOL")
        };
        let mut parts = text.splitn(3, ':');
        let (Some(mint), Some(decimals), Some(symbol)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong("is not MINT:DECIMALS:SYMBOL".to_owned()));
        };
        let decimals = decimals
            .parse()
            .map_err(|_| wrong(format!("has `{decimals}` for decimals, a number is right")))?;
        if !(1..=16).contains(&symbol.len()) {
            return Err(wrong("has a symbol that is not 1 to 16 bytes long".to_owned()));
        }
        Ok(NamedToken {
            mint: parse_address(mint).map_err(wrong)?,
            decimals,
            symbol: symbol.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_parse_or_say_what_is_wrong() {
        let token: NamedToken = "So11111111111111111111111111111111111111112:9:SOL"
            .parse()
            .unwrap();
        assert_eq!((token.decimals, token.symbol.as_str()), (9, "SOL"));
        for text in [
            "",
            "So1:9:SOL",
            "So11111111111111111111111111111111111111112:x:SOL",
            "a:b",
            "So11111111111111111111111111111111111111112:9:",
        ] {
            let problem = text.parse::<NamedToken>().unwrap_err();
            assert!(
                problem.starts_with("AURELIUS_TOKENS") && problem.contains("for example"),
                "{problem}"
            );
        }
    }
}
