//! Spans of time as people type them: `500ms`, `30s`, `10m`, `2h`, `1d`.

use std::time::Duration;

/// A span with its unit. A bare number is refused: nobody remembers which unit it would have.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!("`{text}` is not a span of time: a whole number and ms, s, m, h or d, for example 30s or 10m")
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(unit_ms)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse_span(text), Ok(Duration::from_millis(ms)));
        }
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "1 s",
            "10min",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            let problem = parse_span(text).unwrap_err();
            assert!(problem.contains("for example"), "{problem}");
        }
    }
}
