//! Every address a client of the escrow needs.
//!
//! Owns no seed: the program's own (`aurelius::state::seeds`) are used, so the two can never differ. What belongs to
//! Switchboard and to the loader is derived here.

use anchor_lang::prelude::Pubkey;
use anchor_spl::associated_token::get_associated_token_address_with_program_id;
use aurelius::state::seeds;
use aurelius::switchboard::seed as switchboard_seed;

/// Wrapped SOL.
pub const WRAPPED_SOL_MINT: Pubkey = anchor_spl::token::spl_token::native_mint::ID;

/// The program that owns address lookup tables.
pub const LOOKUP_TABLE_PROGRAM: Pubkey =
    Pubkey::from_str_const("AddressLookupTab1e1111111111111111111111111");

/// The program's configuration.
pub fn config() -> Pubkey {
    seeds::config_address().0
}

/// An operator's account in one mint.
pub fn operator(authority: &Pubkey, mint: &Pubkey) -> Pubkey {
    seeds::operator_address(authority, mint).0
}

/// The token account of an operator's bond.
pub fn bond_vault(operator: &Pubkey) -> Pubkey {
    seeds::bond_vault_address(operator).0
}

/// A match of an operator account.
pub fn match_account(operator: &Pubkey, match_id: u64) -> Pubkey {
    seeds::match_address(operator, match_id).0
}

/// The trace of a match.
pub fn trace(match_key: &Pubkey) -> Pubkey {
    seeds::trace_address(match_key).0
}

/// The vault of a match.
pub fn vault(match_key: &Pubkey) -> Pubkey {
    seeds::vault_address(match_key).0
}

/// A player's entry in a match.
pub fn entry(match_key: &Pubkey, player: &Pubkey) -> Pubkey {
    seeds::entry_address(match_key, player).0
}

/// An upload buffer.
pub fn upload(owner: &Pubkey, upload_id: u64) -> Pubkey {
    seeds::upload_address(owner, upload_id).0
}

/// The randomness account that `init_randomness(recent_slot)` makes for a match.
pub fn randomness(match_key: &Pubkey, recent_slot: u64) -> Pubkey {
    seeds::randomness_address(match_key, recent_slot).0
}

/// The account that signs the program's events.
pub fn event_authority() -> Pubkey {
    Pubkey::find_program_address(&[b"__event_authority"], &aurelius::ID).0
}

/// The account that holds the program's code and names its upgrade authority.
pub fn program_data() -> Pubkey {
    Pubkey::find_program_address(
        &[aurelius::ID.as_ref()],
        &anchor_lang::solana_program::bpf_loader_upgradeable::ID,
    )
    .0
}

/// The holder of `owner`, whose token accounts hold what could not be paid to them.
pub fn holder(owner: &Pubkey) -> Pubkey {
    seeds::holder_address(owner).0
}

/// The memo program for payments in a mint of `token_program`; none where no recipient can ask for memos.
pub fn memo_program(token_program: &Pubkey) -> Option<Pubkey> {
    (*token_program == anchor_spl::token_2022::ID).then_some(aurelius::payment::MEMO_PROGRAM)
}

/// The canonical token account of `owner`: the only one that payouts and refunds go to, as long as it can be paid.
pub fn token_account(owner: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pubkey {
    get_associated_token_address_with_program_id(owner, mint, token_program)
}

/// Switchboard's program state.
pub fn switchboard_state(program: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[switchboard_seed::STATE], program).0
}

/// Switchboard's statistics of an oracle.
pub fn switchboard_oracle_stats(program: &Pubkey, oracle: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[switchboard_seed::ORACLE_STATS, oracle.as_ref()], program).0
}

/// The authority of a randomness account's lookup table.
pub fn switchboard_lut_signer(program: &Pubkey, randomness: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[switchboard_seed::LUT_SIGNER, randomness.as_ref()], program).0
}

/// A lookup table made by `authority` with `recent_slot`.
pub fn lookup_table(authority: &Pubkey, recent_slot: u64) -> Pubkey {
    Pubkey::find_program_address(
        &[authority.as_ref(), &recent_slot.to_le_bytes()],
        &LOOKUP_TABLE_PROGRAM,
    )
    .0
}

/// The wrapped-SOL account out of which a randomness account pays its oracle.
pub fn switchboard_reward_escrow(randomness: &Pubkey) -> Pubkey {
    token_account(randomness, &WRAPPED_SOL_MINT, &anchor_spl::token::ID)
}
