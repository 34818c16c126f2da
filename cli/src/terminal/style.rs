//! ANSI colours, or none.

/// The colours used, by meaning where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Good,
    Bad,
    Warning,
    Faint,
    Bold,
    /// One of 256 colours, for players.
    Indexed(u8),
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are written at all.
    enabled: bool,
}

impl Style {
    /// Never colours.
    pub const PLAIN: Style = Style { enabled: false };
    /// Always colours.
    pub const COLOURED: Style = Style { enabled: true };

    /// Colours when `terminal` and the user has not set `NO_COLOR` (https://no-color.org).
    pub fn detect(terminal: bool) -> Style {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Style {
            enabled: terminal && !refused,
        }
    }

    /// The text in a colour.
    pub fn paint(self, colour: Colour, text: &str) -> String {
        if !self.enabled {
            return text.to_owned();
        }
        match colour {
            Colour::Good => format!("\x1b[32m{text}\x1b[0m"),
            Colour::Bad => format!("\x1b[31m{text}\x1b[0m"),
            Colour::Warning => format!("\x1b[33m{text}\x1b[0m"),
            Colour::Faint => format!("\x1b[2m{text}\x1b[0m"),
            Colour::Bold => format!("\x1b[1m{text}\x1b[0m"),
            Colour::Indexed(index) => format!("\x1b[38;5;{index}m{text}\x1b[0m"),
        }
    }
}

/// The width of a text in columns, escape sequences not counted. All our texts are of one column a character.
pub fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            // A colour sequence ends with a letter.
            for inner in characters.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            count += 1;
        }
    }
    count
}

/// As much of the text as fits so many columns; colours that were begun are ended.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = width;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            cut.push(character);
            for inner in characters.by_ref() {
                cut.push(inner);
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if left > 0 {
            cut.push(character);
            left -= 1;
        } else {
            break;
        }
    }
    if cut.contains('\x1b') {
        cut.push_str("\x1b[0m");
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_sequences_take_no_columns() {
        let text = Style::COLOURED.paint(Colour::Indexed(42), "ab…");
        assert!(text.len() > 5);
        assert_eq!(columns(&text), 3);
        assert_eq!(Style::PLAIN.paint(Colour::Bad, "ab"), "ab");
    }

    #[test]
    fn a_text_is_cut_at_columns_and_not_inside_a_colour() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc");
        let painted = Style::COLOURED.paint(Colour::Good, "abcd");
        assert_eq!(cut(&painted, 2), "\x1b[32mab\x1b[0m");
    }
}
