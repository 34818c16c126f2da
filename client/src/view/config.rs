//! The config and operators.

use anchor_lang::prelude::Pubkey;
use anchor_lang::AccountDeserialize;
use arena::{HostSha256, Sha256};
use aurelius::state::{BondTerms, Config, Operator, Planned, Terms, Windows};
use aurelius::CreateMatchArgs;
use solana_account::Account;

use super::checked::{Checked, ViewError};
use crate::instruction::RandomnessSource;

/// The program's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigView {
    /// Where it was read.
    pub address: Pubkey,
    /// Who governs it.
    pub authority: Pubkey,
    /// Who was proposed to.
    pub pending_authority: Option<Pubkey>,
    /// Whose token accounts receive fees.
    pub treasury: Pubkey,
    /// New matches and entries are stopped.
    pub paused: bool,
    /// Where new matches take their randomness from.
    pub randomness: RandomnessSource,
    /// Windows of new matches, in slots.
    pub windows: Windows,
    /// Genesis hash of the chain: part of what players co-sign.
    pub cluster: [u8; 32],
    /// What operators must put up, and who gets it when they lie or fall silent.
    pub bond: BondTerms,
    /// Mints that matches may use.
    pub mints: Vec<Pubkey>,
    /// Hashes of rules tables that matches may use.
    pub rules: Vec<[u8; 32]>,
}

impl ConfigView {
    /// Reads the config account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Config>("config", address, account)?;
        checked.version()?;
        checked.exact_length(Config::SPACE)?;
        let config: Config = checked.header()?;
        Ok(Self {
            address,
            authority: config.authority,
            pending_authority: (config.pending_authority != Pubkey::default())
                .then_some(config.pending_authority),
            treasury: config.treasury,
            paused: config.is_paused(),
            randomness: RandomnessSource {
                program: config.randomness_program,
                queue: config.randomness_queue,
            },
            windows: config.windows,
            cluster: config.cluster,
            bond: config.bond,
            mints: config.allowed_mints().to_vec(),
            rules: config.allowed_rules().to_vec(),
        })
    }
}

impl ConfigView {
    /// Hash of the terms that a match which is created now with `args` would pin, as `create_match` expects it; none
    /// where the bond of it is no 64-bit number.
    pub fn terms_of(&self, args: &CreateMatchArgs) -> Option<[u8; 32]> {
        let planned = Planned {
            stake_per_warrior: args.stake_per_warrior,
            warriors_max: args.warriors_max,
            rules_hash: HostSha256::sha256(&[&args.rules]),
            scheduled_slot: args.scheduled_slot,
            slot_us: args.slot_us,
        };
        let terms = Terms::of_new(&self.windows, &self.bond, &planned).ok()?;
        Some(terms.hash::<HostSha256>())
    }
}

/// An operator in one mint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorView {
    /// Where it was read.
    pub address: Pubkey,
    /// Cold key: owns its bond.
    pub authority: Pubkey,
    /// Hot key: creates and runs its matches.
    pub crank: Pubkey,
    /// The mint of its matches.
    pub mint: Pubkey,
    /// It may create matches.
    pub active: bool,
    /// Smallest id of its next match.
    pub next_match_id: u64,
    /// Matches created so far.
    pub matches_created: u64,
    /// What the bond vault holds for it, in the mint's smallest unit.
    pub bond: u64,
    /// The part that answers for matches that are not over.
    pub reserved_bond: u64,
    /// The part that can answer for a new match or be withdrawn.
    pub free_bond: u64,
    /// All that was ever slashed.
    pub slashed: u64,
    /// The part that was announced to be withdrawn, and the first slot in which it can be.
    pub withdrawal: Option<(u64, u64)>,
}

impl OperatorView {
    /// Reads an operator account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Operator>("operator", address, account)?;
        checked.version()?;
        checked.exact_length(Operator::SPACE)?;
        let operator = Operator::try_deserialize(&mut &*account.data)
            .map_err(|error| checked.field(error.to_string()))?;
        Ok(Self {
            address,
            authority: operator.authority,
            crank: operator.crank,
            mint: operator.mint,
            active: operator.active,
            next_match_id: operator.next_match_id,
            matches_created: operator.matches_created,
            bond: operator.bond,
            reserved_bond: operator.reserved_bond,
            free_bond: operator.free_bond(),
            slashed: operator.slashed,
            withdrawal: (operator.withdrawal_amount > 0)
                .then_some((operator.withdrawal_amount, operator.withdrawal_slot)),
        })
    }
}
