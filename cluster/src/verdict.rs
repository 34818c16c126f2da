//! What the scripts answer that compare a token and write.

use protocol::MatchKey;
use redis::Value;

use crate::error::ClusterError;

/// A word, and what belongs to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) word: String,
    rest: Option<String>,
}

impl Verdict {
    /// # Errors
    /// [`ClusterError::Unsound`] when the script found a fence that is no token, [`ClusterError::Malformed`]
    /// when the answer is none of a script.
    pub(crate) fn read(key: &MatchKey, answer: Value) -> Result<Self, ClusterError> {
        let words: Vec<String> = redis::from_redis_value(answer)
            .map_err(|error| ClusterError::malformed(format!("an answer for match {key}"), error))?;
        let mut words = words.into_iter();
        let (word, rest) = (words.next().unwrap_or_default(), words.next());
        match (word.as_str(), rest) {
            ("unsound", Some(value)) => Err(ClusterError::unsound(key, value)),
            (_, rest) => Ok(Self { word, rest }),
        }
    }

    /// What belongs to the word, if it is a number.
    pub(crate) fn number(&self) -> Option<u64> {
        self.rest.as_deref()?.parse().ok()
    }

    /// What belongs to the word.
    pub(crate) fn text(&self) -> &str {
        self.rest.as_deref().unwrap_or_default()
    }
}
