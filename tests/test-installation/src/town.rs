//! The chain that a installation works on, seen without any crank or relay: wallets, matches, money.
//!
//! Owns the only truth that the audit believes. Its connection goes straight to the chain, past every gate
//! that faults are made with.

use std::path::Path;
use std::time::{Duration, Instant};

use client::instruction::{self, Enter, EnterArgs};
use client::rpc::{RpcConfig, RpcPool};
use client::sender::{Sender, SenderConfig};
use client::view::{fetch, MatchStatus, MatchView};
use client::{address, token, Pubkey};
use ed25519_dalek::SigningKey;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// What every wallet has at first: 1,000 tokens of six decimals.
pub const PURSE: u64 = 1_000_000_000;
/// SOL for rents and fees.
const LAMPORTS: u64 = 10_000_000_000;
/// Longest wait for the faucet.
const PATIENCE: Duration = Duration::from_secs(60);

/// Readings of all balances until one is not disturbed by a transaction in the middle of it.
const SOLVENCY_TRIES: u32 = 20;

/// A chain with an escrow, and wallets on it.
pub struct Town {
    /// Reads the chain.
    pub rpc: RpcPool,
    /// Sends to it.
    pub sender: Sender,
    /// What is played for.
    pub mint: Pubkey,
    /// The operator's account in that mint.
    pub operator: Pubkey,
    /// Players' wallets.
    pub wallets: Vec<Keypair>,
    authority: Keypair,
    treasury: Pubkey,
    /// Before anything was played.
    supply: u64,
    bond: u64,
}

impl Town {
    /// Finds its way by what `aurelius localnet` wrote, and gives `wallets` wallets SOL and [`PURSE`].
    pub async fn found(rpc_url: &str, keys: &Path, mint: Pubkey, wallets: usize) -> Town {
        let rpc = RpcPool::new(RpcConfig::new(rpc_url)).expect("the chain said its address");
        let config = SenderConfig {
            poll_interval: Duration::from_millis(100),
            ..SenderConfig::default()
        };
        let operator_key = key_in(&keys.join("operator.json"));
        let mut town = Town {
            sender: Sender::new(rpc.clone(), config),
            rpc,
            mint,
            operator: address::operator(&operator_key.pubkey(), &mint),
            wallets: (0..wallets).map(|_| Keypair::new()).collect(),
            authority: key_in(&keys.join("mint-authority.json")),
            treasury: key_in(&keys.join("treasury.json")).pubkey(),
            supply: 0,
            bond: 0,
        };
        town.fund().await;
        town.supply = town.supply_now().await;
        town.bond = town.balance_of(&address::bond_vault(&town.operator)).await;
        town
    }

    async fn fund(&self) {
        for wallet in &self.wallets {
            self.rpc
                .airdrop(&wallet.pubkey(), LAMPORTS)
                .await
                .expect("the faucet gives");
        }
        let begun = Instant::now();
        for wallet in &self.wallets {
            while self.rpc.balance(&wallet.pubkey()).await.expect("a balance") < LAMPORTS {
                assert!(begun.elapsed() < PATIENCE, "the faucet gave nothing");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        let authority = self.authority.pubkey();
        for some in self.wallets.chunks(4) {
            let mut instructions = Vec::new();
            for wallet in some {
                let owner = wallet.pubkey();
                instructions.push(token::create_token_account(
                    &authority,
                    &owner,
                    &self.mint,
                    &spl_token(),
                ));
                instructions
                    .push(token::mint_to(&self.mint, &owner, &authority, PURSE).expect("valid arguments"));
            }
            self.sender
                .send_and_confirm(&instructions, &self.authority, &[])
                .await
                .expect("the mint's authority mints");
        }
    }

    /// All matches of the operator.
    pub async fn matches(&self) -> Result<Vec<MatchView>, client::Error> {
        fetch::matches(&self.rpc, Some(&self.operator), None).await
    }

    /// One match.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn view(&self, match_key: &Pubkey) -> MatchView {
        fetch::match_account(&self.rpc, *match_key)
            .await
            .expect("the chain answers")
            .expect("the match exists")
    }

    /// Pays the stake of `warriors` and registers the session key.
    pub async fn enter(
        &self,
        view: &MatchView,
        wallet: usize,
        warriors: u8,
        session: &SigningKey,
    ) -> Result<(), client::Error> {
        let wallet = &self.wallets[wallet];
        let of = view.reference();
        let args = EnterArgs {
            warriors,
            session_key: Pubkey::new_from_array(session.verifying_key().to_bytes()),
            expect_stake: view.header.stake_per_warrior,
            expect_rules_hash: view.header.rules_hash,
            expect_terms: view.header.terms_hash,
            expect_late: view.status == MatchStatus::Live,
        };
        let entry = instruction::enter(&of, &Enter::own(wallet.pubkey(), &of), args);
        self.sender.send_and_confirm(&[entry], wallet, &[]).await?;
        Ok(())
    }

    /// Holds every balance against what the matches say was paid, won, kept and burned; every difference is
    /// told. Right only when everything that was entered is paid out.
    pub async fn audit(&self, matches: &[MatchView]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |what: String, expected: i128, found: u64| {
            if expected != i128::from(found) {
                wrong.push(format!("{what} is {found} and should be {expected}"));
            }
        };
        let mut fees = 0i128;
        let mut burned = 0i128;
        for view in matches {
            let paid: u64 = view.players().map(|player| player.paid).sum();
            let payouts: u64 = view.players().map(|player| player.payout).sum();
            let header = &view.header;
            check(
                format!("what leaves the pot of {}", view.address),
                paid.into(),
                payouts + header.fee + header.burn,
            );
            let vault = self.balance_of(&address::vault(&view.address)).await;
            check(format!("the vault of {}", view.address), 0, vault);
            fees += i128::from(header.fee);
            burned += i128::from(header.burn);
        }
        for (number, wallet) in self.wallets.iter().enumerate() {
            let mut expected = i128::from(PURSE);
            for player in matches.iter().filter_map(|view| view.player(&wallet.pubkey())) {
                expected += i128::from(player.payout) - i128::from(player.paid);
            }
            let found = self.balance_in_wallet(&wallet.pubkey()).await;
            check(format!("the balance of wallet {number}"), expected, found);
        }
        check(
            "the treasury".to_owned(),
            fees,
            self.balance_in_wallet(&self.treasury).await,
        );
        check(
            "the token's supply".to_owned(),
            i128::from(self.supply) - burned,
            self.supply_now().await,
        );
        let bond = self.balance_of(&address::bond_vault(&self.operator)).await;
        check("the operator's bond".to_owned(), self.bond.into(), bond);
        wrong
    }

    /// What must hold at any time, also in the middle of matches: each vault holds what its match owes, no
    /// token came from nowhere or went nowhere, the bond is whole. Every difference is told.
    pub async fn solvency(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        // Matches go on while this reads: only sums that were the same before and after are judged.
        for _ in 0..SOLVENCY_TRIES {
            wrong.clear();
            let before = self.matches().await.expect("the chain answers the test");
            let mut held = 0;
            for view in &before {
                let vault = self.balance_of(&address::vault(&view.address)).await;
                if vault < view.header.owed {
                    wrong.push(format!(
                        "the vault of {} holds {vault} and owes {}",
                        view.address, view.header.owed
                    ));
                }
                held += vault;
            }
            for wallet in &self.wallets {
                held += self.balance_in_wallet(&wallet.pubkey()).await;
            }
            held += self.balance_in_wallet(&self.treasury).await;
            let bond = self.balance_of(&address::bond_vault(&self.operator)).await;
            if bond != self.bond {
                wrong.push(format!("the operator's bond is {bond} and was {}", self.bond));
            }
            let supply = self.supply_now().await;
            if held + bond != supply {
                wrong.push(format!("{} tokens are found and {supply} exist", held + bond));
            }
            if wrong.is_empty() {
                break;
            }
        }
        wrong
    }

    async fn balance_in_wallet(&self, owner: &Pubkey) -> u64 {
        self.balance_of(&address::token_account(owner, &self.mint, &spl_token()))
            .await
    }

    async fn balance_of(&self, account: &Pubkey) -> u64 {
        fetch::token_account(&self.rpc, *account)
            .await
            .expect("the chain answers")
            .map_or(0, |account| account.amount)
    }

    async fn supply_now(&self) -> u64 {
        fetch::mint(&self.rpc, self.mint)
            .await
            .expect("the chain answers")
            .expect("the mint exists")
            .supply
    }
}

/// Classic SPL Token.
fn spl_token() -> Pubkey {
    Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
}

/// The key pair in a file as `solana-keygen` writes it.
fn key_in(path: &Path) -> Keypair {
    let text = std::fs::read_to_string(path).expect("the local chain wrote its keys");
    let bytes: Vec<u8> = serde_json::from_str(&text).expect("a JSON array of numbers");
    Keypair::try_from(bytes.as_slice()).expect("a key pair")
}
