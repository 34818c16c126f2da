//! The terms that an operator agreed to: those of the config when its crank first read it.
//!
//! Invariant: a match is created on no other terms, so whoever governs the config cannot put an operator's bond
//! under terms that it never saw. A restart of the crank agrees to what the config says by then.

use std::sync::OnceLock;

use client::aurelius::state::{BondTerms, Windows};
use client::view::ConfigView;

/// What of a config an operator's bond depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreed {
    windows: Windows,
    bond: BondTerms,
}

/// The terms of the first reading.
#[derive(Debug, Default)]
pub struct Agreement(OnceLock<Agreed>);

impl Agreement {
    /// Whether the config still says what it said when it was first read. The error says what to do, for people.
    pub fn check(&self, config: &ConfigView) -> Result<(), String> {
        let now = Agreed {
            windows: config.windows,
            bond: config.bond,
        };
        let agreed = self.0.get_or_init(|| now);
        if *agreed == now {
            return Ok(());
        }
        Err(format!(
            "the config's terms changed from {agreed:?} to {now:?}: no match is made on them until a restart of this \
             crank agrees to them"
        ))
    }
}

#[cfg(test)]
mod tests {
    use client::aurelius::state::BondTerms;
    use client::instruction::RandomnessSource;
    use client::Pubkey;

    use super::*;

    fn config() -> ConfigView {
        let key = Pubkey::new_from_array([1; 32]);
        ConfigView {
            address: key,
            authority: key,
            pending_authority: None,
            treasury: key,
            paused: false,
            randomness: RandomnessSource {
                program: key,
                queue: key,
            },
            windows: Windows::default(),
            cluster: [1; 32],
            bond: BondTerms::DEFAULT,
            mints: Vec::new(),
            rules: Vec::new(),
        }
    }

    #[test]
    fn only_the_terms_of_the_first_reading_are_agreed_to() {
        let agreement = Agreement::default();
        let mut config = config();
        agreement.check(&config).unwrap();
        config.treasury = Pubkey::new_from_array([2; 32]);
        agreement.check(&config).unwrap();
        config.windows.checkpoint_slots = 75;
        let refused = agreement.check(&config).unwrap_err();
        assert!(
            refused.contains("restart") && refused.contains("checkpoint_slots: 75"),
            "{refused}"
        );
        // Nor does asking again agree to anything.
        agreement.check(&config).unwrap_err();
        Agreement::default().check(&config).unwrap();
    }
}
