//! A new chain: programs, oracle, config, mint, operator.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anchor_lang::prelude::Pubkey;
use arena::{HostSha256, Rules};
use aurelius::state::{BondTerms, Windows};
use client::address;
use client::instruction::{self, BondRef, InitializeConfigArgs, RandomnessSource};
use litesvm::LiteSVM;
use solana_account_4::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::slots::Slots;
use crate::World;

/// Decimals of the world's mint.
pub const DECIMALS: u8 = 6;
/// Windows of the world's config, each of another length so that a test notices a wrong one.
pub const WINDOWS: Windows = Windows {
    lock_slots: 1000,
    entropy_slots: 300,
    checkpoint_slots: 150,
    result_slots: 200,
    challenge_slots: 400,
};
/// Bond terms of the world's config.
pub const BOND_TERMS: BondTerms = BondTerms {
    factor_bps: 12_000,
    burn_bps: 8_400,
    reporter_bps: 1_000,
    withdraw_slots: 250,
};
/// What the world's operators put up.
pub const BOND: u64 = 1_000_000_000_000;
/// A slot with enough past for SlotHashes.
const FIRST_SLOT: u64 = 1000;

/// Blitz in 240 ticks: two checkpoints of two segments.
pub fn quick_blitz() -> Rules {
    Rules {
        length_ticks: 240,
        shrink_start_ticks: 120,
        ..Rules::BLITZ
    }
}

/// Siege in 240 ticks: four checkpoints, late entry until the second.
pub fn quick_siege() -> Rules {
    Rules {
        length_ticks: 240,
        late_entry_ticks: 120,
        shrink_start_ticks: 120,
        ..Rules::SIEGE
    }
}

impl World {
    /// The programs, the oracle, wallets and a mint; no config yet.
    pub fn bare() -> World {
        let mut world = World {
            svm: LiteSVM::new().with_transaction_history(0),
            payer: Keypair::new(),
            upgrade_authority: Keypair::new(),
            authority: Keypair::new(),
            treasury: Keypair::new(),
            operator: Keypair::new(),
            receipts: Keypair::new_from_array([82; 32]),
            mint: Pubkey::default(),
            mint_authority: Keypair::new(),
            source: RandomnessSource {
                program: mock_switchboard::ID,
                queue: Pubkey::new_unique(),
            },
            oracle: Pubkey::new_unique(),
            next_match_id: 0,
            watched: BTreeMap::new(),
            bonded: BTreeSet::new(),
            slots: Slots::default(),
            unique: 0,
        };
        world.load(aurelius::ID, "programs/aurelius/artifact/aurelius.so");
        world.load(
            mock_switchboard::ID,
            "programs/mock-switchboard/artifact/mock_switchboard.so",
        );
        let authority = world.upgrade_authority.pubkey();
        // ProgramData: tag u32, slot u64, then the upgrade authority as an option.
        world.forge(&address::program_data(), |account| {
            account.data[12] = 1;
            account.data[13..45].copy_from_slice(authority.as_ref());
        });
        world.go_to_slot(FIRST_SLOT);
        world.place_oracle();
        world.place_native_mint();
        for wallet in [&world.payer, &world.authority, &world.operator, &world.treasury] {
            let wallet = wallet.pubkey();
            world
                .svm
                .airdrop(&wallet, 10_000_000_000_000)
                .expect("an airdrop lands");
        }
        let mint = Keypair::new();
        world.create_mint(&mint, DECIMALS);
        world.mint = mint.pubkey();
        let treasury = world.treasury.pubkey();
        world.fund(&treasury, 0);
        world
    }

    /// A bare world with a config, the world's mint and all rules allowed, and an active operator.
    pub fn new() -> World {
        let mut world = World::bare();
        world.initialize_config();
        world.allow_mint(world.mint);
        for rules in [Rules::BLITZ, Rules::SIEGE, quick_blitz(), quick_siege()] {
            world.allow_rules(&rules);
        }
        let operator = world.operator.insecure_clone();
        world.register_operator(&operator, world.mint);
        world
    }

    pub fn config_args(&self) -> InitializeConfigArgs {
        InitializeConfigArgs {
            authority: self.authority.pubkey(),
            treasury: self.treasury.pubkey(),
            randomness_program: self.source.program,
            randomness_queue: self.source.queue,
            windows: WINDOWS,
            cluster: [0xc1; 32],
            bond: BOND_TERMS,
        }
    }

    pub fn initialize_config(&mut self) {
        let upgrade_authority = self.upgrade_authority.insecure_clone();
        let args = self.config_args();
        let initialize =
            instruction::initialize_config(upgrade_authority.pubkey(), self.payer.pubkey(), args);
        self.send(&[initialize], &[&upgrade_authority]);
    }

    pub fn allow_mint(&mut self, mint: Pubkey) {
        let authority = self.authority.insecure_clone();
        self.send(
            &[instruction::allow_mint(authority.pubkey(), mint)],
            &[&authority],
        );
    }

    pub fn allow_rules(&mut self, rules: &Rules) {
        let authority = self.authority.insecure_clone();
        let hash = rules.hash::<HostSha256>();
        self.send(
            &[instruction::allow_rules(authority.pubkey(), hash)],
            &[&authority],
        );
    }

    /// Registers `operator` for `mint`, switches it on, and puts up its bond where the mint is the world's.
    pub fn register_operator(&mut self, operator: &Keypair, mint: Pubkey) {
        let authority = self.authority.insecure_clone();
        let token_program = self
            .account(&mint)
            .map_or(anchor_spl::token::ID, |mint| mint.owner);
        let register =
            instruction::register_operator(operator.pubkey(), self.payer.pubkey(), mint, token_program);
        let account = address::operator(&operator.pubkey(), &mint);
        let activate = instruction::set_operator_active(authority.pubkey(), account, true);
        self.send(&[register, activate], &[operator, &authority]);
        if mint == self.mint {
            self.bonded.insert(account);
            self.fund(&operator.pubkey(), BOND);
            self.deposit_bond(operator, BOND);
        }
    }

    /// The bond of `operator` in the world's mint.
    pub fn bond_ref(&self, operator: &Keypair) -> BondRef {
        BondRef {
            authority: operator.pubkey(),
            mint: self.mint,
            token_program: anchor_spl::token::ID,
        }
    }

    /// Deposits `amount` of the operator's own tokens.
    pub fn deposit_bond(&mut self, operator: &Keypair, amount: u64) {
        let deposit = instruction::deposit_bond(&self.bond_ref(operator), operator.pubkey(), amount);
        self.send(&[deposit], &[operator]);
    }

    /// From now on the world plays for `mint`, wrapped SOL for one: listed, and with an operator and a treasury account.
    pub fn use_mint(&mut self, mint: Pubkey) {
        self.mint = mint;
        self.next_match_id = 0;
        self.allow_mint(mint);
        let operator = self.operator.insecure_clone();
        self.register_operator(&operator, mint);
        let treasury = self.treasury.pubkey();
        self.fund(&treasury, 0);
    }

    fn load(&mut self, id: Pubkey, path: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
        self.svm
            .add_program_from_file(id, &path)
            .unwrap_or_else(|error| panic!("{}: {error}; build it with `make program`", path.display()));
    }

    /// The mint of wrapped SOL: no authorities, nine decimals.
    fn place_native_mint(&mut self) {
        let mut data = vec![0; 82];
        (data[44], data[45]) = (9, 1);
        let owner = anchor_spl::token::ID;
        let account = Account {
            lamports: 10_000_000,
            data,
            owner,
            executable: false,
            rent_epoch: u64::MAX,
        };
        self.svm
            .set_account(address::WRAPPED_SOL_MINT, account)
            .expect("the account is written");
    }

    /// Accounts of the oracle's own that the mock only looks at the owner of.
    fn place_oracle(&mut self) {
        let owner = self.source.program;
        for address in [self.source.queue, self.oracle, address::switchboard_state(&owner)] {
            let account = Account {
                lamports: 10_000_000,
                data: vec![0; 64],
                owner,
                executable: false,
                rent_epoch: u64::MAX,
            };
            self.svm
                .set_account(address, account)
                .expect("the account is written");
        }
    }
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}
