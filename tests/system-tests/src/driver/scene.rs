//! A local chain with the escrow ready for matches.

use std::path::Path;
use std::time::Duration;

use arena::{HostSha256, Rules};
use client::aurelius::state::windows::CHALLENGE_SLOTS_MIN;
use client::entropy::{EntropyClient, Reach};
use client::instruction::{self, BondRef, BondTerms, InitializeConfigArgs, RandomnessSource};
use client::rpc::{RpcConfig, RpcPool};
use client::sender::{Confirmed, Sender, SenderConfig};
use client::view::Windows;
use client::{address, token, Pubkey};
use localnet::{ElfSource, Localnet, LocalnetConfig, LocalnetHandle, ProgramSpec};
use serde_json::json;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;

use super::oracle;

pub const SOL: u64 = 1_000_000_000;
/// Decimal places of the test token.
pub const DECIMALS: u8 = 6;
/// Tokens a wallet of [`Scene::wallet`] starts with.
pub const PURSE: u64 = 1_000_000_000;
/// What the operator puts up.
const BOND: u64 = 1_000_000_000_000;

/// Shorter than the 400 ms of a real cluster, so that waiting for a slot costs little.
const SLOT_MS: u64 = 100;

/// A chain, clients of it, and the keys of everybody who runs things.
pub struct Scene {
    pub chain: LocalnetHandle,
    pub rpc: RpcPool,
    pub sender: Sender,
    pub entropy: EntropyClient,
    pub source: RandomnessSource,
    pub oracle: Pubkey,
    /// Upgrade authority of the program, authority of the config, mint authority.
    pub authority: Keypair,
    /// Authority of the one operator.
    pub operator: Keypair,
    pub treasury: Pubkey,
    pub mint: Pubkey,
}

impl Scene {
    /// Starts a chain with the committed programs and sets the escrow up with these rules tables.
    pub async fn start(rules: &[Rules]) -> Self {
        let authority = Keypair::new();
        let config = LocalnetConfig {
            programs: vec![
                program(
                    aurelius::ID,
                    "aurelius/artifact/aurelius.so",
                    Some(authority.pubkey()),
                ),
                program(
                    mock_switchboard::ID,
                    "mock-switchboard/artifact/mock_switchboard.so",
                    None,
                ),
            ],
            accounts: oracle::accounts(None),
            slot_ms: SLOT_MS,
            ..LocalnetConfig::default()
        };
        let chain = Localnet::start(config).unwrap();
        let rpc = RpcPool::new(RpcConfig::new(&chain.rpc_url)).unwrap();
        let sender_config = SenderConfig {
            poll_interval: Duration::from_millis(30),
            ..SenderConfig::default()
        };
        let scene = Self {
            sender: Sender::new(rpc.clone(), sender_config),
            rpc,
            entropy: EntropyClient::new(Reach::Loopback, Duration::from_secs(5)).unwrap(),
            source: oracle::source(),
            oracle: oracle::ORACLE,
            authority,
            operator: Keypair::new(),
            treasury: Keypair::new().pubkey(),
            mint: Keypair::new().pubkey(),
            chain,
        };
        scene.set_up(rules).await
    }

    async fn set_up(mut self, rules: &[Rules]) -> Self {
        self.airdrop(&self.authority.pubkey(), 1_000 * SOL).await;
        self.airdrop(&self.operator.pubkey(), 1_000 * SOL).await;
        let authority = self.authority.pubkey();
        let args = InitializeConfigArgs {
            authority,
            treasury: self.treasury,
            randomness_program: self.source.program,
            randomness_queue: self.source.queue,
            windows: windows(),
            cluster: self.rpc.genesis_hash().await.unwrap(),
            bond: BondTerms {
                factor_bps: 20_000,
                burn_bps: 5_000,
                reporter_bps: 1_000,
                withdraw_slots: 20,
            },
        };
        self.run(
            &[instruction::initialize_config(authority, authority, args)],
            &self.authority,
            &[],
        )
        .await;

        let mint = Keypair::new();
        let rent = self.rpc.rent_exempt_minimum(token::MINT_LEN).await.unwrap();
        let mut instructions = token::create_mint(&authority, &mint.pubkey(), &authority, DECIMALS, rent)
            .unwrap()
            .to_vec();
        self.mint = mint.pubkey();
        instructions.push(self.create_token_account(&self.treasury));
        self.run(&instructions, &self.authority, &[&mint]).await;

        let operator = self.operator.pubkey();
        let mut lists = vec![instruction::allow_mint(authority, self.mint)];
        lists.extend(
            rules
                .iter()
                .map(|rules| instruction::allow_rules(authority, rules.hash::<HostSha256>())),
        );
        lists.push(instruction::register_operator(
            operator,
            operator,
            self.mint,
            anchor_spl::token::ID,
        ));
        lists.push(instruction::set_operator_active(
            authority,
            address::operator(&operator, &self.mint),
            true,
        ));
        self.run(&lists, &self.authority, &[&self.operator]).await;
        let bond = BondRef {
            authority: operator,
            mint: self.mint,
            token_program: anchor_spl::token::ID,
        };
        let deposit = [
            self.create_token_account(&operator),
            token::mint_to(&self.mint, &operator, &authority, BOND).unwrap(),
            instruction::deposit_bond(&bond, operator, BOND),
        ];
        self.run(&deposit, &self.authority, &[&self.operator]).await;
        self
    }

    /// Sends and confirms; a failure is the test's.
    #[track_caller]
    pub fn run<'a>(
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

    /// Asks the faucet and waits until the SOL is there.
    pub async fn airdrop(&self, to: &Pubkey, lamports: u64) {
        let before = self.rpc.balance(to).await.unwrap();
        self.rpc.airdrop(to, lamports).await.unwrap();
        while self.rpc.balance(to).await.unwrap() < before + lamports {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A new wallet with a little SOL and [`PURSE`] tokens.
    pub async fn wallet(&self) -> Keypair {
        let wallet = Keypair::new();
        self.airdrop(&wallet.pubkey(), SOL).await;
        let mint_to = token::mint_to(&self.mint, &wallet.pubkey(), &self.authority.pubkey(), PURSE).unwrap();
        let instructions = [self.create_token_account(&wallet.pubkey()), mint_to];
        self.run(&instructions, &self.authority, &[]).await;
        wallet
    }

    fn create_token_account(&self, owner: &Pubkey) -> Instruction {
        token::create_token_account(
            &self.authority.pubkey(),
            owner,
            &self.mint,
            &anchor_spl::token::ID,
        )
    }

    /// Tokens in the canonical account of `owner`.
    pub async fn tokens(&self, owner: &Pubkey) -> u64 {
        let account = address::token_account(owner, &self.mint, &anchor_spl::token::ID);
        client::view::fetch::token_account(&self.rpc, account)
            .await
            .unwrap()
            .map_or(0, |account| account.amount)
    }

    /// Tokens in existence.
    pub async fn supply(&self) -> u64 {
        client::view::fetch::mint(&self.rpc, self.mint)
            .await
            .unwrap()
            .unwrap()
            .supply
    }

    /// Completes slots until `slot` is over.
    pub async fn pass(&self, slot: u64) {
        let now = self.rpc.slot().await.unwrap();
        let request = RpcRequest::Custom {
            method: "localnet_warpSlots",
        };
        let slots = (slot + 1).saturating_sub(now);
        let _: u64 = RpcClient::new(self.chain.rpc_url.clone())
            .send(request, json!([slots]))
            .await
            .unwrap();
    }
}

/// Generous for a busy machine, but for the challenge window, which every match waits for.
fn windows() -> Windows {
    Windows {
        lock_slots: 3_000,
        entropy_slots: 1_000,
        checkpoint_slots: 1_000,
        result_slots: 1_000,
        challenge_slots: CHALLENGE_SLOTS_MIN,
    }
}

fn program(id: Pubkey, artifact: &str, upgrade_authority: Option<Pubkey>) -> ProgramSpec {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs")).join(artifact);
    ProgramSpec {
        id,
        elf: ElfSource::Path(path),
        upgrade_authority,
    }
}
