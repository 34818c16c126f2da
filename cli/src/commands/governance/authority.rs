//! Who governs the config, handed over in two steps, and the pause.

use anyhow::{bail, Context as _, Result};
use clap::Args;
use client::instruction;
use client::Pubkey;
use serde_json::json;

use crate::commands::escrow::{field, read_config, refuse_if, wrong_signer, Answer, SignArgs};
use crate::config;

/// Flags of `aurelius governance propose-authority`.
#[derive(Debug, Args)]
pub(super) struct ProposeArgs {
    /// Who is to govern
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    pub address: Pubkey,
    #[command(flatten)]
    pub sign: SignArgs,
}

pub(super) async fn propose(arguments: &ProposeArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let config = desk.governed().await?;
    let next = arguments.address;
    refuse_if(next == config.authority, || format!("{next} governs already"))?;
    let instruction = instruction::propose_authority(desk.address(), next);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot propose an authority")?;
    let mut lines = vec![
        format!(
            "{next} is proposed; {} governs until it accepts",
            config.authority
        ),
        field(
            "next",
            "aurelius governance accept-authority, signed by that wallet",
        ),
    ];
    if let Some(earlier) = config.pending_authority.filter(|earlier| *earlier != next) {
        lines.push(field("replaces", format!("the proposal of {earlier}")));
    }
    let json = json!({ "done": "propose-authority", "pending_authority": next.to_string() });
    Ok(Answer::sent(lines, &confirmed, json))
}

pub(super) async fn accept(sign: &SignArgs) -> Result<Answer> {
    let desk = sign.connect().await?;
    let config = read_config(&desk.chain).await?;
    let Some(pending) = config.pending_authority else {
        bail!(
            "nobody was proposed; {} can with `aurelius governance propose-authority`",
            config.authority
        );
    };
    if pending != desk.address() {
        return Err(wrong_signer(format!(
            "is the key pair of {}, and {pending} was proposed",
            desk.address()
        ))
        .into());
    }
    let instruction = instruction::accept_authority(pending);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot take the config over")?;
    let lines = vec![format!("{pending} governs now, {} no longer", config.authority)];
    let json = json!({ "done": "accept-authority", "authority": pending.to_string() });
    Ok(Answer::sent(lines, &confirmed, json))
}

pub(super) async fn set_paused(sign: &SignArgs, paused: bool) -> Result<Answer> {
    let desk = sign.connect().await?;
    let config = desk.governed().await?;
    refuse_if(config.paused == paused, || {
        format!("the escrow is {} already", if paused { "paused" } else { "open" })
    })?;
    let instruction = instruction::set_paused(desk.address(), paused);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context(if paused {
            "cannot pause"
        } else {
            "cannot end the pause"
        })?;
    let line = if paused {
        "paused: no new matches and entries; matches that exist go on, and every exit stays open"
    } else {
        "open again: matches can be created and entered"
    };
    let json = json!({ "done": if paused { "pause" } else { "unpause" }, "paused": paused });
    Ok(Answer::sent(vec![line.to_owned()], &confirmed, json))
}
