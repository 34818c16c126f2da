//! The drip chain of one match: keys fixed before entries open, revealed one a checkpoint.
//!
//! `K₀ = Hⁿ(secret)` is posted with `create_match`; the checkpoint with index `i` (from 0) reveals `Kᵢ₊₁`,
//! whose hash is `Kᵢ`. `n` is the number of checkpoints of a match at full length, so the last one reveals
//! the secret itself.

use arena::{drip_parent, Digest, HostSha256};

/// All keys of one match.
#[derive(Clone)]
pub struct DripChain {
    /// `K₀ … Kₙ`.
    keys: Vec<Digest>,
}

impl DripChain {
    /// The chain of `checkpoints` keys after the root that ends in `secret`.
    pub fn new(secret: Digest, checkpoints: u32) -> Self {
        let mut keys = vec![secret];
        for _ in 0..checkpoints {
            let parent = keys.last().map_or(secret, drip_parent::<HostSha256>);
            keys.push(parent);
        }
        keys.reverse();
        Self { keys }
    }

    /// `K₀`: what is posted before entries open.
    pub fn root(&self) -> Digest {
        self.keys.first().copied().unwrap_or_default()
    }

    /// The key that the checkpoint with this index reveals; `None` beyond the last.
    pub fn key(&self, checkpoint: u32) -> Option<Digest> {
        self.keys.get(checkpoint as usize + 1).copied()
    }
}

impl std::fmt::Debug for DripChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DripChain({} keys, hidden)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_hashes_to_the_one_before_and_the_last_is_the_secret() {
        let secret = [7; 32];
        for checkpoints in [1, 2, 45, 300] {
            let chain = DripChain::new(secret, checkpoints);
            let mut parent = chain.root();
            for index in 0..checkpoints {
                let key = chain.key(index).unwrap();
                assert_eq!(
                    drip_parent::<HostSha256>(&key),
                    parent,
                    "key {index} of {checkpoints}"
                );
                parent = key;
            }
            assert_eq!(parent, secret);
            assert_eq!(chain.key(checkpoints), None);
        }
    }

    #[test]
    fn the_keys_are_not_shown() {
        let shown = format!("{:?}", DripChain::new([0xAB; 32], 3));
        assert_eq!(shown, "DripChain(4 keys, hidden)");
    }
}
