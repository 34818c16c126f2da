//! Setting an escrow up on a fresh chain: config, mint, lists, operator.

use anyhow::{Context, Result};
use arena::{HostSha256, Rules};
use client::instruction::{self, BondRef, BondTerms, InitializeConfigArgs, RandomnessSource};
use client::view::Windows;
use client::{address, token};
use player::chain::{airdrop, Chain, TOKEN_PROGRAM};
use solana_signer::Signer;

use super::keys::Keys;

/// What is set up.
pub struct SetUp {
    /// Rules tables that matches may use.
    pub rules: Vec<Rules>,
    /// Decimal places of the token.
    pub decimals: u8,
    pub windows: Windows,
    pub randomness: RandomnessSource,
    /// The operator's bond, minted to it.
    pub bond: u64,
}

/// The operator's bond on such a chain: a million tokens of six decimals, for dozens of matches at once.
pub const DEMO_BOND: u64 = 1_000_000 * 1_000_000;

/// SOL for the authority and the operator: rents of matches are paid back, fees are not.
const LAMPORTS: u64 = 1_000 * 1_000_000_000;

/// Windows for a chain where nobody is far away: an unfilled lobby lives ten minutes, a result that not all
/// players signed stands after half a minute.
pub fn demo_windows() -> Windows {
    Windows {
        lock_slots: 1_500,
        entropy_slots: 150,
        checkpoint_slots: 150,
        result_slots: 300,
        challenge_slots: 75,
    }
}

/// Terms of bonds for such a chain: the whole pot, three tenths of it to who proves a lie, one tenth to who reports silence.
fn demo_bond_terms() -> BondTerms {
    BondTerms {
        factor_bps: 10_000,
        challenger_bps: 3_000,
        silence_bps: 1_000,
        withdraw_slots: 1_500,
    }
}

/// Sets everything up; `step` is told what is done next. The authority must be the program's upgrade authority.
pub async fn set_up(chain: &Chain, keys: &Keys, plan: &SetUp, step: impl Fn(&str)) -> Result<()> {
    let (authority, operator) = (keys.authority.pubkey(), keys.operator.pubkey());
    let mint = keys.mint.pubkey();

    step("SOL for the operator from the faucet");
    airdrop(chain, &[authority, operator], LAMPORTS).await?;

    step("escrow config, created by the program's upgrade authority");
    let config = instruction::initialize_config(
        authority,
        authority,
        InitializeConfigArgs {
            authority,
            treasury: keys.treasury.pubkey(),
            randomness_program: plan.randomness.program,
            randomness_queue: plan.randomness.queue,
            windows: plan.windows,
            cluster: chain.rpc.genesis_hash().await?,
            bond: demo_bond_terms(),
        },
    );
    chain
        .sender
        .send_and_confirm(&[config], &keys.authority, &[])
        .await
        .context("cannot create the escrow's config")?;

    step("a token, and the treasury's account for it");
    let rent = chain.rpc.rent_exempt_minimum(token::MINT_LEN).await?;
    let mut token_instructions =
        token::create_mint(&authority, &mint, &authority, plan.decimals, rent)?.to_vec();
    let treasury = keys.treasury.pubkey();
    token_instructions.push(token::create_token_account(
        &authority,
        &treasury,
        &mint,
        &TOKEN_PROGRAM,
    ));
    chain
        .sender
        .send_and_confirm(&token_instructions, &keys.authority, &[&keys.mint])
        .await
        .context("cannot create the token")?;

    step("token and rules on the lists, the operator registered");
    let mut lists = vec![instruction::allow_mint(authority, mint)];
    lists.extend(
        plan.rules
            .iter()
            .map(|rules| instruction::allow_rules(authority, rules.hash::<HostSha256>())),
    );
    lists.push(instruction::register_operator(
        operator,
        operator,
        mint,
        TOKEN_PROGRAM,
    ));
    lists.push(instruction::set_operator_active(
        authority,
        address::operator(&operator, &mint),
        true,
    ));
    chain
        .sender
        .send_and_confirm(&lists, &keys.authority, &[&keys.operator])
        .await
        .context("cannot fill the escrow's lists")?;

    step("the operator's bond");
    let bond = BondRef {
        authority: operator,
        mint,
        token_program: TOKEN_PROGRAM,
    };
    let deposit = [
        token::create_token_account(&authority, &operator, &mint, &TOKEN_PROGRAM),
        token::mint_to(&mint, &operator, &authority, plan.bond)?,
        instruction::deposit_bond(&bond, operator, plan.bond),
    ];
    chain
        .sender
        .send_and_confirm(&deposit, &keys.authority, &[&keys.operator])
        .await
        .context("cannot deposit the operator's bond")?;
    Ok(())
}
