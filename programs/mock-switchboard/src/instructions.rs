//! The four instructions, with Switchboard's account order.

use anchor_lang::{
    prelude::*,
    system_program::{self, Allocate, Assign, Transfer},
};

use crate::{
    account::{array_at, RandomnessData, ACCOUNT_LEN},
    address,
    error::MockError,
    oracle::oracle_value,
};

#[derive(Accounts)]
pub struct RandomnessInit<'info> {
    #[account(mut)]
    pub randomness: Signer<'info>,
    /// CHECK: address checked.
    #[account(mut, address = address::reward_escrow_address(randomness.key) @ MockError::AddressWrong)]
    pub reward_escrow: UncheckedAccount<'info>,
    pub authority: Signer<'info>,
    /// CHECK: owner checked.
    #[account(mut, owner = crate::ID @ MockError::QueueWrong)]
    pub queue: UncheckedAccount<'info>,
    #[account(mut)]
    pub payer: Signer<'info>,
    pub system_program: Program<'info, System>,
    /// CHECK: address checked.
    #[account(address = address::TOKEN_PROGRAM @ MockError::AddressWrong)]
    pub token_program: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::ASSOCIATED_TOKEN_PROGRAM @ MockError::AddressWrong)]
    pub associated_token_program: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::WRAPPED_SOL_MINT @ MockError::AddressWrong)]
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::program_state_address() @ MockError::AddressWrong)]
    pub program_state: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::lut_signer_address(randomness.key) @ MockError::AddressWrong)]
    pub lut_signer: UncheckedAccount<'info>,
    /// CHECK: address checked in the handler.
    #[account(mut)]
    pub lut: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::LOOKUP_TABLE_PROGRAM @ MockError::AddressWrong)]
    pub address_lookup_table_program: UncheckedAccount<'info>,
}

pub(crate) fn init(ctx: Context<RandomnessInit>, recent_slot: u64) -> Result<()> {
    let accounts = &ctx.accounts;
    require_keys_eq!(
        accounts.lut.key(),
        address::lut_address(accounts.lut_signer.key, recent_slot),
        MockError::AddressWrong
    );
    require!(
        accounts.randomness.data_is_empty() && *accounts.randomness.owner == address::SYSTEM_PROGRAM,
        MockError::RandomnessAccountExists
    );
    create_account(accounts)?;
    let data = RandomnessData {
        authority: accounts.authority.key(),
        queue: accounts.queue.key(),
        lut_slot: recent_slot,
        ..RandomnessData::default()
    };
    write(&accounts.randomness, &data)
}

/// As Anchor's `init`: an account that somebody funded before is no obstacle.
fn create_account(accounts: &RandomnessInit) -> Result<()> {
    let missing = Rent::get()?
        .minimum_balance(ACCOUNT_LEN)
        .saturating_sub(accounts.randomness.lamports());
    if missing > 0 {
        system_program::transfer(
            CpiContext::new(
                address::SYSTEM_PROGRAM,
                Transfer {
                    from: accounts.payer.to_account_info(),
                    to: accounts.randomness.to_account_info(),
                },
            ),
            missing,
        )?;
    }
    system_program::allocate(
        CpiContext::new(
            address::SYSTEM_PROGRAM,
            Allocate {
                account_to_allocate: accounts.randomness.to_account_info(),
            },
        ),
        ACCOUNT_LEN as u64,
    )?;
    system_program::assign(
        CpiContext::new(
            address::SYSTEM_PROGRAM,
            Assign {
                account_to_assign: accounts.randomness.to_account_info(),
            },
        ),
        &crate::ID,
    )
}

#[derive(Accounts)]
pub struct RandomnessCommit<'info> {
    /// CHECK: owner checked, contents in the handler.
    #[account(mut, owner = crate::ID @ MockError::RandomnessAccountWrong)]
    pub randomness: UncheckedAccount<'info>,
    /// CHECK: owner checked.
    #[account(owner = crate::ID @ MockError::QueueWrong)]
    pub queue: UncheckedAccount<'info>,
    /// CHECK: owner checked.
    #[account(mut, owner = crate::ID @ MockError::OracleWrong)]
    pub oracle: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::SLOT_HASHES_SYSVAR @ MockError::SlotHashesWrong)]
    pub recent_slothashes: UncheckedAccount<'info>,
    pub authority: Signer<'info>,
}

pub(crate) fn commit(ctx: Context<RandomnessCommit>) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut data = read(&accounts.randomness, accounts.authority.key, accounts.queue.key)?;
    (data.seed_slot, data.seed_slothash) = newest_slot_hash(&accounts.recent_slothashes)?;
    data.oracle = accounts.oracle.key();
    data.reveal_slot = 0;
    data.value = [0; 32];
    write(&accounts.randomness, &data)
}

/// First entry of the sysvar: a count of 8 bytes, then slot and hash, newest first.
fn newest_slot_hash(sysvar: &AccountInfo) -> Result<(u64, [u8; 32])> {
    let data = sysvar.try_borrow_data()?;
    require!(
        data.len() >= 48 && data[..8] != [0; 8],
        MockError::SlotHashesWrong
    );
    Ok((u64::from_le_bytes(array_at(&data, 8)), array_at(&data, 16)))
}

#[derive(Accounts)]
pub struct RandomnessReveal<'info> {
    /// CHECK: owner checked, contents in the handler.
    #[account(mut, owner = crate::ID @ MockError::RandomnessAccountWrong)]
    pub randomness: UncheckedAccount<'info>,
    /// CHECK: owner checked, compared with the commit's.
    #[account(owner = crate::ID @ MockError::OracleWrong)]
    pub oracle: UncheckedAccount<'info>,
    /// CHECK: owner checked, compared with the account's.
    #[account(owner = crate::ID @ MockError::QueueWrong)]
    pub queue: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(mut, address = address::oracle_stats_address(oracle.key) @ MockError::AddressWrong)]
    pub stats: UncheckedAccount<'info>,
    pub authority: Signer<'info>,
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: address checked.
    #[account(address = address::SLOT_HASHES_SYSVAR @ MockError::SlotHashesWrong)]
    pub recent_slothashes: UncheckedAccount<'info>,
    pub system_program: Program<'info, System>,
    /// CHECK: address checked.
    #[account(mut, address = address::reward_escrow_address(randomness.key) @ MockError::AddressWrong)]
    pub reward_escrow: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::TOKEN_PROGRAM @ MockError::AddressWrong)]
    pub token_program: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::WRAPPED_SOL_MINT @ MockError::AddressWrong)]
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::program_state_address() @ MockError::AddressWrong)]
    pub program_state: UncheckedAccount<'info>,
}

pub(crate) fn reveal(
    ctx: Context<RandomnessReveal>,
    signature: [u8; 64],
    recovery_id: u8,
    value: [u8; 32],
) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut data = read(&accounts.randomness, accounts.authority.key, accounts.queue.key)?;
    require_keys_eq!(data.oracle, accounts.oracle.key(), MockError::OracleWrong);
    let now = Clock::get()?.slot;
    require!(
        data.seed_slot > 0 && data.seed_slot < now,
        MockError::NotRevealable
    );
    require!(data.reveal_slot == 0, MockError::AlreadyRevealed);
    require!(
        value == oracle_value(&data.seed_slothash, accounts.randomness.key),
        MockError::ValueWrong
    );
    require!(
        signature[..32] == value && recovery_id == 0,
        MockError::SignatureWrong
    );
    data.reveal_slot = now;
    data.value = value;
    write(&accounts.randomness, &data)
}

#[derive(Accounts)]
pub struct RandomnessClose<'info> {
    /// CHECK: owner checked, contents in the handler.
    #[account(mut, owner = crate::ID @ MockError::RandomnessAccountWrong)]
    pub randomness: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(mut, address = address::reward_escrow_address(randomness.key) @ MockError::AddressWrong)]
    pub reward_escrow: UncheckedAccount<'info>,
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: address checked.
    #[account(address = address::program_state_address() @ MockError::AddressWrong)]
    pub program_state: UncheckedAccount<'info>,
    pub system_program: Program<'info, System>,
    /// CHECK: address checked.
    #[account(address = address::TOKEN_PROGRAM @ MockError::AddressWrong)]
    pub token_program: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::WRAPPED_SOL_MINT @ MockError::AddressWrong)]
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// CHECK: address checked in the handler.
    #[account(mut)]
    pub lut: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::lut_signer_address(randomness.key) @ MockError::AddressWrong)]
    pub lut_signer: UncheckedAccount<'info>,
    /// CHECK: address checked.
    #[account(address = address::LOOKUP_TABLE_PROGRAM @ MockError::AddressWrong)]
    pub address_lookup_table_program: UncheckedAccount<'info>,
}

pub(crate) fn close(ctx: Context<RandomnessClose>) -> Result<()> {
    let accounts = &ctx.accounts;
    let data = RandomnessData::read(&accounts.randomness.try_borrow_data()?)?;
    require_keys_eq!(
        data.authority,
        accounts.authority.key(),
        MockError::AuthorityWrong
    );
    require_keys_eq!(
        accounts.lut.key(),
        address::lut_address(accounts.lut_signer.key, data.lut_slot),
        MockError::AddressWrong
    );
    let lamports = accounts.randomness.lamports();
    accounts.randomness.sub_lamports(lamports)?;
    accounts.authority.add_lamports(lamports)?;
    accounts.randomness.assign(&address::SYSTEM_PROGRAM);
    accounts.randomness.resize(0)?;
    Ok(())
}

/// Reads the account and checks for whom it was made.
fn read(randomness: &AccountInfo, authority: &Pubkey, queue: &Pubkey) -> Result<RandomnessData> {
    let data = RandomnessData::read(&randomness.try_borrow_data()?)?;
    require_keys_eq!(data.authority, *authority, MockError::AuthorityWrong);
    require_keys_eq!(data.queue, *queue, MockError::QueueWrong);
    Ok(data)
}

fn write(randomness: &AccountInfo, data: &RandomnessData) -> Result<()> {
    let fields = data.fields();
    randomness
        .try_borrow_mut_data()?
        .get_mut(..fields.len())
        .ok_or(MockError::RandomnessAccountWrong)?
        .copy_from_slice(&fields);
    Ok(())
}
