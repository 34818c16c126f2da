//! A local chain with an escrow, an operator and players, for tests of the crank.

pub mod players;
pub mod serving;

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use arena::{HostSha256, Rules};
use client::aurelius::state::windows::CHALLENGE_SLOTS_MIN;
use client::instruction::{self, BondRef, BondTerms, InitializeConfigArgs};
use client::rpc::{RpcConfig, RpcPool};
use client::sender::{Sender, SenderConfig};
use client::view::{fetch, MatchStatus, MatchView, Windows};
use client::{address, token};
use localnet::{ElfSource, GenesisAccount, Localnet, LocalnetConfig, LocalnetHandle, ProgramSpec};
use serde_json::json;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;

/// Shorter slots than the real ones, so that a match is over soon; deadlines are in slots and wide enough.
pub const SLOT_MS: u64 = 100;

/// Ten seconds of Blitz: five checkpoints.
pub const SHORT_BLITZ: Rules = Rules {
    length_ticks: 600,
    shrink_start_ticks: 300,
    ..Rules::BLITZ
};

/// Twenty seconds of Siege with late entries in the first ten: twenty checkpoints.
pub const SHORT_SIEGE: Rules = Rules {
    length_ticks: 1_200,
    shrink_start_ticks: 720,
    late_entry_ticks: 600,
    ..Rules::SIEGE
};

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Price of a warrior.
pub const STAKE: u64 = 1_000_000;
/// What each player has at first.
pub const PURSE: u64 = 100_000_000;
/// What the operator puts up.
pub const BOND: u64 = 10_000_000_000;

const ORACLE: Pubkey = Pubkey::new_from_array(*b"the oracle of the crank's tests.");

/// The chain and the keys.
pub struct World {
    pub chain: LocalnetHandle,
    pub rpc: RpcPool,
    pub sender: Sender,
    pub operator: Keypair,
    pub treasury: Keypair,
    pub mint: Keypair,
}

fn key(name: &str) -> Keypair {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    Keypair::new_from_array(seed)
}

/// The operator's key, the same in every process of a test.
pub fn operator_key() -> Keypair {
    key("operator")
}

/// The mint, the same in every process of a test.
pub fn mint_address() -> Pubkey {
    key("mint").pubkey()
}

pub fn sender(rpc_url: &str) -> Sender {
    let rpc = RpcPool::new(RpcConfig::new(rpc_url)).unwrap();
    let quick = SenderConfig {
        poll_interval: Duration::from_millis(50),
        ..SenderConfig::default()
    };
    Sender::new(rpc, quick)
}

impl World {
    /// Everything an operator needs before the first match.
    pub async fn new() -> World {
        Self::with_challenge(CHALLENGE_SLOTS_MIN).await
    }

    /// The same, with this many slots between a result and its settlement.
    pub async fn with_challenge(challenge_slots: u64) -> World {
        log();
        let (authority, operator, treasury, mint) =
            (key("authority"), operator_key(), key("treasury"), key("mint"));
        let chain = Localnet::start(LocalnetConfig {
            programs: programs(authority.pubkey()),
            accounts: oracle_accounts(),
            slot_ms: SLOT_MS,
            ..LocalnetConfig::default()
        })
        .unwrap();
        let sender = sender(&chain.rpc_url);
        let rpc = sender.rpc().clone();
        let world = World {
            chain,
            rpc,
            sender,
            operator,
            treasury,
            mint,
        };
        world.set_up(&authority, challenge_slots).await;
        world
    }

    async fn set_up(&self, authority: &Keypair, challenge_slots: u64) {
        for wallet in [authority.pubkey(), self.operator.pubkey()] {
            self.airdrop(&wallet, 100_000_000_000).await;
        }
        let (admin, mint, operator) = (authority.pubkey(), self.mint.pubkey(), self.operator.pubkey());
        let args = InitializeConfigArgs {
            authority: admin,
            treasury: self.treasury.pubkey(),
            randomness_program: mock_switchboard::ID,
            randomness_queue: Pubkey::new_from_array([81; 32]),
            windows: Windows {
                lock_slots: 6_000,
                entropy_slots: 1_000,
                checkpoint_slots: 1_000,
                result_slots: 1_000,
                challenge_slots,
            },
            cluster: self.rpc.genesis_hash().await.unwrap(),
            bond: BondTerms {
                factor_bps: 20_000,
                burn_bps: 5_000,
                reporter_bps: 1_000,
                withdraw_slots: 20,
            },
        };
        self.send(
            &[instruction::initialize_config(admin, admin, args)],
            authority,
            &[],
        )
        .await;
        let rent = self.rpc.rent_exempt_minimum(token::MINT_LEN).await.unwrap();
        let made = token::create_mint(&admin, &mint, &admin, 6, rent).unwrap();
        self.send(&made, authority, &[&self.mint]).await;
        let mut lists = vec![instruction::allow_mint(admin, mint)];
        for rules in [SHORT_BLITZ, SHORT_SIEGE] {
            lists.push(instruction::allow_rules(admin, rules.hash::<HostSha256>()));
        }
        lists.push(instruction::register_operator(
            operator,
            operator,
            mint,
            anchor_spl::token::ID,
        ));
        lists.push(instruction::set_operator_active(
            admin,
            address::operator(&operator, &mint),
            true,
        ));
        self.send(&lists, authority, &[&self.operator]).await;
        let bond = BondRef {
            authority: operator,
            mint,
            token_program: anchor_spl::token::ID,
        };
        let deposit = [
            token::create_token_account(&admin, &operator, &mint, &anchor_spl::token::ID),
            token::mint_to(&mint, &operator, &admin, BOND).unwrap(),
            instruction::deposit_bond(&bond, operator, BOND),
        ];
        self.send(&deposit, authority, &[&self.operator]).await;
        for number in 0..players::COUNT {
            let wallet = players::wallet(number).pubkey();
            self.airdrop(&wallet, 1_000_000_000).await;
            let account = token::create_token_account(&admin, &wallet, &mint, &anchor_spl::token::ID);
            let tokens = token::mint_to(&mint, &wallet, &admin, PURSE).unwrap();
            self.send(&[account, tokens], authority, &[]).await;
        }
    }

    pub async fn airdrop(&self, wallet: &Pubkey, lamports: u64) {
        self.rpc.airdrop(wallet, lamports).await.unwrap();
        until("the airdrop", || async {
            self.rpc.balance(wallet).await.unwrap() >= lamports
        })
        .await;
    }

    pub async fn send(
        &self,
        instructions: &[solana_instruction::Instruction],
        payer: &Keypair,
        signers: &[&Keypair],
    ) {
        self.sender
            .send_and_confirm(instructions, payer, signers)
            .await
            .unwrap();
    }

    /// Lets slots pass, so that `to` is over.
    pub async fn warp(&self, to: u64) {
        let slots = (to + 1).saturating_sub(self.rpc.slot().await.unwrap());
        self.control("localnet_warpSlots", slots).await;
    }

    /// Makes the chain do something with its slots: a method of the local chain with one number.
    pub async fn control(&self, method: &'static str, number: u64) {
        let request = RpcRequest::Custom { method };
        let _: u64 = RpcClient::new(self.rpc.shown_url())
            .send(request, json!([number]))
            .await
            .unwrap();
    }

    /// The operator's matches.
    pub async fn matches(&self) -> Vec<MatchView> {
        let operator = address::operator(&self.operator.pubkey(), &self.mint.pubkey());
        fetch::matches(&self.rpc, Some(&operator), None).await.unwrap()
    }

    /// The only match, once it is there.
    pub async fn the_match(&self) -> MatchView {
        until("a match", || async { !self.matches().await.is_empty() }).await;
        let mut all = self.matches().await;
        assert_eq!(all.len(), 1, "more than one match was made");
        all.remove(0)
    }

    pub async fn view(&self, match_key: &Pubkey) -> MatchView {
        fetch::match_account(&self.rpc, *match_key)
            .await
            .unwrap()
            .unwrap()
    }

    /// Waits until the match has this status.
    pub async fn until_status(&self, match_key: &Pubkey, status: MatchStatus) {
        until(&format!("{status:?}"), || async {
            self.view(match_key).await.status == status
        })
        .await;
    }

    /// Waits until everything is paid: players, fee, burn.
    pub async fn until_paid(&self, match_key: &Pubkey) -> MatchView {
        until("all payments", || async {
            let view = self.view(match_key).await;
            let over = matches!(
                view.status,
                MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided
            );
            over && view.header.owed == 0
        })
        .await;
        self.view(match_key).await
    }

    pub async fn balance(&self, owner: &Pubkey) -> u64 {
        let account = address::token_account(owner, &self.mint.pubkey(), &anchor_spl::token::ID);
        fetch::token_account(&self.rpc, account)
            .await
            .unwrap()
            .map_or(0, |account| account.amount)
    }

    /// Everybody's tokens after a settled match are what they were, less stakes, plus payouts; the rest was burned.
    pub async fn check_money(&self, view: &MatchView) {
        let mut staked = 0;
        let mut paid_out = 0;
        for player in view.players() {
            let expected = PURSE - player.paid + player.payout;
            assert_eq!(
                self.balance(&player.wallet).await,
                expected,
                "player {}",
                player.index
            );
            staked += player.paid;
            paid_out += player.payout;
        }
        assert_eq!(self.balance(&self.treasury.pubkey()).await, view.header.fee);
        assert_eq!(staked, paid_out + view.header.fee + view.header.burn);
        let mint = fetch::mint(&self.rpc, self.mint.pubkey()).await.unwrap().unwrap();
        assert_eq!(
            mint.supply,
            PURSE * u64::from(players::COUNT) + BOND - view.header.burn,
            "burned"
        );
    }
}

/// Polls until `condition` holds, for longer than anything here takes on a machine that has other things to do.
pub async fn until<F: std::future::Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn programs(upgrade_authority: Pubkey) -> Vec<ProgramSpec> {
    let elf =
        |name: &str| ElfSource::Path(format!("{}/../../programs/{name}", env!("CARGO_MANIFEST_DIR")).into());
    vec![
        ProgramSpec {
            id: client::PROGRAM_ID,
            elf: elf("aurelius/artifact/aurelius.so"),
            upgrade_authority: Some(upgrade_authority),
        },
        ProgramSpec {
            id: mock_switchboard::ID,
            elf: elf("mock-switchboard/artifact/mock_switchboard.so"),
            upgrade_authority: None,
        },
    ]
}

/// What Switchboard has on a real cluster: a queue with one oracle, whose gateway the crank is told.
fn oracle_accounts() -> Vec<GenesisAccount> {
    let mut queue = vec![0; 6_280];
    queue[..8].copy_from_slice(&[217, 194, 55, 127, 184, 83, 138, 1]);
    queue[1_064..1_096].copy_from_slice(ORACLE.as_ref());
    queue[5_204] = 1;
    let mut oracle = vec![0; 4_936];
    oracle[..8].copy_from_slice(&[128, 30, 16, 241, 170, 73, 55, 54]);
    oracle[3_656] = 1;
    let owned = |address, data| GenesisAccount {
        address,
        owner: mock_switchboard::ID,
        lamports: None,
        data,
    };
    vec![
        owned(Pubkey::new_from_array([81; 32]), queue),
        owned(ORACLE, oracle),
        owned(address::switchboard_state(&mock_switchboard::ID), vec![0; 8]),
        owned(
            address::switchboard_oracle_stats(&mock_switchboard::ID, &ORACLE),
            vec![0; 8],
        ),
    ]
}

/// Shows what the crank logs, where RUST_LOG asks for it.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
