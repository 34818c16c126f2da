//! Addresses of Solana's own programs and sysvars that the chain or the RPC must know by name.

use solana_keypair::Address;

pub(crate) const SYSTEM_PROGRAM: Address = Address::from_str_const("11111111111111111111111111111111");
pub(crate) const COMPUTE_BUDGET_PROGRAM: Address =
    Address::from_str_const("ComputeBudget111111111111111111111111111111");
pub(crate) const UPGRADEABLE_LOADER: Address =
    Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
pub(crate) const TOKEN_PROGRAM: Address =
    Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
pub(crate) const TOKEN_2022_PROGRAM: Address =
    Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
pub(crate) const MEMO_V1_PROGRAM: Address =
    Address::from_str_const("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo");
pub(crate) const MEMO_PROGRAM: Address =
    Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
/// The mint of wrapped SOL; a real cluster creates it at genesis.
pub(crate) const NATIVE_MINT: Address =
    Address::from_str_const("So11111111111111111111111111111111111111112");

pub(crate) const SYSVAR_OWNER: Address =
    Address::from_str_const("Sysvar1111111111111111111111111111111111111");
pub(crate) const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
pub(crate) const EPOCH_SCHEDULE: Address =
    Address::from_str_const("SysvarEpochSchedu1e111111111111111111111111");
pub(crate) const RECENT_BLOCKHASHES: Address =
    Address::from_str_const("SysvarRecentB1ockHashes11111111111111111111");
pub(crate) const RENT: Address = Address::from_str_const("SysvarRent111111111111111111111111111111111");
pub(crate) const SLOT_HASHES: Address =
    Address::from_str_const("SysvarS1otHashes111111111111111111111111111");
pub(crate) const SLOT_HISTORY: Address =
    Address::from_str_const("SysvarS1otHistory11111111111111111111111111");
pub(crate) const INSTRUCTIONS: Address =
    Address::from_str_const("Sysvar1nstructions1111111111111111111111111");
