//! The relays that a client may connect to.
//!
//! All of them serve the same matches; a client uses one, and turns to the next when that one is lost.
//! Invariant: there is at least one. Absent: whether a relay is well; trying it tells.

use std::collections::VecDeque;
use std::fmt;

use rand::seq::SliceRandom;
use reqwest::Url;

/// Some relays, of which one is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relays {
    current: Url,
    others: VecDeque<Url>,
}

impl Relays {
    /// These, the first in use. None if there are none.
    pub fn of(urls: impl IntoIterator<Item = Url>) -> Option<Relays> {
        let mut urls = urls.into_iter();
        Some(Relays {
            current: urls.next()?,
            others: urls.collect(),
        })
    }

    /// The one in use.
    pub fn current(&self) -> &Url {
        &self.current
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(1 + self.others.len()).unwrap_or(u32::MAX)
    }

    /// Uses the next one.
    pub fn turn(&mut self) {
        if let Some(next) = self.others.pop_front() {
            self.others.push_back(std::mem::replace(&mut self.current, next));
        }
    }

    /// The same in a random order, so that clients spread over them.
    pub fn shuffled(self) -> Relays {
        let mut urls: Vec<Url> = self.others.into();
        urls.push(self.current.clone());
        urls.shuffle(&mut rand::thread_rng());
        Relays::of(urls).unwrap_or_else(|| self.current.into())
    }
}

impl From<Url> for Relays {
    fn from(current: Url) -> Self {
        Relays {
            current,
            others: VecDeque::new(),
        }
    }
}

impl From<&Url> for Relays {
    fn from(url: &Url) -> Self {
        url.clone().into()
    }
}

impl From<&Relays> for Relays {
    fn from(relays: &Relays) -> Self {
        relays.clone()
    }
}

/// The addresses, the one in use first.
impl fmt::Display for Relays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.current)?;
        self.others.iter().try_for_each(|url| write!(f, ", {url}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn urls() -> Vec<Url> {
        (1..=3)
            .map(|number| Url::parse(&format!("http://relay-{number}.example")).unwrap())
            .collect()
    }

    #[test]
    fn each_has_its_turn() {
        assert_eq!(Relays::of([]), None);
        let mut relays = Relays::of(urls()).unwrap().shuffled();
        assert_eq!(relays.count(), 3);
        let first = relays.clone();
        let mut seen = HashSet::new();
        for _ in 0..3 {
            seen.insert(relays.current().clone());
            relays.turn();
        }
        assert_eq!(seen, urls().into_iter().collect());
        assert_eq!(relays, first);
    }

    #[test]
    fn a_single_one_is_used_again() {
        let mut relays = Relays::from(&urls()[0]);
        relays.turn();
        assert_eq!(relays.current(), &urls()[0]);
        assert_eq!(relays.to_string(), "http://relay-1.example/");
    }
}
