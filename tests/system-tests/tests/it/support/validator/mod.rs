//! The escrow on a real validator, and the money of everybody in it.

pub mod loader;
pub mod process;
pub mod typescript;

use std::path::PathBuf;

use arena::HostSha256;
use client::aurelius::state::windows::CHALLENGE_SLOTS_MIN;
use client::instruction::{self, BondRef, BondTerms, Enter, EnterArgs, InitializeConfigArgs};
use client::rpc::RpcPool;
use client::sender::{Confirmed, Sender};
use client::view::{fetch, MatchStatus, MatchView, Windows};
use client::{address, token, Pubkey};
use localnet::{Localnet, LocalnetConfig, LocalnetHandle};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use system_tests::driver::oracle;

use crate::support::world::serving::Endpoints;
use crate::support::world::{players, until, BOND, PURSE, SHORT_BLITZ, STAKE};
use process::{Genesis, Validator};

/// Of the slash, to who proves a lie.
pub const BURN_BPS: u16 = 5_000;
pub const REPORTER_BPS: u16 = 1_000;
/// Between a result and its settlement when not everybody has signed.
const CHALLENGE_SLOTS: u64 = CHALLENGE_SLOTS_MIN;
const SOL: u64 = 1_000_000_000;

/// A validator with the committed programs, and the keys of everybody who runs things.
pub struct Stage {
    pub validator: Validator,
    pub rpc: RpcPool,
    pub sender: Sender,
    /// Upgrade authority of the program, authority of the config, mint authority.
    pub authority: Keypair,
    pub operator: Keypair,
    pub treasury: Pubkey,
    pub mint: Pubkey,
    /// Answers for the oracle: the gateway of a local chain that nothing else is asked of.
    gateway: LocalnetHandle,
}

impl Stage {
    /// Starts a validator and brings the committed ELF onto it through the loader. At genesis the program's address
    /// holds other code, so that nothing works without that.
    pub async fn start() -> Self {
        crate::support::world::log();
        let gateway = Localnet::start(LocalnetConfig::default()).unwrap();
        let authority = Keypair::new();
        let placeholder = artifact("mock-switchboard/artifact/mock_switchboard.so");
        let genesis = Genesis {
            programs: vec![
                (client::PROGRAM_ID, placeholder.clone(), Some(authority.pubkey())),
                (mock_switchboard::ID, placeholder, None),
            ],
            accounts: oracle::accounts(Some(&gateway.gateway_url)),
        };
        let validator = Validator::start(&genesis).await;
        let sender = crate::support::world::sender(&validator.rpc_url);
        let stage = Self {
            rpc: sender.rpc().clone(),
            sender,
            authority,
            operator: crate::support::world::operator_key(),
            treasury: Keypair::new().pubkey(),
            mint: crate::support::world::mint_address(),
            validator,
            gateway,
        };
        for wallet in [stage.authority.pubkey(), stage.operator.pubkey()] {
            stage.airdrop(&wallet, 1_000 * SOL).await;
        }
        stage
    }

    /// Deploys, as its upgrade authority.
    pub async fn deploy(&self) {
        let elf = std::fs::read(artifact("aurelius/artifact/aurelius.so")).unwrap();
        loader::upgrade(&self.sender, client::PROGRAM_ID, &elf, &self.authority).await;
    }

    /// Config, mint, lists, operator, bond, and a purse for every player.
    pub async fn set_up(&self) {
        let (admin, operator) = (self.authority.pubkey(), self.operator.pubkey());
        let args = InitializeConfigArgs {
            authority: admin,
            treasury: self.treasury,
            randomness_program: mock_switchboard::ID,
            randomness_queue: oracle::QUEUE,
            windows: Windows {
                lock_slots: 6_000,
                entropy_slots: 1_000,
                checkpoint_slots: 1_000,
                result_slots: 1_000,
                challenge_slots: CHALLENGE_SLOTS,
            },
            cluster: self.rpc.genesis_hash().await.unwrap(),
            bond: BondTerms {
                factor_bps: 20_000,
                burn_bps: BURN_BPS,
                reporter_bps: REPORTER_BPS,
                withdraw_slots: 20,
            },
        };
        self.send(
            &[instruction::initialize_config(admin, admin, args)],
            &self.authority,
            &[],
        )
        .await;
        let mint = mint_key();
        let rent = self.rpc.rent_exempt_minimum(token::MINT_LEN).await.unwrap();
        let made = token::create_mint(&admin, &self.mint, &admin, 6, rent).unwrap();
        self.send(&made, &self.authority, &[&mint]).await;
        let lists = [
            instruction::allow_mint(admin, self.mint),
            instruction::allow_rules(admin, SHORT_BLITZ.hash::<HostSha256>()),
            instruction::register_operator(operator, operator, self.mint, anchor_spl::token::ID),
            instruction::set_operator_active(admin, self.operator_account(), true),
        ];
        self.send(&lists, &self.authority, &[&self.operator]).await;
        let bond = BondRef {
            authority: operator,
            mint: self.mint,
            token_program: anchor_spl::token::ID,
        };
        let deposit = [
            self.account_of(&operator),
            token::mint_to(&self.mint, &operator, &admin, BOND).unwrap(),
            instruction::deposit_bond(&bond, operator, BOND),
        ];
        self.send(&deposit, &self.authority, &[&self.operator]).await;
        for number in 0..players::COUNT {
            let wallet = players::wallet(number).pubkey();
            let purse = [
                solana_system_interface::instruction::transfer(&admin, &wallet, SOL),
                self.account_of(&wallet),
                token::mint_to(&self.mint, &wallet, &admin, PURSE).unwrap(),
            ];
            self.send(&purse, &self.authority, &[]).await;
        }
    }

    fn account_of(&self, owner: &Pubkey) -> Instruction {
        token::create_token_account(
            &self.authority.pubkey(),
            owner,
            &self.mint,
            &anchor_spl::token::ID,
        )
    }

    pub fn operator_account(&self) -> Pubkey {
        address::operator(&self.operator.pubkey(), &self.mint)
    }

    /// Where a crank finds the chain and, if it does not ask the chain, the gateway.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints {
            rpc: self.validator.rpc_url.clone(),
            ws: self.validator.ws_url.clone(),
            gateway: self.gateway.gateway_url.clone(),
        }
    }

    /// Sends and confirms; a failure is the test's, with the program's logs.
    #[track_caller]
    pub fn send<'a>(
        &'a self,
        instructions: &'a [Instruction],
        payer: &'a Keypair,
        signers: &'a [&'a Keypair],
    ) -> impl std::future::Future<Output = Confirmed> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            match self.sender.send_and_confirm(instructions, payer, signers).await {
                Ok(confirmed) => confirmed,
                Err(error) => panic!(
                    "{caller}: {error}\n{:#?}",
                    error.transaction().map(|failure| &failure.logs)
                ),
            }
        }
    }

    pub async fn airdrop(&self, wallet: &Pubkey, lamports: u64) {
        let before = self.rpc.balance(wallet).await.unwrap();
        self.rpc.airdrop(wallet, lamports).await.unwrap();
        until("the airdrop", || async {
            self.rpc.balance(wallet).await.unwrap() >= before + lamports
        })
        .await;
    }

    /// Player `number` enters with their wallet.
    pub async fn enter(&self, view: &MatchView, number: u8, warriors: u8) {
        let wallet = players::wallet(number);
        let of = view.reference();
        let args = EnterArgs {
            warriors,
            session_key: players::session_key(number).0.into(),
            expect_stake: STAKE,
            expect_rules_hash: view.header.rules_hash,
            expect_terms: view.header.terms_hash,
            expect_late: view.status == MatchStatus::Live,
        };
        let entry = instruction::enter(&of, &Enter::own(wallet.pubkey(), &of), args);
        self.send(&[entry], &wallet, &[]).await;
    }

    /// The operator's matches, once there are `count`, oldest first.
    pub async fn matches(&self, count: usize) -> Vec<MatchView> {
        let operator = self.operator_account();
        let mut found = Vec::new();
        crate::support::world::until(&format!("{count} matches"), || async {
            fetch::matches(&self.rpc, Some(&operator), None)
                .await
                .unwrap()
                .len()
                >= count
        })
        .await;
        found.extend(fetch::matches(&self.rpc, Some(&operator), None).await.unwrap());
        found.sort_by_key(|view| view.header.match_id);
        found
    }

    pub async fn view(&self, match_key: &Pubkey) -> MatchView {
        fetch::match_account(&self.rpc, *match_key)
            .await
            .unwrap()
            .unwrap()
    }

    /// Waits until the match is over and nothing is owed any more.
    pub async fn until_paid(&self, match_key: &Pubkey) -> MatchView {
        use client::view::MatchStatus::{Cancelled, Settled, Voided};
        until("all payments", || async {
            let view = self.view(match_key).await;
            matches!(view.status, Settled | Cancelled | Voided) && view.header.owed == 0
        })
        .await;
        self.view(match_key).await
    }

    /// Tokens in the canonical account of `owner`.
    pub async fn tokens(&self, owner: &Pubkey) -> u64 {
        self.tokens_in(address::token_account(owner, &self.mint, &anchor_spl::token::ID))
            .await
    }

    pub async fn tokens_in(&self, account: Pubkey) -> u64 {
        fetch::token_account(&self.rpc, account)
            .await
            .unwrap()
            .map_or(0, |account| account.amount)
    }

    /// Tokens in existence.
    pub async fn supply(&self) -> u64 {
        fetch::mint(&self.rpc, self.mint).await.unwrap().unwrap().supply
    }
}

/// The key of [`crate::support::world::mint_address`].
fn mint_key() -> Keypair {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(b"mint");
    Keypair::new_from_array(seed)
}

fn artifact(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/../../programs/{name}", env!("CARGO_MANIFEST_DIR")))
}
