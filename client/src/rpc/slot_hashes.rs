//! The hashes of recent slots, on which the rolls of a match hang.
//!
//! Ticks that were made with a wrong hash can never be posted, so no single endpoint is believed where several answer.

use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};

use super::answers::{optional_account, with_context, Decoded};
use super::handle::RpcPool;
use super::method::Method;
use crate::error::Error;

/// The SlotHashes sysvar: a count u64 le, then slot u64 le and hash of each entry, newest first.
const SLOT_HASHES: Pubkey = Pubkey::from_str_const("SysvarS1otHashes111111111111111111111111111");
const COUNT_BYTES: usize = 8;
const ENTRY_BYTES: usize = 40;
/// Entries that it holds.
pub const SLOT_HASHES_MAX: usize = 512;

/// The newest entries of the sysvar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotHashes {
    /// The slot in which it reads so: every entry below is there that ever will be.
    pub as_of: u64,
    /// Slot and hash, newest first.
    pub entries: Vec<(u64, [u8; 32])>,
}

impl SlotHashes {
    /// The hash of the greatest slot up to `slot`; none before that is settled, or when it is no longer there.
    pub fn of(&self, slot: u64) -> Option<[u8; 32]> {
        let found = self.entries.iter().find(|(at, _)| *at <= slot);
        found.filter(|_| slot < self.as_of).map(|(_, hash)| *hash)
    }

    /// Reads as many entries as there are bytes of.
    fn decode(answer: &Value) -> Decoded<Self> {
        let (as_of, value) = with_context(answer)?;
        let account = optional_account(value)?.ok_or("there is no SlotHashes sysvar")?;
        let (count, entries) = account
            .data
            .split_first_chunk::<COUNT_BYTES>()
            .ok_or("the SlotHashes sysvar has no count")?;
        let count = usize::try_from(u64::from_le_bytes(*count)).unwrap_or(usize::MAX);
        let entries = entries.chunks_exact(ENTRY_BYTES).take(count).map(|entry| {
            let (mut slot, mut hash) = ([0; 8], [0; 32]);
            slot.copy_from_slice(&entry[..8]);
            hash.copy_from_slice(&entry[8..]);
            (u64::from_le_bytes(slot), hash)
        });
        Ok(Self {
            as_of,
            entries: entries.collect(),
        })
    }

    /// Whether both say the same of the slots that both speak of.
    fn agrees(&self, other: &Self) -> bool {
        let range = |of: &Self| Some((of.entries.last()?.0, of.entries.first()?.0));
        let (Some(ours), Some(theirs)) = (range(self), range(other)) else {
            return true;
        };
        let both = ours.0.max(theirs.0)..=ours.1.min(theirs.1);
        let shared = |of: &Self| -> Vec<_> {
            let entries = of.entries.iter().filter(|(slot, _)| both.contains(slot));
            entries.copied().collect()
        };
        shared(self) == shared(other)
    }

    /// The newest of those that more answers agree with than contradict; none where nobody can be believed.
    fn believed(answers: &[Self]) -> Option<&Self> {
        let believed = answers.iter().filter(|one| {
            let agree = answers.iter().filter(|other| one.agrees(other)).count();
            agree * 2 > answers.len()
        });
        believed.max_by_key(|one| one.as_of)
    }
}

impl RpcPool {
    /// The newest `count` entries of the SlotHashes sysvar, at most [`SLOT_HASHES_MAX`].
    ///
    /// # Errors
    /// When no endpoint answers, or when as many contradict each other as agree.
    pub async fn slot_hashes(&self, count: usize) -> Result<SlotHashes, Error> {
        let length = COUNT_BYTES + count.min(SLOT_HASHES_MAX) * ENTRY_BYTES;
        let params = json!([SLOT_HASHES.to_string(), {
            "encoding": "base64",
            "commitment": self.commitment.commitment,
            "dataSlice": { "offset": 0, "length": length },
        }]);
        let answers = self
            .pool
            .ask_everyone(Method::AccountInfo, params, SlotHashes::decode)
            .await;
        let (mut told, mut failure) = (Vec::with_capacity(answers.len()), None);
        for answer in answers {
            match answer {
                Ok(hashes) => told.push(hashes),
                Err(failed) => failure = Some(failed),
            }
        }
        match (SlotHashes::believed(&told), failure) {
            (Some(hashes), _) => Ok(hashes.clone()),
            (None, Some(failed)) if told.is_empty() => Err(failed.into()),
            (None, _) => Err(Error::Answer(
                "the endpoints contradict each other about the hashes of slots".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(as_of: u64, entries: &[(u64, u8)]) -> SlotHashes {
        SlotHashes {
            as_of,
            entries: entries.iter().map(|(slot, hash)| (*slot, [*hash; 32])).collect(),
        }
    }

    #[test]
    fn a_hash_is_known_once_its_slot_has_passed() {
        let hashes = hashes(14, &[(12, 12), (10, 10)]);
        assert_eq!(hashes.of(14), None, "a block of that slot may still come");
        assert_eq!(hashes.of(13), Some([12; 32]), "slot 13 was skipped");
        assert_eq!(hashes.of(11), Some([10; 32]));
        assert_eq!(hashes.of(9), None, "gone");
    }

    #[test]
    fn a_liar_is_outvoted_and_two_that_differ_say_nothing() {
        let honest = hashes(10, &[(9, 9), (8, 8), (6, 6)]);
        let ahead = hashes(12, &[(11, 11), (9, 9), (8, 8)]);
        for liar in [
            hashes(13, &[(12, 1), (9, 1), (8, 8)]),
            // It hides a slot.
            hashes(13, &[(12, 12), (9, 9), (6, 6)]),
        ] {
            let all = [honest.clone(), liar.clone(), ahead.clone()];
            assert_eq!(SlotHashes::believed(&all), Some(&ahead));
            assert_eq!(SlotHashes::believed(&[honest.clone(), liar]), None);
        }
        assert_eq!(SlotHashes::believed(std::slice::from_ref(&honest)), Some(&honest));
        assert_eq!(SlotHashes::believed(&[]), None);
    }
}
