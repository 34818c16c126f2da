//! Reading Switchboard's accounts: randomness, queue, oracle.
//!
//! Owns the offsets; they are those of `switchboard-on-demand` 0.13 and include the 8-byte discriminator. Accounts on
//! chain are longer than the crate's structs, so lengths are checked with "at least". The owner must be the pinned
//! Switchboard program: the caller passes it.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;

use super::Commitment;

/// `RandomnessAccountData`: authority 8, queue 40, seed slot hash 72, seed slot 104, oracle 112, reveal slot 144, value 152.
const RANDOMNESS_DISCRIMINATOR: [u8; 8] = [0x0a, 0x42, 0xe5, 0x87, 0xdc, 0xef, 0xd9, 0x72];
const RANDOMNESS_LEN_MIN: usize = 184;

/// `QueueAccountData`: authority 8, 32 enclave measurements of 32, then up to 78 oracle keys of 32.
const QUEUE_DISCRIMINATOR: [u8; 8] = [217, 194, 55, 127, 184, 83, 138, 1];
const QUEUE_ORACLES_OFFSET: usize = 8 + 32 + 32 * 32;
const QUEUE_ORACLES_MAX: usize = 78;
/// After the oracle keys: 40 reserved, 30 keys of 20, 30 keys of 32, five 8-byte numbers, one 4-byte count.
const QUEUE_ORACLES_COUNT_OFFSET: usize =
    QUEUE_ORACLES_OFFSET + QUEUE_ORACLES_MAX * 32 + 40 + 30 * 20 + 30 * 32 + 5 * 8 + 4;

/// After the signing keys: greatest age of a quote, last heartbeat of any oracle, then the time an oracle may be silent.
const QUEUE_NODE_TIMEOUT_OFFSET: usize =
    QUEUE_ORACLES_OFFSET + QUEUE_ORACLES_MAX * 32 + 40 + 30 * 20 + 30 * 32 + 2 * 8;

/// `OracleAccountData`: the 64 bytes of the gateway's address follow enclave quote, authority, queue, two times and the
/// secp256k1 key.
const ORACLE_DISCRIMINATOR: [u8; 8] = [128, 30, 16, 241, 170, 73, 55, 54];
const ORACLE_GATEWAY_OFFSET: usize = 8 + ORACLE_QUOTE_LEN + 32 + 32 + 8 + 8 + 64;
const ORACLE_GATEWAY_LEN: usize = 64;
/// After enclave quote, authority, queue and the time it was made.
const ORACLE_HEARTBEAT_OFFSET: usize = 8 + ORACLE_QUOTE_LEN + 32 + 32 + 8;
/// `Quote`: two keys of 32, status 8, two times of 8, registry 32 and 64, secp256k1 key 64, last keys 32 and 64, slot 8,
/// 64 approvers of 32, their count 8, 1,024 reserved.
const ORACLE_QUOTE_LEN: usize = 3432;
/// `is_on_queue` follows the gateway and 8 bytes of permissions.
const ORACLE_ON_QUEUE_OFFSET: usize = ORACLE_GATEWAY_OFFSET + ORACLE_GATEWAY_LEN + 8;

/// An account that is not what Switchboard would have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} account is not usable: {reason}")]
pub struct SwitchboardError {
    what: &'static str,
    reason: String,
}

impl SwitchboardError {
    fn new(what: &'static str, reason: impl Into<String>) -> Self {
        Self {
            what,
            reason: reason.into(),
        }
    }
}

/// A randomness account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Randomness {
    /// Who may commit and reveal.
    pub authority: Pubkey,
    /// The queue its oracle belongs to.
    pub queue: Pubkey,
    /// Hash of the seed slot.
    pub seed_slothash: [u8; 32],
    /// Slot it committed to; 0 before the commit.
    pub seed_slot: u64,
    /// The oracle that must reveal.
    pub oracle: Pubkey,
    /// Slot of the reveal; 0 before it.
    pub reveal_slot: u64,
    /// The value, from the reveal on.
    pub value: [u8; 32],
}

impl Randomness {
    /// Reads a randomness account of `program`.
    pub fn decode(account: &Account, program: &Pubkey) -> Result<Self, SwitchboardError> {
        let data = check(
            account,
            program,
            "randomness",
            RANDOMNESS_DISCRIMINATOR,
            RANDOMNESS_LEN_MIN,
        )?;
        Ok(Self {
            authority: key_at(data, 8),
            queue: key_at(data, 40),
            seed_slothash: bytes_at(data, 72),
            seed_slot: u64::from_le_bytes(bytes_at(data, 104)),
            oracle: key_at(data, 112),
            reveal_slot: u64::from_le_bytes(bytes_at(data, 144)),
            value: bytes_at(data, 152),
        })
    }

    /// What to ask the gateway for; `None` before the commit. `address` is the account's own.
    pub fn commitment(&self, address: Pubkey) -> Option<Commitment> {
        (self.seed_slot != 0).then_some(Commitment {
            randomness: address,
            seed_slot: self.seed_slot,
            seed_slothash: self.seed_slothash,
        })
    }
}

/// A queue of oracles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its oracles, in the queue's order.
    pub oracles: Vec<Pubkey>,
    /// Seconds after its last heartbeat from which an oracle counts as gone; 0 or less: never.
    pub node_timeout_s: i64,
}

impl Queue {
    /// Reads a queue account of `program`.
    ///
    /// # Errors
    /// It is another program's, too short, of another type, or claims more oracles than fit.
    pub fn decode(account: &Account, program: &Pubkey) -> Result<Self, SwitchboardError> {
        let data = check(
            account,
            program,
            "queue",
            QUEUE_DISCRIMINATOR,
            QUEUE_ORACLES_COUNT_OFFSET + 4,
        )?;
        let count = u32::from_le_bytes(bytes_at(data, QUEUE_ORACLES_COUNT_OFFSET)) as usize;
        if count > QUEUE_ORACLES_MAX {
            return Err(SwitchboardError::new(
                "queue",
                format!("it claims {count} oracles, {QUEUE_ORACLES_MAX} fit"),
            ));
        }
        Ok(Self {
            oracles: (0..count)
                .map(|index| key_at(data, QUEUE_ORACLES_OFFSET + 32 * index))
                .collect(),
            node_timeout_s: i64::from_le_bytes(bytes_at(data, QUEUE_NODE_TIMEOUT_OFFSET)),
        })
    }
}

/// An oracle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oracle {
    /// The address of its gateway, as its operator wrote it: untrusted text of at most 64 bytes. `None` if it
    /// has none or is not on its queue.
    pub gateway: Option<String>,
    /// When it last said on chain that it works, Unix seconds of the chain's clock.
    pub last_heartbeat_s: i64,
}

impl Oracle {
    /// Reads an oracle account of `program`.
    ///
    /// # Errors
    /// It is another program's, too short, of another type, or its gateway's address is not UTF-8.
    pub fn decode(account: &Account, program: &Pubkey) -> Result<Self, SwitchboardError> {
        let data = check(
            account,
            program,
            "oracle",
            ORACLE_DISCRIMINATOR,
            ORACLE_ON_QUEUE_OFFSET + 1,
        )?;
        let bytes: [u8; ORACLE_GATEWAY_LEN] = bytes_at(data, ORACLE_GATEWAY_OFFSET);
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(text)
            .map_err(|_| SwitchboardError::new("oracle", "its gateway address is not UTF-8"))?;
        let [on_queue] = bytes_at(data, ORACLE_ON_QUEUE_OFFSET);
        Ok(Self {
            gateway: (!text.is_empty() && on_queue != 0).then(|| text.to_owned()),
            last_heartbeat_s: i64::from_le_bytes(bytes_at(data, ORACLE_HEARTBEAT_OFFSET)),
        })
    }

    /// Whether the queue no longer counts on it, `now_s` being the chain's clock.
    pub fn is_stale(&self, queue: &Queue, now_s: i64) -> bool {
        queue.node_timeout_s > 0 && now_s.saturating_sub(self.last_heartbeat_s) > queue.node_timeout_s
    }
}

fn check<'a>(
    account: &'a Account,
    program: &Pubkey,
    what: &'static str,
    discriminator: [u8; 8],
    len_min: usize,
) -> Result<&'a [u8], SwitchboardError> {
    if account.owner != *program {
        return Err(SwitchboardError::new(
            what,
            format!("owned by {}, expected {program}", account.owner),
        ));
    }
    if account.data.len() < len_min {
        let len = account.data.len();
        return Err(SwitchboardError::new(
            what,
            format!("it has {len} bytes, at least {len_min} are right"),
        ));
    }
    if !account.data.starts_with(&discriminator) {
        return Err(SwitchboardError::new(
            what,
            "its discriminator is another account type's",
        ));
    }
    Ok(&account.data)
}

/// Bytes at an offset within a length [`check`] has verified; zeros beyond, which no caller can reach.
fn bytes_at<const N: usize>(data: &[u8], offset: usize) -> [u8; N] {
    data.get(offset..offset + N)
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or([0; N])
}

fn key_at(data: &[u8], offset: usize) -> Pubkey {
    Pubkey::new_from_array(bytes_at(data, offset))
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use switchboard_on_demand::{OracleAccountData, QueueAccountData, RandomnessAccountData};

    use super::*;

    #[test]
    fn offsets_are_those_of_the_switchboard_crate() {
        assert_eq!(
            QUEUE_ORACLES_OFFSET,
            8 + offset_of!(QueueAccountData, oracle_keys)
        );
        assert_eq!(
            QUEUE_ORACLES_COUNT_OFFSET,
            8 + offset_of!(QueueAccountData, oracle_keys_len)
        );
        assert_eq!(
            ORACLE_GATEWAY_OFFSET,
            8 + offset_of!(OracleAccountData, gateway_uri)
        );
        assert_eq!(
            QUEUE_NODE_TIMEOUT_OFFSET,
            8 + offset_of!(QueueAccountData, node_timeout)
        );
        assert_eq!(
            ORACLE_HEARTBEAT_OFFSET,
            8 + offset_of!(OracleAccountData, last_heartbeat)
        );
        assert_eq!(
            ORACLE_ON_QUEUE_OFFSET,
            8 + offset_of!(OracleAccountData, is_on_queue)
        );
        assert_eq!(72, 8 + offset_of!(RandomnessAccountData, seed_slothash));
        assert_eq!(104, 8 + offset_of!(RandomnessAccountData, seed_slot));
        assert_eq!(112, 8 + offset_of!(RandomnessAccountData, oracle));
        assert_eq!(144, 8 + offset_of!(RandomnessAccountData, reveal_slot));
        assert_eq!(152, 8 + offset_of!(RandomnessAccountData, value));
    }

    fn account(program: &Pubkey, discriminator: [u8; 8], len: usize) -> Account {
        let mut data = vec![0; len];
        data[..8].copy_from_slice(&discriminator);
        Account {
            lamports: 1,
            data,
            owner: *program,
            executable: false,
            rent_epoch: 0,
        }
    }

    #[test]
    fn queue_lists_its_oracles_and_refuses_impossible_counts() {
        let program = Pubkey::new_unique();
        let mut queue = account(&program, QUEUE_DISCRIMINATOR, 6280);
        queue.data[QUEUE_ORACLES_OFFSET + 32..QUEUE_ORACLES_OFFSET + 64].fill(7);
        queue.data[QUEUE_ORACLES_COUNT_OFFSET] = 2;
        let read = Queue::decode(&queue, &program).unwrap();
        assert_eq!(read.oracles, [Pubkey::default(), Pubkey::new_from_array([7; 32])]);

        queue.data[QUEUE_ORACLES_COUNT_OFFSET] = 79;
        assert!(Queue::decode(&queue, &program)
            .unwrap_err()
            .to_string()
            .contains("79"));
        let other = Pubkey::new_unique();
        assert!(Queue::decode(&queue, &other)
            .unwrap_err()
            .to_string()
            .contains("owned by"));
    }

    #[test]
    fn gateway_text_is_bounded_and_needs_an_oracle_on_its_queue() {
        let program = Pubkey::new_unique();
        let mut oracle = account(&program, ORACLE_DISCRIMINATOR, 4936);
        let text = b"https://gateway.example.org";
        oracle.data[ORACLE_GATEWAY_OFFSET..ORACLE_GATEWAY_OFFSET + text.len()].copy_from_slice(text);
        let gateway = |oracle: &Account| Oracle::decode(oracle, &program).map(|oracle| oracle.gateway);
        assert_eq!(gateway(&oracle).unwrap(), None);
        oracle.data[ORACLE_ON_QUEUE_OFFSET] = 1;
        assert_eq!(
            gateway(&oracle).unwrap().as_deref(),
            Some("https://gateway.example.org")
        );

        // All 64 bytes used: no terminating zero.
        oracle.data[ORACLE_GATEWAY_OFFSET..ORACLE_GATEWAY_OFFSET + 64].fill(b'x');
        assert_eq!(gateway(&oracle).unwrap().unwrap().len(), 64);
        oracle.data[ORACLE_GATEWAY_OFFSET] = 0xff;
        assert!(gateway(&oracle).unwrap_err().to_string().contains("UTF-8"));
        oracle.data.truncate(100);
        assert!(gateway(&oracle).unwrap_err().to_string().contains("100 bytes"));
    }

    #[test]
    fn report_32_an_oracle_is_stale_after_the_queues_timeout() {
        let program = Pubkey::new_unique();
        let mut account = account(&program, ORACLE_DISCRIMINATOR, 4936);
        account.data[ORACLE_HEARTBEAT_OFFSET..ORACLE_HEARTBEAT_OFFSET + 8]
            .copy_from_slice(&1_000i64.to_le_bytes());
        let oracle = Oracle::decode(&account, &program).unwrap();
        let queue = |node_timeout_s| Queue {
            oracles: Vec::new(),
            node_timeout_s,
        };
        assert!(!oracle.is_stale(&queue(300), 1_300));
        assert!(oracle.is_stale(&queue(300), 1_301));
        assert!(!oracle.is_stale(&queue(0), i64::MAX), "a queue without a timeout");
        assert!(
            !oracle.is_stale(&queue(300), i64::MIN),
            "a clock behind the heartbeat"
        );
    }

    #[test]
    fn randomness_is_read_from_the_480_byte_shape() {
        let program = Pubkey::new_unique();
        let mut randomness = account(&program, RANDOMNESS_DISCRIMINATOR, 480);
        randomness.data[8..40].fill(1);
        randomness.data[152..184].fill(9);
        let address = Pubkey::new_unique();
        let decoded = Randomness::decode(&randomness, &program).unwrap();
        assert_eq!(decoded.authority, Pubkey::new_from_array([1; 32]));
        assert_eq!(decoded.value, [9; 32]);
        assert_eq!(decoded.commitment(address), None);
        randomness.data[104] = 5;
        let decoded = Randomness::decode(&randomness, &program).unwrap();
        assert_eq!(decoded.commitment(address).map(|c| c.seed_slot), Some(5));
        randomness.data.truncate(183);
        assert!(Randomness::decode(&randomness, &program).is_err());
        randomness.data = vec![0; 480];
        assert!(Randomness::decode(&randomness, &program).is_err());
    }
}
