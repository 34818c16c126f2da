//! Transactions as bytes: the legacy format, version 0, and version 1 of SIMD-0385.
//!
//! | format | bytes |
//! |---|---|
//! | legacy | signatures ‖ header(3) ‖ keys ‖ blockhash(32) ‖ instructions |
//! | 0 | signatures ‖ 0x80 ‖ header(3) ‖ keys ‖ blockhash(32) ‖ instructions ‖ lookups |
//! | 1 | 0x81 ‖ header(3) ‖ mask u32 ‖ blockhash(32) ‖ instruction count u8 ‖ key count u8 ‖ keys ‖ 4 bytes for each bit of the mask ‖ (program u8 ‖ account count u8 ‖ data length u16) for each instruction ‖ (accounts ‖ data) for each instruction ‖ signatures |
//!
//! Signatures, keys, instructions, accounts and data of the first two are counted by shortvec lengths: seven bits a byte,
//! lowest first. What stands behind the instructions is not read.
//! Invariant: any bytes give a message or an error. Absent on purpose: checking signatures; a ledger holds none that fail.

use anchor_lang::prelude::Pubkey;

use super::unreadable::UnreadableTransaction;

/// Set in the first byte of a message that has a version; the others hold it.
const VERSION_BIT: u8 = 0x80;
const SIGNATURE_LEN: usize = 64;
const HASH_LEN: usize = 32;
const HEADER_LEN: usize = 3;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// The keys that the message holds itself.
    pub(super) keys: Vec<Pubkey>,
    /// Its instructions.
    pub(super) instructions: Vec<CompiledInstruction>,
}

/// An instruction that names accounts by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompiledInstruction {
    pub(super) program: u8,
    pub(super) accounts: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// Reads a transaction.
///
/// # Errors
/// [`UnreadableTransaction::Version`] for a version that is not known, [`UnreadableTransaction::Encoding`] for bytes that
/// are none.
pub(super) fn parse(bytes: &[u8]) -> Result<Message, UnreadableTransaction> {
    let mut reader = Reader(bytes);
    // Signatures come first in the older formats, and there are never 128 of them.
    if let Some(version) = bytes.first().and_then(|first| version_of(*first)) {
        reader.take(1)?;
        return match version {
            1 => version_1(reader),
            other => Err(UnreadableTransaction::Version(other)),
        };
    }
    let signatures = reader.short_len()?;
    reader.take(
        signatures
            .checked_mul(SIGNATURE_LEN)
            .ok_or(UnreadableTransaction::Encoding)?,
    )?;
    match reader.0.first().and_then(|first| version_of(*first)) {
        Some(0) => {
            reader.take(1)?;
        }
        Some(other) => return Err(UnreadableTransaction::Version(other)),
        None => {}
    }
    reader.take(HEADER_LEN)?;
    let count = reader.short_len()?;
    let keys = reader.keys(count)?;
    reader.take(HASH_LEN)?;
    let mut instructions = Vec::new();
    for _ in 0..reader.short_len()? {
        let program = reader.byte()?;
        let accounts = reader.short_len()?;
        let accounts = reader.take(accounts)?.to_vec();
        let data = reader.short_len()?;
        let data = reader.take(data)?.to_vec();
        instructions.push(CompiledInstruction {
            program,
            accounts,
            data,
        });
    }
    Ok(Message { keys, instructions })
}

fn version_1(mut reader: Reader<'_>) -> Result<Message, UnreadableTransaction> {
    reader.take(HEADER_LEN)?;
    let mask = u32::from_le_bytes(reader.array()?);
    reader.take(HASH_LEN)?;
    let instruction_count = reader.byte()?;
    let key_count = reader.byte()?;
    let keys = reader.keys(usize::from(key_count))?;
    // One value of four bytes for each bit; wider ones have several bits.
    reader.take(4 * mask.count_ones() as usize)?;
    let mut headers = Vec::new();
    for _ in 0..instruction_count {
        let [program, accounts, low, high] = reader.array()?;
        headers.push((
            program,
            usize::from(accounts),
            usize::from(u16::from_le_bytes([low, high])),
        ));
    }
    let mut instructions = Vec::new();
    for (program, accounts, data) in headers {
        instructions.push(CompiledInstruction {
            program,
            accounts: reader.take(accounts)?.to_vec(),
            data: reader.take(data)?.to_vec(),
        });
    }
    Ok(Message { keys, instructions })
}

fn version_of(byte: u8) -> Option<u8> {
    (byte & VERSION_BIT != 0).then_some(byte & !VERSION_BIT)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], UnreadableTransaction> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(UnreadableTransaction::Encoding)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], UnreadableTransaction> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or(UnreadableTransaction::Encoding)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, UnreadableTransaction> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn keys(&mut self, count: usize) -> Result<Vec<Pubkey>, UnreadableTransaction> {
        (0..count)
            .map(|_| self.array().map(Pubkey::new_from_array))
            .collect()
    }

    /// A shortvec length: at most three bytes, as it is a u16.
    fn short_len(&mut self) -> Result<usize, UnreadableTransaction> {
        let mut len = 0;
        for shift in [0, 7, 14] {
            let byte = self.byte()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(len);
            }
        }
        Err(UnreadableTransaction::Encoding)
    }
}

#[cfg(test)]
mod tests {
    use solana_hash::Hash;
    use solana_instruction::{AccountMeta, Instruction};
    use solana_message::{v0, Message as Legacy, VersionedMessage};
    use solana_signature::Signature;
    use solana_transaction::versioned::VersionedTransaction;

    use super::*;

    fn instructions() -> Vec<Instruction> {
        let instruction = |seed: u8, len: usize| Instruction {
            program_id: Pubkey::new_from_array([seed; 32]),
            accounts: vec![AccountMeta::new(Pubkey::new_from_array([seed + 1; 32]), false)],
            data: vec![seed; len],
        };
        vec![instruction(1, 3), instruction(10, 300)]
    }

    fn check(message: VersionedMessage) {
        let keys = message.static_account_keys().to_vec();
        let expected: Vec<CompiledInstruction> = message
            .instructions()
            .iter()
            .map(|instruction| CompiledInstruction {
                program: instruction.program_id_index,
                accounts: instruction.accounts.clone(),
                data: instruction.data.clone(),
            })
            .collect();
        let transaction = VersionedTransaction {
            signatures: vec![Signature::from([7; 64])],
            message,
        };
        let bytes = bincode::serialize(&transaction).unwrap();
        let parsed = parse(&bytes).unwrap();
        assert_eq!((parsed.keys, parsed.instructions), (keys, expected));
        // Lookups of version 0 stand last and are not read.
        for len in 0..bytes.len().saturating_sub(2) {
            let _ = parse(&bytes[..len]);
        }
        assert!(parse(&bytes[..200]).is_err());
    }

    #[test]
    fn the_older_formats_are_read_as_the_library_reads_them() {
        let payer = Pubkey::new_from_array([0xee; 32]);
        let hash = Hash::new_from_array([9; 32]);
        check(VersionedMessage::Legacy(Legacy::new_with_blockhash(
            &instructions(),
            Some(&payer),
            &hash,
        )));
        let message = v0::Message::try_compile(&payer, &instructions(), &[], hash).unwrap();
        check(VersionedMessage::V0(message));
    }

    /// Bytes as `solana-message` 4.4.1 writes them.
    #[test]
    fn report_01_version_1_is_read_and_later_ones_are_named() {
        use solana_message_4::{compiled_instruction::CompiledInstruction as Theirs, v1, MessageHeader};
        let keys: Vec<Pubkey> = (1..=4).map(|seed| Pubkey::new_from_array([seed; 32])).collect();
        let theirs = v1::Message::new(
            MessageHeader {
                num_required_signatures: 1,
                num_readonly_signed_accounts: 0,
                num_readonly_unsigned_accounts: 2,
            },
            v1::TransactionConfig::empty()
                .with_priority_fee(500)
                .with_compute_unit_limit(200_000),
            Hash::new_from_array([9; 32]),
            keys.clone(),
            vec![
                Theirs {
                    program_id_index: 3,
                    accounts: vec![0, 1],
                    data: vec![5; 300],
                },
                Theirs {
                    program_id_index: 2,
                    accounts: vec![],
                    data: vec![],
                },
            ],
        );
        let mut bytes = theirs.serialize();
        assert_eq!(bytes[0], 0x81);
        bytes.extend([7; SIGNATURE_LEN]);
        let parsed = parse(&bytes).unwrap();
        assert_eq!(parsed.keys, keys);
        let program_and_data: Vec<_> = parsed
            .instructions
            .iter()
            .map(|instruction| {
                (
                    instruction.program,
                    instruction.accounts.len(),
                    instruction.data.len(),
                )
            })
            .collect();
        assert_eq!(program_and_data, [(3, 2, 300), (2, 0, 0)]);
        for len in 0..bytes.len() - SIGNATURE_LEN {
            assert!(parse(&bytes[..len]).is_err(), "{len}");
        }
        bytes[0] = 0x82;
        assert_eq!(parse(&bytes), Err(UnreadableTransaction::Version(2)));
    }
}
