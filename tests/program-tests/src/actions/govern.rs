//! Plausible instructions about the config, operators and their bonds.

use anchor_lang::prelude::Pubkey;
use arena::{HostSha256, Rules};
use aurelius::state::windows::{
    CHALLENGE_SLOTS_MIN, CHECKPOINT_SLOTS_MIN, ENTROPY_SLOTS_MIN, LOCK_SLOTS_MIN, RESULT_SLOTS_MIN,
};
use aurelius::state::{BondTerms, Windows};
use client::address;
use client::instruction::{self, BondRef, UpdateConfigArgs};
use rand::Rng;
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::{Fuzz, Kind};
use crate::cheats::{busy_blitz, busy_siege};

impl Fuzz {
    /// An instruction of this kind, if it is one of governance.
    pub(super) fn govern(&mut self, kind: Kind) -> Option<Vec<Instruction>> {
        let governor = self.governor();
        let payer = self.world.payer.pubkey();
        let mint = self.mints[self.below(2)];
        let authority = self.an_operator();
        let bond = BondRef {
            authority,
            mint,
            token_program: anchor_spl::token::ID,
        };
        Some(vec![match kind {
            Kind::InitializeConfig => {
                let mut args = self.world.config_args();
                args.windows = self.windows();
                args.bond = self.bond_terms();
                instruction::initialize_config(self.world.upgrade_authority.pubkey(), payer, args)
            }
            Kind::UpdateConfig => {
                let args = self.update();
                instruction::update_config(governor, args)
            }
            Kind::ProposeAuthority => {
                let next = self.a_governor();
                instruction::propose_authority(governor, next)
            }
            Kind::AcceptAuthority => {
                let pending = self.config().map_or(governor, |config| config.pending_authority);
                let known = self.keys.contains_key(&pending);
                instruction::accept_authority(if known { pending } else { governor })
            }
            Kind::SetPaused => {
                let paused = self.config().is_some_and(|config| config.is_paused());
                instruction::set_paused(governor, !paused && self.rng.gen_bool(0.3))
            }
            Kind::AllowMint => instruction::allow_mint(governor, mint),
            Kind::DisallowMint => instruction::disallow_mint(governor, mint),
            Kind::AllowRules => {
                let hash = self.rules_hash();
                instruction::allow_rules(governor, hash)
            }
            Kind::DisallowRules => {
                let hash = self.rules_hash();
                instruction::disallow_rules(governor, hash)
            }
            Kind::RegisterOperator => {
                let register = instruction::register_operator(authority, payer, mint, anchor_spl::token::ID);
                let activate = instruction::set_operator_active(governor, bond.operator(), true);
                let amount = self.rng.gen_range(100_000_000..400_000_000);
                let deposit = instruction::deposit_bond(&bond, authority, amount);
                self.queue.extend([vec![activate], vec![deposit]]);
                register
            }
            Kind::SetOperatorActive => {
                let active = self.rng.gen_bool(0.85);
                instruction::set_operator_active(governor, bond.operator(), active)
            }
            Kind::SetCrankKey => {
                let crank = if self.rng.gen_bool(0.5) {
                    authority
                } else {
                    self.an_operator()
                };
                instruction::set_crank_key(&bond, crank)
            }
            Kind::DepositBond => {
                let depositor = if self.rng.gen_bool(0.7) {
                    authority
                } else {
                    self.player()
                };
                let amount = self.rng.gen_range(0..150_000_000);
                instruction::deposit_bond(&bond, depositor, amount)
            }
            Kind::RequestBondWithdrawal => {
                let free = self
                    .operator(&bond.operator())
                    .map_or(0, |operator| operator.free_bond());
                let amount = match self.below(8) {
                    0 => 0,
                    1 => free,
                    2 => free + 1,
                    3 => self.rng.gen(),
                    _ => self.rng.gen_range(0..=free / 4),
                };
                instruction::request_bond_withdrawal(&bond, amount)
            }
            Kind::WithdrawBond => instruction::withdraw_bond(&bond),
            _ => return None,
        }])
    }

    /// Who governs, or, before anybody does, who will.
    fn governor(&mut self) -> Pubkey {
        if self.rng.gen_bool(0.03) {
            return self.player();
        }
        let authority = self.world.authority.pubkey();
        self.config().map_or(authority, |config| config.authority)
    }

    fn windows(&mut self) -> Windows {
        let mut slots = |from| self.rng.gen_range(from..from * 4);
        Windows {
            lock_slots: slots(LOCK_SLOTS_MIN),
            entropy_slots: slots(ENTROPY_SLOTS_MIN),
            checkpoint_slots: slots(CHECKPOINT_SLOTS_MIN),
            result_slots: slots(RESULT_SLOTS_MIN),
            challenge_slots: slots(CHALLENGE_SLOTS_MIN),
        }
    }

    fn bond_terms(&mut self) -> BondTerms {
        BondTerms {
            factor_bps: self.rng.gen_range(12_000..15_000),
            burn_bps: self.rng.gen_range(8_334..=9_000),
            reporter_bps: self.rng.gen_range(0..=1_000),
            withdraw_slots: self.rng.gen_range(1..60),
        }
    }

    fn update(&mut self) -> UpdateConfigArgs {
        let mut args = UpdateConfigArgs::default();
        match self.below(5) {
            0 => args.windows = Some(self.windows()),
            1 => args.bond = Some(self.bond_terms()),
            2 => args.treasury = Some(self.a_governor()),
            3 => args.cluster = Some(self.rng.gen()),
            _ => {}
        }
        args
    }

    /// The hash of one of the two tables that are played by, rarely of none.
    fn rules_hash(&mut self) -> [u8; 32] {
        if self.rng.gen_bool(0.1) {
            return [self.rng.gen_range(0..4); 32];
        }
        self.rules().hash::<HostSha256>()
    }

    pub(super) fn rules(&mut self) -> Rules {
        if self.rng.gen_bool(0.6) {
            busy_blitz()
        } else {
            busy_siege()
        }
    }

    /// The wallet that fees go to now.
    pub(super) fn treasury(&self) -> Pubkey {
        let first = self.world.treasury.pubkey();
        self.config().map_or(first, |config| config.treasury)
    }

    /// An operator account of these keys.
    pub(super) fn operator_address(authority: &Pubkey, mint: &Pubkey) -> Pubkey {
        address::operator(authority, mint)
    }
}
