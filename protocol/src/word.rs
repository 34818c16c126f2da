//! How the rules' own enums travel: their word in readable formats, their byte in compact ones.
//!
//! For fields: `#[serde(with = "crate::word")]`. The rules' crate knows no serde, so the form is given here.

use std::borrow::Cow;
use std::fmt::Display;

use arena::{MatchStatus, Mode};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// One of a fixed set, each with a word and a byte.
pub(crate) trait Word: Copy + Into<u8> + TryFrom<u8, Error: Display> + 'static {
    /// What the set is called.
    const WHAT: &'static str;
    /// The whole set.
    const ALL: &'static [Self];

    /// This one's word.
    fn word(self) -> &'static str;
}

impl Word for MatchStatus {
    const WHAT: &'static str = "match status";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Word for Mode {
    const WHAT: &'static str = "mode";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

pub(crate) fn serialize<T: Word, S: Serializer>(one: &T, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.serialize_str(one.word())
    } else {
        serializer.serialize_u8((*one).into())
    }
}

pub(crate) fn deserialize<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    if !deserializer.is_human_readable() {
        return T::try_from(u8::deserialize(deserializer)?).map_err(D::Error::custom);
    }
    let word = Cow::<str>::deserialize(deserializer)?;
    let found = T::ALL.iter().find(|one| one.word() == word);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = T::ALL.iter().map(|one| one.word()).collect();
        D::Error::custom(format_args!(
            "unknown {} {word:.40?}: expected one of {}",
            T::WHAT,
            known.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Both {
        #[serde(with = "crate::word")]
        mode: Mode,
        #[serde(with = "crate::word")]
        status: MatchStatus,
    }

    #[test]
    fn each_has_its_word_in_json_and_its_byte_in_postcard() {
        for mode in Mode::ALL {
            for status in MatchStatus::ALL {
                let both = Both { mode, status };
                let json = serde_json::to_string(&both).unwrap();
                let expected = format!(r#"{{"mode":"{}","status":"{}"}}"#, mode.name(), status.name());
                assert_eq!(json, expected);
                assert_eq!(serde_json::from_str::<Both>(&json).unwrap(), both);
                let bytes = postcard::to_allocvec(&both).unwrap();
                assert_eq!(bytes, [mode as u8, status as u8]);
                assert_eq!(postcard::from_bytes::<Both>(&bytes).unwrap(), both);
            }
        }
    }

    #[test]
    fn what_is_unknown_is_an_error_that_names_it() {
        let error = serde_json::from_str::<Both>(r#"{"mode":"duel","status":"open"}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(r#"unknown mode "duel": expected one of blitz, siege"#),
            "{error}"
        );
        let error = serde_json::from_str::<Both>(r#"{"mode":"blitz","status":"Open"}"#).unwrap_err();
        assert!(
            error.to_string().contains(r#"unknown match status "Open""#),
            "{error}"
        );
        for bytes in [[2, 0], [0, 7], [255, 0], [0, 128]] {
            assert!(postcard::from_bytes::<Both>(&bytes).is_err(), "{bytes:?}");
        }
    }
}
