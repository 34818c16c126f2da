//! A program's new code on its way through the upgradeable loader, as `solana program deploy` sends it: a buffer, the
//! bytes in some fifteen hundred transactions, the upgrade, in which the loader verifies the ELF.
//!
//! | instruction | data |
//! |---|---|
//! | InitializeBuffer | u32 0 |
//! | Write | u32 1, offset u32, length u64, bytes |
//! | Upgrade | u32 3 |
//! | ExtendProgram | u32 6, additional bytes u32 |

use std::time::{Duration, Instant};

use client::rpc::{RpcPool, SendOptions};
use client::sender::{sign, Budget, Format, Sender};
use client::Pubkey;
use futures_util::{stream, StreamExt};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

const LOADER: Pubkey = Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
const SYSTEM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");
const RENT: Pubkey = Pubkey::from_str_const("SysvarRent111111111111111111111111111111111");
const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Bytes in front of the ELF in a buffer: tag u32, authority as an option.
const BUFFER_HEADER: usize = 37;
/// Bytes in front of the ELF in a ProgramData account: tag u32, slot u64, authority as an option.
const PROGRAM_DATA_HEADER: usize = 45;
/// ELF bytes of a write that fit a transaction of 1,232 bytes.
const CHUNK: usize = 950;
/// Compute units that a write asks for; the loader takes 2,370 and the request itself 150.
const WRITE_COMPUTE_UNITS: u32 = 3_000;
/// Writes handed to the node at a time.
const SENDS_AT_ONCE: usize = 16;
const PATIENCE: Duration = Duration::from_secs(120);

/// Replaces the code of `program`; answers when it can be called. `authority` may upgrade it, and pays.
pub async fn upgrade(sender: &Sender, program: Pubkey, elf: &[u8], authority: &Keypair) {
    let rpc = sender.rpc();
    let buffer = Keypair::new();
    let (payer, at) = (authority.pubkey(), buffer.pubkey());
    let space = BUFFER_HEADER + elf.len();
    let rent = rpc.rent_exempt_minimum(space).await.unwrap();
    let create =
        solana_system_interface::instruction::create_account(&payer, &at, rent, space as u64, &LOADER);
    let initialize = instruction(
        &[&0u32.to_le_bytes()],
        vec![
            AccountMeta::new(at, false),
            AccountMeta::new_readonly(payer, false),
        ],
    );
    sender
        .send_and_confirm(&[create, initialize], authority, &[&buffer])
        .await
        .unwrap();
    fill(rpc, at, elf, authority).await;

    let data = Pubkey::find_program_address(&[program.as_ref()], &LOADER).0;
    let room = rpc.account(&data).await.unwrap().unwrap().data.len() - PROGRAM_DATA_HEADER;
    if elf.len() > room {
        let extend = instruction(
            &[&6u32.to_le_bytes(), &((elf.len() - room) as u32).to_le_bytes()],
            vec![
                AccountMeta::new(data, false),
                AccountMeta::new(program, false),
                AccountMeta::new_readonly(SYSTEM, false),
                AccountMeta::new(payer, true),
            ],
        );
        let landed = sender.send_and_confirm(&[extend], authority, &[]).await.unwrap();
        // To the loader an extension is a deployment, and a slot may have one.
        slot_after(rpc, landed.slot).await;
    }
    let upgrade = instruction(
        &[&3u32.to_le_bytes()],
        vec![
            AccountMeta::new(data, false),
            AccountMeta::new(program, false),
            AccountMeta::new(at, false),
            AccountMeta::new(payer, false),
            AccountMeta::new_readonly(RENT, false),
            AccountMeta::new_readonly(CLOCK, false),
            AccountMeta::new_readonly(payer, true),
        ],
    );
    let landed = sender
        .send_and_confirm(&[upgrade], authority, &[])
        .await
        .unwrap_or_else(|error| {
            panic!(
                "the loader refuses the ELF: {error}\n{:#?}",
                error.transaction().map(|failure| &failure.logs)
            )
        });
    // Code is callable from the slot after the one that loaded it.
    slot_after(rpc, landed.slot).await;
    let account = rpc.account(&data).await.unwrap().unwrap();
    assert!(
        account.data[PROGRAM_DATA_HEADER..][..elf.len()] == *elf,
        "the chain has other code"
    );
}

async fn slot_after(rpc: &RpcPool, slot: u64) {
    while rpc.slot().await.unwrap() <= slot {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Writes until the buffer holds the whole ELF. What got lost on the way is found by reading the buffer.
async fn fill(rpc: &RpcPool, buffer: Pubkey, elf: &[u8], authority: &Keypair) {
    let begun = Instant::now();
    loop {
        let account = rpc.account(&buffer).await.unwrap().unwrap();
        let missing: Vec<usize> = (0..elf.len())
            .step_by(CHUNK)
            .filter(|&offset| {
                let end = elf.len().min(offset + CHUNK);
                account.data[BUFFER_HEADER + offset..BUFFER_HEADER + end] != elf[offset..end]
            })
            .collect();
        if missing.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{} writes did not land",
            missing.len()
        );
        let blockhash = rpc.latest_blockhash().await.unwrap().blockhash;
        stream::iter(missing)
            .for_each_concurrent(SENDS_AT_ONCE, |offset| async move {
                let bytes = &elf[offset..elf.len().min(offset + CHUNK)];
                let write = write(buffer, authority.pubkey(), offset, bytes);
                let budget = Budget {
                    compute_limit: WRITE_COMPUTE_UNITS,
                    price_micro_lamports: 0,
                };
                let signed = sign(&[write], budget, Format::Legacy, authority, &[], blockhash).unwrap();
                // What the node does not take now is sent in the next round.
                let _ = rpc.send(&signed, SendOptions::SkipPreflight).await;
            })
            .await;
        tokio::time::sleep(Duration::from_millis(800)).await;
    }
}

fn write(buffer: Pubkey, authority: Pubkey, offset: usize, bytes: &[u8]) -> Instruction {
    instruction(
        &[
            &1u32.to_le_bytes(),
            &(offset as u32).to_le_bytes(),
            &(bytes.len() as u64).to_le_bytes(),
            bytes,
        ],
        vec![
            AccountMeta::new(buffer, false),
            AccountMeta::new_readonly(authority, true),
        ],
    )
}

fn instruction(data: &[&[u8]], accounts: Vec<AccountMeta>) -> Instruction {
    Instruction {
        program_id: LOADER,
        accounts,
        data: data.concat(),
    }
}
