//! The randomness account, in the shape of the deployed ones: 480 bytes.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | discriminator |
//! | 8 | 32 | authority |
//! | 40 | 32 | queue |
//! | 72 | 32 | seed_slothash |
//! | 104 | 8 | seed_slot |
//! | 112 | 32 | oracle |
//! | 144 | 8 | reveal_slot |
//! | 152 | 32 | value |
//! | 184 | 8 | lut_slot |
//! | 192 | 288 | unused |

use anchor_lang::prelude::*;

use crate::error::MockError;

/// First bytes of a randomness account.
pub const ACCOUNT_DISCRIMINATOR: [u8; 8] = [0x0a, 0x42, 0xe5, 0x87, 0xdc, 0xef, 0xd9, 0x72];
/// Bytes of a deployed randomness account.
pub const ACCOUNT_LEN: usize = 480;

/// Bytes that the fields take; the account only reserves the rest.
pub const FIELDS_LEN: usize = 192;

/// The fields of a randomness account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RandomnessData {
    pub authority: Pubkey,
    pub queue: Pubkey,
    pub seed_slothash: [u8; 32],
    pub seed_slot: u64,
    pub oracle: Pubkey,
    pub reveal_slot: u64,
    pub value: [u8; 32],
    pub lut_slot: u64,
}

impl RandomnessData {
    /// Reads account data. Errors: [`MockError::RandomnessAccountWrong`].
    pub fn read(data: &[u8]) -> Result<Self> {
        require!(
            data.len() >= FIELDS_LEN && data[..8] == ACCOUNT_DISCRIMINATOR,
            MockError::RandomnessAccountWrong
        );
        Ok(Self {
            authority: Pubkey::new_from_array(array_at(data, 8)),
            queue: Pubkey::new_from_array(array_at(data, 40)),
            seed_slothash: array_at(data, 72),
            seed_slot: u64::from_le_bytes(array_at(data, 104)),
            oracle: Pubkey::new_from_array(array_at(data, 112)),
            reveal_slot: u64::from_le_bytes(array_at(data, 144)),
            value: array_at(data, 152),
            lut_slot: u64::from_le_bytes(array_at(data, 184)),
        })
    }

    /// Account data with these fields, as long as a deployed account.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = self.fields();
        data.resize(ACCOUNT_LEN, 0);
        data
    }

    /// The first [`FIELDS_LEN`] bytes of account data with these fields.
    pub fn fields(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(ACCOUNT_LEN);
        data.extend_from_slice(&ACCOUNT_DISCRIMINATOR);
        data.extend_from_slice(self.authority.as_ref());
        data.extend_from_slice(self.queue.as_ref());
        data.extend_from_slice(&self.seed_slothash);
        data.extend_from_slice(&self.seed_slot.to_le_bytes());
        data.extend_from_slice(self.oracle.as_ref());
        data.extend_from_slice(&self.reveal_slot.to_le_bytes());
        data.extend_from_slice(&self.value);
        data.extend_from_slice(&self.lut_slot.to_le_bytes());
        data
    }
}

/// Copies `N` bytes at `at`; callers have checked the length.
pub(crate) fn array_at<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let account = RandomnessData {
            authority: Pubkey::new_from_array([1; 32]),
            queue: Pubkey::new_from_array([2; 32]),
            seed_slothash: [3; 32],
            seed_slot: 4,
            oracle: Pubkey::new_from_array([5; 32]),
            reveal_slot: 6,
            value: [7; 32],
            lut_slot: 8,
        };
        let bytes = account.to_bytes();
        assert_eq!(bytes.len(), ACCOUNT_LEN);
        assert!(RandomnessData::read(&bytes).is_ok_and(|read| read == account));
        assert!(RandomnessData::read(&bytes[..FIELDS_LEN - 1]).is_err());
    }
}
