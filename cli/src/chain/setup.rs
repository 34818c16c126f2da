//! Setting an escrow up on a fresh chain: config, mint, lists, operator.

use anyhow::{Context, Result};
use arena::{HostSha256, Rules};
use client::aurelius::state::windows::{CHALLENGE_SLOTS_MIN, ENTROPY_SLOTS_MIN};
use client::instruction::{self, BondRef, BondTerms, InitializeConfigArgs, RandomnessSource};
use client::view::Windows;
use client::{address, token};
use player::chain::{airdrop, Chain, TOKEN_PROGRAM};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::keys::Keys;

/// What is set up.
pub struct SetUp {
    /// Rules tables that matches may use.
    pub rules: Vec<Rules>,
    /// Decimal places of the token.
    pub decimals: u8,
    /// Windows of the config, in slots.
    pub windows: Windows,
    /// Where matches take their randomness from.
    pub randomness: RandomnessSource,
    /// The operator's bond, minted to it.
    pub bond: u64,
}

/// The operator's bond on such a chain: a million tokens of six decimals, for dozens of matches at once.
pub const DEMO_BOND: u64 = 1_000_000 * 1_000_000;

/// SOL for the authority and the operator: rents of matches are paid back, fees are not.
const LAMPORTS: u64 = 1_000 * 1_000_000_000;

/// Windows for a chain where nobody is far away: an unfilled lobby lives ten minutes, a result that not all
/// players signed stands after a minute.
pub fn demo_windows() -> Windows {
    Windows {
        lock_slots: 1_500,
        entropy_slots: ENTROPY_SLOTS_MIN,
        checkpoint_slots: 150,
        result_slots: 300,
        challenge_slots: CHALLENGE_SLOTS_MIN,
    }
}

/// Terms of bonds for such a chain: those of a real one, but for the wait, which people watch here.
fn demo_bond_terms() -> BondTerms {
    BondTerms {
        factor_bps: 20_000,
        burn_bps: 5_000,
        reporter_bps: 1_000,
        withdraw_slots: 25,
    }
}

/// Sets everything up; `step` is told what is done next. The authority must be the program's upgrade
/// authority.
///
/// # Errors
/// The first transaction that does not land, and what it was for.
pub async fn set_up(chain: &Chain, keys: &Keys, plan: &SetUp, step: impl Fn(&str)) -> Result<()> {
    let office = Office { chain, keys, plan };
    step("SOL for the operator from the faucet");
    let (authority, operator) = (keys.authority.pubkey(), keys.operator.pubkey());
    airdrop(chain, &[authority, operator], LAMPORTS).await?;
    step("escrow config, created by the program's upgrade authority");
    office
        .create_config()
        .await
        .context("cannot create the escrow's config")?;
    step("a token, and the treasury's account for it");
    office.create_token().await.context("cannot create the token")?;
    step("token and rules on the lists, the operator registered");
    office
        .fill_lists()
        .await
        .context("cannot fill the escrow's lists")?;
    step("the operator's bond");
    office
        .deposit_bond()
        .await
        .context("cannot deposit the operator's bond")
}

/// The authority at work.
struct Office<'a> {
    /// The chain that is set up.
    chain: &'a Chain,
    /// Who signs.
    keys: &'a Keys,
    /// What is to be there at the end.
    plan: &'a SetUp,
}

impl Office<'_> {
    /// Signed by the authority, who pays, and by `more`.
    async fn send(&self, instructions: &[Instruction], more: &[&Keypair]) -> Result<()> {
        let sender = &self.chain.sender;
        sender
            .send_and_confirm(instructions, &self.keys.authority, more)
            .await?;
        Ok(())
    }

    async fn create_config(&self) -> Result<()> {
        let authority = self.keys.authority.pubkey();
        let config = instruction::initialize_config(
            authority,
            authority,
            InitializeConfigArgs {
                authority,
                treasury: self.keys.treasury.pubkey(),
                randomness_program: self.plan.randomness.program,
                randomness_queue: self.plan.randomness.queue,
                windows: self.plan.windows,
                cluster: self.chain.rpc.genesis_hash().await?,
                bond: demo_bond_terms(),
            },
        );
        self.send(&[config], &[]).await
    }

    async fn create_token(&self) -> Result<()> {
        let (authority, mint) = (self.keys.authority.pubkey(), self.keys.mint.pubkey());
        let rent = self.chain.rpc.rent_exempt_minimum(token::MINT_LEN).await?;
        let decimals = self.plan.decimals;
        let mut all = token::create_mint(&authority, &mint, &authority, decimals, rent)?.to_vec();
        let treasury = self.keys.treasury.pubkey();
        all.push(token::create_token_account(
            &authority,
            &treasury,
            &mint,
            &TOKEN_PROGRAM,
        ));
        self.send(&all, &[&self.keys.mint]).await
    }

    async fn fill_lists(&self) -> Result<()> {
        let (authority, operator) = (self.keys.authority.pubkey(), self.keys.operator.pubkey());
        let mint = self.keys.mint.pubkey();
        let mut all = vec![instruction::allow_mint(authority, mint)];
        let rules = self.plan.rules.iter();
        all.extend(rules.map(|rules| instruction::allow_rules(authority, rules.hash::<HostSha256>())));
        all.push(instruction::register_operator(
            operator,
            operator,
            mint,
            TOKEN_PROGRAM,
        ));
        let account = address::operator(&operator, &mint);
        all.push(instruction::set_operator_active(authority, account, true));
        self.send(&all, &[&self.keys.operator]).await
    }

    async fn deposit_bond(&self) -> Result<()> {
        let (authority, operator) = (self.keys.authority.pubkey(), self.keys.operator.pubkey());
        let (mint, amount) = (self.keys.mint.pubkey(), self.plan.bond);
        let bond = BondRef {
            authority: operator,
            mint,
            token_program: TOKEN_PROGRAM,
        };
        let all = [
            token::create_token_account(&authority, &operator, &mint, &TOKEN_PROGRAM),
            token::mint_to(&mint, &operator, &authority, amount)?,
            instruction::deposit_bond(&bond, operator, amount),
        ];
        self.send(&all, &[&self.keys.operator]).await
    }
}
