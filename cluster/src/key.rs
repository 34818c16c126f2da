//! The names of all keys and channels, and the hash slot of a name.
//!
//! `{M}`, the match's address in braces, is what Redis hashes: everything of one match is on one node, so
//! that one script can compare the token and write. [`super`] lists the keys.

use std::sync::Arc;

use protocol::MatchKey;

/// Hash slots of a Redis Cluster.
pub(crate) const SLOTS: usize = 16_384;

/// Makes the names of one installation.
#[derive(Debug, Clone)]
pub struct Keys {
    prefix: Arc<str>,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.into(),
        }
    }

    /// Hash: what a relay shows of the match.
    pub fn game(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}", self.prefix)
    }

    /// String: the frames from the last keyframe on.
    pub fn history(&self, key: &MatchKey) -> String {
        format!("{}:history", self.game(key))
    }

    /// String `token:holder`.
    pub fn lease(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:lease", self.prefix)
    }

    /// String: the highest token ever given.
    pub fn fence(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:fence", self.prefix)
    }

    /// Stream: the crank's input log.
    pub fn shared_log(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:log", self.prefix)
    }

    /// Stream: what relays send to the crank.
    pub fn inputs(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:inputs", self.prefix)
    }

    /// Channel from the crank to the relays.
    pub fn frames(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:frames", self.prefix)
    }

    /// Channel that tells the crank that there are inputs.
    pub fn bell(&self, key: &MatchKey) -> String {
        format!("{}:game:{{{key}}}:bell", self.prefix)
    }

    /// The list of open matches.
    pub fn games(&self) -> String {
        format!("{}:games", self.prefix)
    }

    /// Hash: which cranks are there.
    pub(crate) fn cranks(&self) -> String {
        format!("{}:cranks", self.prefix)
    }

    /// Channel from cranks to one relay.
    pub fn answers(&self, relay: &str) -> String {
        format!("{}:relay:{relay}:answers", self.prefix)
    }

    /// String: what belongs to a resume token.
    pub(crate) fn token(&self, token: &[u8; 32]) -> String {
        format!("{}:token:{}", self.prefix, protocol::Hash(*token))
    }

    /// A channel of this name.
    pub(crate) fn topic(&self, topic: &str) -> String {
        format!("{}:{topic}", self.prefix)
    }
}

/// The hash slot of a key or sharded channel: CRC-16/XMODEM of the part in the first braces, or of the whole
/// name, modulo 16,384 (Redis Cluster Specification, "Hash tags").
pub(crate) fn slot_of(name: &[u8]) -> u16 {
    let tag = name.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &name[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    let mut crc = 0u16;
    for byte in tag.unwrap_or(name) {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc % SLOTS as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis() {
        // The first is the specification's check value; the others are what CLUSTER KEYSLOT of Redis 7.0
        // says.
        let expected: [(&str, u16); 5] = [
            ("123456789", 12_739),
            ("foo", 12_182),
            ("bar", 5_061),
            ("{foo}shard", 12_182),
            ("", 0),
        ];
        for (name, slot) in expected {
            assert_eq!(slot_of(name.as_bytes()), slot, "{name}");
        }
        // Empty braces do not count, and then nothing after them does.
        assert_ne!(slot_of(b"a{}{foo}"), slot_of(b"foo"));
    }

    #[test]
    fn everything_of_a_match_is_in_one_slot() {
        let keys = Keys::new("aurelius");
        let key = MatchKey([7; 32]);
        let all = [
            keys.game(&key),
            keys.lease(&key),
            keys.fence(&key),
            keys.shared_log(&key),
            keys.inputs(&key),
            keys.frames(&key),
            keys.bell(&key),
        ];
        let slot = slot_of(key.to_string().as_bytes());
        assert!(all.iter().all(|name| slot_of(name.as_bytes()) == slot));
    }
}
