//! A plan's steps as transactions: one at a time, the match read again after each.
//!
//! Invariant: a step that somebody else was faster with is no failure; the match as it stands then says what
//! comes next.

use anyhow::{anyhow, Context, Result};
use client::instruction::{self, Leave};
use client::view::{fetch, EntryView, MatchView};
use client::{address, token, Pubkey};
use player::chain::Chain;
use solana_keypair::{Keypair, Signature, Signer};

use super::plan::{Next, Part, Step};

/// Steps of one match, at most: cancel or void, refund, collect, share, reporter's share, close, and one more
/// for each race that is lost to somebody else.
const STEPS_MAX: usize = 16;

/// A step that landed.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    /// What was done.
    pub step: Step,
    /// The transaction.
    pub signature: Signature,
}

/// A match and the wallet's entry in it, as the chain has them.
pub struct Found {
    /// The match.
    pub view: MatchView,
    /// The entry, unless it was closed.
    pub entry: Option<EntryView>,
}

impl Found {
    /// Reads both; none when there is no such match (any more).
    ///
    /// # Errors
    /// When the chain cannot be asked, or the account is none of the program's.
    pub async fn read(chain: &Chain, match_key: Pubkey, wallet: &Pubkey) -> Result<Option<Found>> {
        let Some(view) = fetch::match_account(&chain.rpc, match_key).await? else {
            return Ok(None);
        };
        let entry = fetch::entry(&chain.rpc, &match_key, wallet).await?;
        Ok(Some(Found { view, entry }))
    }

    /// The wallet's part in it.
    pub fn part(&self, wallet: Pubkey) -> Part<'_> {
        Part {
            view: &self.view,
            wallet,
            has_entry: self.entry.is_some(),
        }
    }
}

/// Whether lobbies that are in time are left as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lobbies {
    /// They are going well: the wallet stays in.
    Stay,
    /// The wallet leaves them.
    Leave,
}

/// Does everything that can be done for the wallet in one match now; `tell` hears of each step that landed.
///
/// # Errors
/// The first step that the program, or the chain, refused twice.
pub async fn perform(
    chain: &Chain,
    keypair: &Keypair,
    match_key: Pubkey,
    lobbies: Lobbies,
    mut tell: impl FnMut(&Done),
) -> Result<()> {
    let wallet = keypair.pubkey();
    let mut refused: Option<(Step, anyhow::Error)> = None;
    for _ in 0..STEPS_MAX {
        let Some(found) = Found::read(chain, match_key, &wallet).await? else {
            return Ok(());
        };
        let step = match found.part(wallet).next(chain.rpc.slot().await?) {
            Next::Now(step) => step,
            Next::MayLeave { .. } if lobbies == Lobbies::Leave => Step::Leave,
            Next::MayLeave { .. } | Next::After { .. } | Next::Nothing => return Ok(()),
        };
        match send(chain, keypair, &found, step).await {
            Ok(signature) => {
                refused = None;
                tell(&Done { step, signature });
            }
            Err(error) => match refused.replace((step, error)) {
                // Somebody else may have been faster: the next reading tells.
                None => {}
                Some((before, error)) if before == step => {
                    return Err(error).with_context(|| format!("cannot {} match {match_key}", step.name()));
                }
                Some(_) => {}
            },
        }
    }
    Err(anyhow!(
        "match {match_key} takes more than {STEPS_MAX} steps; start again"
    ))
}

async fn send(chain: &Chain, keypair: &Keypair, found: &Found, step: Step) -> Result<Signature> {
    let wallet = keypair.pubkey();
    let of = found.view.reference();
    let rent_payer = found.entry.as_ref().map_or(wallet, |entry| entry.rent_payer);
    let instruction = match step {
        Step::Leave => {
            let leave = Leave {
                player: wallet,
                rent_payer,
            };
            instruction::leave(&of, &leave)
        }
        Step::Cancel => instruction::cancel(&of, wallet),
        Step::Void => instruction::void_match(&of, wallet),
        Step::Finalize => instruction::finalize(&of),
        Step::Refund => instruction::refund(&of, wallet, &wallet),
        Step::Claim => instruction::claim(&of, wallet, &wallet),
        Step::ClaimAward => instruction::claim_award(&of, wallet, &found.view.header.challenger),
        Step::CloseEntry => instruction::close_entry(of.key, &wallet, rent_payer),
        Step::CollectSlash => {
            let steps = instruction::collect_slash_steps(&of, &wallet);
            let confirmed = chain.sender.send_and_confirm(&steps, keypair, &[]).await?;
            return Ok(confirmed.signature);
        }
    };
    let mut instructions = Vec::new();
    let home = address::token_account(&wallet, &of.mint, &of.token_program);
    if step.pays() && chain.rpc.account(&home).await?.is_none() {
        // Payouts go to the canonical account alone, which a wallet may have closed meanwhile.
        instructions.push(token::create_token_account(
            &wallet,
            &wallet,
            &of.mint,
            &of.token_program,
        ));
    }
    instructions.push(instruction);
    let confirmed = chain.sender.send_and_confirm(&instructions, keypair, &[]).await?;
    Ok(confirmed.signature)
}
