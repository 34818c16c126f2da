//! Reading the chain, and making wallets and tokens.

use anchor_lang::prelude::Pubkey;
use anchor_lang::AccountDeserialize;
use anchor_spl::token_interface::TokenAccount;
use aurelius::state::{Config, Entry, Match, Operator, PlayerSlot, DISCRIMINATOR_LEN};
use client::instruction::MatchRef;
use client::{address, token};
use solana_account_4::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::World;

/// A match account, read.
pub struct MatchState {
    pub header: Match,
    pub slots: Vec<PlayerSlot>,
}

impl World {
    /// The program's config.
    pub fn config_state(&self) -> Config {
        let account = self.account(&address::config()).expect("a config");
        bytemuck::pod_read_unaligned(&account.data[DISCRIMINATOR_LEN..][..size_of::<Config>()])
    }

    /// A wallet with SOL.
    pub fn wallet(&mut self) -> Keypair {
        let wallet = Keypair::new();
        self.svm
            .airdrop(&wallet.pubkey(), 10_000_000_000)
            .expect("an airdrop lands");
        wallet
    }

    /// A wallet with SOL and `amount` tokens of the world's mint in its canonical account.
    pub fn player(&mut self, amount: u64) -> Keypair {
        let wallet = self.wallet();
        self.fund(&wallet.pubkey(), amount);
        wallet
    }

    /// Sends SOL to an address.
    pub fn donate_lamports(&mut self, to: &Pubkey, lamports: u64) {
        let payer = self.payer.pubkey();
        let transfer = solana_system_interface::instruction::transfer(&payer, to, lamports);
        self.send(&[transfer], &[]);
    }

    /// An SPL mint of the classic token program with the world's mint authority.
    pub fn create_mint(&mut self, mint: &Keypair, decimals: u8) {
        let rent = self.svm.minimum_balance_for_rent_exemption(82);
        let authority = self.mint_authority.pubkey();
        let create = token::create_mint(&self.payer.pubkey(), &mint.pubkey(), &authority, decimals, rent)
            .expect("mint instructions");
        self.send(&create, &[mint]);
    }

    /// Mints `amount` tokens of the world's mint to the canonical account of `owner`.
    pub fn fund(&mut self, owner: &Pubkey, amount: u64) {
        let (payer, mint, authority) = (
            self.payer.pubkey(),
            self.mint,
            self.mint_authority.insecure_clone(),
        );
        let create = token::create_token_account(&payer, owner, &mint, &anchor_spl::token::ID);
        if mint == address::WRAPPED_SOL_MINT {
            let account = address::token_account(owner, &mint, &anchor_spl::token::ID);
            let wrap = solana_system_interface::instruction::transfer(&payer, &account, amount);
            let sync =
                anchor_spl::token::spl_token::instruction::sync_native(&anchor_spl::token::ID, &account)
                    .expect("a sync instruction");
            self.send(&[create, wrap, sync], &[]);
            return;
        }
        let mint_to = token::mint_to(&mint, owner, &authority.pubkey(), amount).expect("a mint instruction");
        self.send(&[create, mint_to], &[&authority]);
    }

    /// Tokens in the canonical account of `owner`; 0 when there is none.
    pub fn tokens(&self, owner: &Pubkey) -> u64 {
        self.token_amount(&address::token_account(owner, &self.mint, &anchor_spl::token::ID))
    }

    /// Tokens in a token account; 0 when there is none.
    pub fn token_amount(&self, account: &Pubkey) -> u64 {
        self.account(account)
            .and_then(|account| TokenAccount::try_deserialize(&mut account.data.as_slice()).ok())
            .map_or(0, |account| account.amount)
    }

    pub fn lamports(&self, address: &Pubkey) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// An account, unless it is empty.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm
            .get_account(address)
            .filter(|account| account.lamports > 0)
    }

    /// A match account, or `None` when it is closed.
    pub fn try_match(&self, key: &Pubkey) -> Option<MatchState> {
        let account = self
            .account(key)
            .filter(|account| account.owner == aurelius::ID)?;
        let (header, slots) = account.data.get(8..)?.split_at(core::mem::size_of::<Match>());
        Some(MatchState {
            header: bytemuck::pod_read_unaligned(header),
            slots: slots
                .chunks_exact(PlayerSlot::LEN)
                .map(bytemuck::pod_read_unaligned)
                .collect(),
        })
    }

    #[track_caller]
    pub fn match_state(&self, of: &MatchRef) -> MatchState {
        self.try_match(&of.key).expect("the match exists")
    }

    #[track_caller]
    pub fn operator_state(&self, address: &Pubkey) -> Operator {
        let account = self.account(address).expect("the operator exists");
        Operator::try_deserialize(&mut account.data.as_slice()).expect("an operator")
    }

    #[track_caller]
    pub fn entry(&self, of: &MatchRef, player: &Pubkey) -> Entry {
        let account = self.account(&of.entry(player)).expect("the entry exists");
        Entry::try_deserialize(&mut account.data.as_slice()).expect("an entry")
    }

    /// Changes an account's bytes behind the program's back, as no transaction could.
    pub fn forge(&mut self, address: &Pubkey, change: impl FnOnce(&mut Account)) {
        let mut account = self.account(address).unwrap_or_default();
        change(&mut account);
        self.svm
            .set_account(*address, account)
            .expect("the account is written");
    }
}
