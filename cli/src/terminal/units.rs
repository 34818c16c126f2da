//! Quantities as people read them.

use std::time::Duration;

/// Amounts of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Decimal places of the mint.
    pub decimals: u8,
    /// What follows the number; may be empty.
    pub symbol: String,
}

impl Money {
    /// Base units as a decimal number with at least two places where the mint has them, without the symbol.
    pub fn number(&self, base_units: u64) -> String {
        let decimals = usize::from(self.decimals);
        if decimals == 0 {
            return base_units.to_string();
        }
        let digits = format!("{base_units:0width$}", width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let kept = fraction.trim_end_matches('0').len().max(decimals.min(2));
        format!("{whole}.{}", &fraction[..kept])
    }

    /// Base units with the symbol.
    pub fn text(&self, base_units: u64) -> String {
        format!("{} {}", self.number(base_units), self.symbol)
            .trim_end()
            .to_owned()
    }

    /// A gain or loss with its sign.
    pub fn signed(&self, base_units: i128) -> String {
        let magnitude = u64::try_from(base_units.unsigned_abs()).unwrap_or(u64::MAX);
        let sign = match base_units {
            0 => "±",
            positive if positive > 0 => "+",
            _ => "−",
        };
        format!("{sign}{}", self.number(magnitude))
    }
}

/// A match clock, `1:05`, seconds rounded down.
pub fn clock(ticks: u32) -> String {
    let seconds = ticks / arena::TICKS_PER_SECOND;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A span of time: `850 ms`, `12.3 s`, `2 min 05 s`.
pub fn duration(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        format!("{} ms", span.as_millis())
    } else if span < Duration::from_secs(60) {
        format!("{}.{} s", span.as_secs(), span.subsec_millis() / 100)
    } else {
        format!("{} min {:02} s", span.as_secs() / 60, span.as_secs() % 60)
    }
}

/// An address or signature, shortened to be told apart, not to be copied.
pub fn short(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= 11 {
        return text.to_owned();
    }
    let head: String = characters[..5].iter().collect();
    let tail: String = characters[characters.len() - 5..].iter().collect();
    format!("{head}…{tail}")
}

/// `1 bot`, `2 bots`; `1 match`, `2 matches`.
pub fn plural(count: usize, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with("ch") || noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_money(base_units: u64, expected: &str) {
        let money = Money {
            decimals: 6,
            symbol: "CHIP".into(),
        };
        assert_eq!(money.number(base_units), expected);
    }

    #[test]
    fn amounts_are_exact() {
        check_money(0, "0.00");
        check_money(1, "0.000001");
        check_money(10_000_000, "10.00");
        check_money(1_234_567, "1.234567");
        check_money(1_500_000, "1.50");
        check_money(u64::MAX, "18446744073709.551615");
    }

    #[test]
    fn mints_without_or_with_one_decimal() {
        let whole = Money {
            decimals: 0,
            symbol: String::new(),
        };
        assert_eq!(whole.text(7), "7");
        let tenths = Money {
            decimals: 1,
            symbol: "T".into(),
        };
        assert_eq!(tenths.text(75), "7.5 T");
        assert_eq!(tenths.signed(-75), "−7.5");
        assert_eq!(tenths.signed(0), "±0.0");
    }

    #[test]
    fn clocks_spans_names_and_counts() {
        assert_eq!(clock(5400), "1:30");
        assert_eq!(clock(359), "0:05");
        assert_eq!(duration(Duration::from_millis(850)), "850 ms");
        assert_eq!(duration(Duration::from_millis(12_345)), "12.3 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(short("abcdefghijklmnop"), "abcde…lmnop");
        assert_eq!(short("abc"), "abc");
        assert_eq!(plural(1, "match"), "1 match");
        assert_eq!(plural(2, "match"), "2 matches");
        assert_eq!(plural(0, "bot"), "0 bots");
    }
}
