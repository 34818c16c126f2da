//! A test program that runs the rules inside the real virtual machine, so that tests can compare bytes and count
//! compute units. It keeps no promise to anyone: no signatures, no checks of who calls.
//!
//! The state is the data of the first account, which this program owns. Instruction data:
//!
//! | operation | bytes after the first |
//! |---|---|
//! | 0: make one segment | rules ‖ key 32 ‖ owner count u8 ‖ owners ‖ packed inputs |
//! | 1: write the genesis state | rules ‖ seed 32 ‖ owner count u8 ‖ owners; the account's length decides the capacity |
//! | 2: share out, payouts as return data | rules ‖ payments, u64 each |
//! | 3: check the state's bytes | nothing |
//! | 4: do nothing, to measure the entry itself | anything |
//!
//! A refusal by the rules fails with the custom error 1.

#![allow(
    unexpected_cfgs,
    reason = "the entry point macro tests cfgs that only the chain's compiler sets"
)]

use anchor_lang::solana_program::account_info::AccountInfo;
use anchor_lang::solana_program::program::set_return_data;
use anchor_lang::solana_program::program_error::ProgramError;
use anchor_lang::solana_program::pubkey::Pubkey;
use arena::{ArenaError, Digest, Rules, Scratch, SegmentInputs, Sha256, State, StateMut, RULES_LEN};

/// SHA-256 by the syscall.
struct SyscallSha256;

impl Sha256 for SyscallSha256 {
    fn sha256(parts: &[&[u8]]) -> Digest {
        solana_sha256_hasher::hashv(parts).to_bytes()
    }
}

#[cfg(not(feature = "no-entrypoint"))]
anchor_lang::solana_program::entrypoint!(process);

/// The entry point.
///
/// # Errors
/// Custom error 1 for a refusal by the rules, `InvalidInstructionData` for bytes that cannot be split.
pub fn process(_program: &Pubkey, accounts: &[AccountInfo<'_>], data: &[u8]) -> Result<(), ProgramError> {
    let (&operation, rest) = data.split_first().ok_or(ProgramError::InvalidInstructionData)?;
    let account = accounts.first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let mut state = account.try_borrow_mut_data()?;
    match operation {
        0 => segment(rest, &mut state),
        1 => write_genesis(rest, &mut state),
        2 => payouts(rest, &state),
        3 => State::from_bytes(&state).map(|_| ()).map_err(refused),
        4 => Ok(()),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

fn refused(_: ArenaError) -> ProgramError {
    ProgramError::Custom(1)
}

fn take<'a>(data: &mut &'a [u8], count: usize) -> Result<&'a [u8], ProgramError> {
    let (head, rest) = data
        .split_at_checked(count)
        .ok_or(ProgramError::InvalidInstructionData)?;
    *data = rest;
    Ok(head)
}

fn take_digest(data: &mut &[u8]) -> Result<Digest, ProgramError> {
    take(data, 32)?
        .try_into()
        .map_err(|_| ProgramError::InvalidInstructionData)
}

fn take_owners<'a>(data: &mut &'a [u8]) -> Result<&'a [u8], ProgramError> {
    let count = take(data, 1)?.first().copied().unwrap_or(0);
    take(data, usize::from(count))
}

#[inline(never)]
fn segment(mut data: &[u8], state: &mut [u8]) -> Result<(), ProgramError> {
    let rules = Rules::from_bytes(take(&mut data, RULES_LEN)?).map_err(refused)?;
    let key = take_digest(&mut data)?;
    let owners = take_owners(&mut data)?;
    let mut state = StateMut::from_bytes(state).map_err(refused)?;
    let inputs = SegmentInputs::parse(&rules, state.capacity(), data).map_err(refused)?;
    // The heap is zeroed and the stack too small.
    let mut room = vec![0u64; size_of::<Scratch>() / 8];
    let scratch: &mut Scratch = bytemuck::try_from_bytes_mut(bytemuck::cast_slice_mut(&mut room))
        .map_err(|_| ProgramError::Custom(2))?;
    arena::step_segment::<SyscallSha256>(&rules, &mut state, scratch, &key, &inputs, owners, &mut ())
        .map_err(refused)
}

#[inline(never)]
fn write_genesis(mut data: &[u8], state: &mut [u8]) -> Result<(), ProgramError> {
    let rules = Rules::from_bytes(take(&mut data, RULES_LEN)?).map_err(refused)?;
    let seed = take_digest(&mut data)?;
    let owners = take_owners(&mut data)?;
    let capacity = (2..=arena::MAX_WARRIORS).find(|&capacity| arena::state_len(capacity) == state.len());
    let capacity = capacity.ok_or(ProgramError::InvalidAccountData)?;
    arena::genesis_into::<SyscallSha256>(&rules, owners, capacity, &seed, state).map_err(refused)
}

#[inline(never)]
fn payouts(mut data: &[u8], state: &[u8]) -> Result<(), ProgramError> {
    let rules = Rules::from_bytes(take(&mut data, RULES_LEN)?).map_err(refused)?;
    let paid: Vec<u64> = data
        .chunks_exact(8)
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
        .collect();
    let mut out = vec![0u64; paid.len()];
    let state = State::from_bytes(state).map_err(refused)?;
    arena::share_out(&rules, &state, &paid, &mut out).map_err(refused)?;
    set_return_data(bytemuck::cast_slice(&out));
    Ok(())
}
