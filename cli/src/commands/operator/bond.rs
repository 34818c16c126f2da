//! The operator's bond: into it, and out of it after the delay.

use anyhow::{anyhow, bail, Context as _, Result};
use clap::Args;
use client::instruction::{deposit_bond, request_bond_withdrawal, withdraw_bond, BondRef};
use client::token::create_token_account;
use client::view::OperatorView;
use client::Pubkey;
use player::chain::{balance, MintInfo};
use serde_json::{json, Value};

use super::sign::OperatorSign;
use crate::commands::escrow::{field, read_config, read_operator, Answer, Desk, MintArgs, Moment, SignArgs};
use crate::config;
use crate::quantity::Quantity;
use crate::terminal::Money;

/// Flags of `aurelius operator deposit`.
#[derive(Debug, Args)]
pub(super) struct DepositArgs {
    /// How much, in tokens, such as 1000 or 2.50
    #[arg(value_name = "AMOUNT")]
    pub amount: Quantity,
    /// Wallet of the operator whose bond it is [default: the signer's]
    #[arg(long, value_name = "WALLET", value_parser = config::parse_address)]
    pub operator: Option<Pubkey>,
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

/// Flags of `aurelius operator request-withdrawal`.
#[derive(Debug, Args)]
pub(super) struct RequestArgs {
    /// How much, in tokens, such as 1000 or 2.50; 0 takes an earlier request back
    #[arg(value_name = "AMOUNT")]
    pub amount: Quantity,
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

pub(super) async fn deposit(arguments: &DepositArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let (mint, money) = arguments.mint.read(&desk.chain).await?;
    let wallet = arguments.operator.unwrap_or(desk.address());
    read_operator(&desk.chain, &wallet, &mint.mint).await?;
    let amount = arguments.amount.base_units(mint.decimals).context("AMOUNT")?;
    if amount == 0 {
        bail!("AMOUNT is nothing; for example: aurelius operator deposit 1000");
    }
    let held = balance(&desk.chain, &desk.address(), &mint).await?;
    if held < amount {
        bail!(
            "{} holds {} and cannot deposit {}; the tokens must be in its associated token account",
            desk.address(),
            money.text(held),
            money.text(amount)
        );
    }
    let instruction = deposit_bond(&bond_of(wallet, &mint), desk.address(), amount);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot deposit")?;
    let operator = read_operator(&desk.chain, &wallet, &mint.mint).await?;
    let lines = vec![
        format!("{} deposited for the operator {wallet}", money.text(amount)),
        standing(&operator, &money),
    ];
    let json = json!({
        "done": "deposit",
        "amount": amount.to_string(),
        "bond": bond_as_json(&operator),
    });
    Ok(Answer::sent(lines, &confirmed, json))
}

pub(super) async fn request(arguments: &RequestArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let (mint, money) = arguments.mint.read(&desk.chain).await?;
    let before = read_operator(&desk.chain, &desk.address(), &mint.mint).await?;
    let amount = arguments.amount.base_units(mint.decimals).context("AMOUNT")?;
    // A new request takes the place of the earlier one, whose amount is free again.
    let earlier = before.withdrawal.map_or(0, |(amount, _)| amount);
    let most = before.free_bond + earlier;
    if amount > most {
        bail!(
            "{} can be requested at most, not {}: of the bond of {}, {} answer for matches that are not over",
            money.text(most),
            money.text(amount),
            money.text(before.bond),
            money.text(before.reserved_bond)
        );
    }
    if amount == 0 && earlier == 0 {
        bail!("there is no request to take back; nothing was sent");
    }
    let instruction = request_bond_withdrawal(&bond_of(desk.address(), &mint), amount);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot request a withdrawal")?;
    let operator = read_operator(&desk.chain, &desk.address(), &mint.mint).await?;
    let mut lines = match operator.withdrawal {
        Some((amount, slot)) => {
            let now = Moment::of(&desk.chain).await?;
            vec![
                format!("{} announced to be withdrawn", money.text(amount)),
                field("payable from", now.seen(slot)),
                field("next", "aurelius operator withdraw"),
            ]
        }
        None => vec![format!("the request of {} is taken back", money.text(earlier))],
    };
    if amount > 0 && earlier > 0 {
        lines.push(field(
            "replaces",
            format!("the request of {}", money.text(earlier)),
        ));
    }
    lines.push(standing(&operator, &money));
    let json = json!({
        "done": "request-withdrawal",
        "amount": amount.to_string(),
        "bond": bond_as_json(&operator),
    });
    Ok(Answer::sent(lines, &confirmed, json))
}

pub(super) async fn withdraw(arguments: &OperatorSign) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let (mint, money) = arguments.mint.read(&desk.chain).await?;
    let wallet = desk.address();
    let before = read_operator(&desk.chain, &wallet, &mint.mint).await?;
    let (amount, slot) = before.withdrawal.ok_or_else(|| {
        anyhow!(
            "no withdrawal was requested; announce one with `aurelius operator request-withdrawal AMOUNT`"
        )
    })?;
    check_delay(&desk, &money, amount, slot).await?;
    let bond = bond_of(wallet, &mint);
    let instructions = [
        create_token_account(&wallet, &wallet, &mint.mint, &mint.token_program),
        withdraw_bond(&bond),
    ];
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&instructions, &desk.signer, &[])
        .await
        .context("cannot withdraw")?;
    let operator = read_operator(&desk.chain, &wallet, &mint.mint).await?;
    let lines = vec![
        format!("{} withdrawn to {wallet}", money.text(amount)),
        standing(&operator, &money),
    ];
    let json = json!({
        "done": "withdraw",
        "amount": amount.to_string(),
        "bond": bond_as_json(&operator),
    });
    Ok(Answer::sent(lines, &confirmed, json))
}

/// Errors before the slot, with how long it takes until then.
async fn check_delay(desk: &Desk, money: &Money, amount: u64, slot: u64) -> Result<()> {
    let now = Moment::of(&desk.chain).await?;
    let Some(left @ 1..) = slot.checked_sub(now.slot) else {
        return Ok(());
    };
    let delay = read_config(&desk.chain).await?.bond.withdraw_slots;
    bail!(
        "the delay has not passed: {} can be withdrawn from slot {slot} on, and it is slot {}; try again in {} (the config's delay is {})",
        money.text(amount),
        now.slot,
        now.time.slots(left),
        now.time.slots(delay)
    )
}

fn bond_of(authority: Pubkey, mint: &MintInfo) -> BondRef {
    BondRef {
        authority,
        mint: mint.mint,
        token_program: mint.token_program,
    }
}

fn standing(operator: &OperatorView, money: &Money) -> String {
    field(
        "bond",
        format!(
            "{}, of which {} free",
            money.text(operator.bond),
            money.text(operator.free_bond)
        ),
    )
}

/// The books of a bond, in base units.
pub(super) fn bond_as_json(operator: &OperatorView) -> Value {
    json!({
        "total": operator.bond.to_string(),
        "reserved": operator.reserved_bond.to_string(),
        "free": operator.free_bond.to_string(),
        "slashed": operator.slashed.to_string(),
        "withdrawal": operator.withdrawal.map(|(amount, slot)| json!({ "amount": amount.to_string(), "slot": slot })),
    })
}
