//! What an operator offers, as typed on the command line.

use std::str::FromStr;
use std::time::Duration;

use crate::quantity::Quantity;
use crate::span::parse_span;

/// A Blitz that is kept open, at a stake per warrior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlitzOffer {
    /// Price of a warrior, in whole tokens.
    pub stake: Quantity,
}

/// A Siege held again and again, at a stake per warrior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiegeOffer {
    /// Price of a warrior, in whole tokens.
    pub stake: Quantity,
    /// Time between the starts of two matches.
    pub every: Duration,
}

impl FromStr for BlitzOffer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stake = text.parse().map_err(|error| format!("AURELIUS_BLITZ: {error}"))?;
        Ok(BlitzOffer { stake })
    }
}

impl FromStr for SiegeOffer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (stake, every) = text.split_once('@').ok_or_else(|| {
            format!(
                "AURELIUS_SIEGE: `{text}` is not a stake and a span with @ between them, for example 25@10m"
            )
        })?;
        Ok(SiegeOffer {
            stake: stake
                .parse()
                .map_err(|error| format!("AURELIUS_SIEGE: {error}"))?,
            every: parse_span(every).map_err(|error| format!("AURELIUS_SIEGE: {error}"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_parse_or_say_what_is_wrong() {
        let siege: SiegeOffer = "2.5@15m".parse().unwrap();
        assert_eq!(siege.every, Duration::from_secs(900));
        assert_eq!(siege.stake.to_string(), "2.5");
        assert!("7".parse::<BlitzOffer>().is_ok());
        for (text, variable) in [
            ("25", "AURELIUS_SIEGE"),
            ("x@10m", "AURELIUS_SIEGE"),
            ("25@10", "AURELIUS_SIEGE"),
        ] {
            let problem = text.parse::<SiegeOffer>().unwrap_err();
            assert!(problem.contains(variable) && problem.contains("10"), "{problem}");
        }
        assert!("ten"
            .parse::<BlitzOffer>()
            .unwrap_err()
            .contains("AURELIUS_BLITZ"));
    }
}
