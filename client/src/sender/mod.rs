//! Sending transactions and learning what became of them.
//!
//! Owns the way from instructions to an [`Outcome`], in steps that can be taken apart: [`Sender::prepare`] gives signed
//! bytes with signature and last valid height **before** anything is sent, so that a service stores its intent first;
//! [`Sender::submit`] hands them to the network; [`Sender::track`] re-broadcasts and watches until the fate is known.
//! Invariants: the same prepared transaction lands at most once however often it is submitted; a new one is built only
//! after the old one is known to have expired.
//! Absent on purpose: storing intents, and deciding what to do about a failure.

mod fee;
pub(crate) mod prepare;
mod statuses;
#[cfg(test)]
mod tests;
mod track;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use tokio::time::Instant;

pub use fee::{PriorityFee, BID_FLOOR};
pub use prepare::{
    sign, transaction_size, Budget, BuildError, Format, Prepared, COMPUTE_UNITS_MAX, TRANSACTION_BYTES_MAX,
};
pub use track::Outcome;

use self::fee::Market;
use self::statuses::{Reading, StatusBoard};
use self::track::{is_past, judge, weigh, Judgement};
use crate::error::{Error, TransactionFailure};
use crate::rpc::handle::RpcPool;
use crate::rpc::types::SendOptions;

/// How transactions are built and followed.
#[derive(Debug, Clone, Copy)]
pub struct SenderConfig {
    /// The bid for inclusion.
    pub priority_fee: PriorityFee,
    /// Message format.
    pub format: Format,
    /// Added to what a simulation used, in percent of it; never less than [`COMPUTE_MARGIN_UNITS_MIN`].
    pub compute_margin_percent: u32,
    /// How often the fate of everything in flight is asked for.
    pub poll_interval: Duration,
    /// How often an unconfirmed transaction is sent again.
    pub rebroadcast_interval: Duration,
    /// How long the chain may be unreadable before a fate is called unknown.
    pub silence_max: Duration,
    /// How many transactions [`Sender::send_and_confirm`] builds when one after the other expires.
    pub attempts_max: u32,
}

/// Longer than this no bid waits for recent fees: the last one will do.
const FEES_PATIENCE: Duration = Duration::from_secs(2);

/// Simulation and execution may differ by a bump search or a branch: at least this many units on top.
pub const COMPUTE_MARGIN_UNITS_MIN: u32 = 2_000;

impl Default for SenderConfig {
    fn default() -> Self {
        Self {
            priority_fee: PriorityFee::None,
            format: Format::Legacy,
            compute_margin_percent: 10,
            poll_interval: Duration::from_millis(400),
            rebroadcast_interval: Duration::from_secs(2),
            silence_max: Duration::from_secs(60),
            attempts_max: 3,
        }
    }
}

/// Where the compute limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComputeLimit {
    /// A simulation, which also finds errors before a fee is paid.
    #[default]
    Simulate,
    /// Known beforehand: saves a round trip for instructions whose cost is constant.
    Fixed(u32),
}

/// A confirmed transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// Its signature.
    pub signature: Signature,
    /// Slot of its block.
    pub slot: u64,
}

/// Builds, sends and follows transactions. Cheap to clone; clones share one status poller.
#[derive(Clone)]
pub struct Sender {
    rpc: RpcPool,
    config: SenderConfig,
    statuses: StatusBoard,
    market: Arc<Mutex<Market>>,
}

impl Sender {
    /// A sender over `rpc`.
    pub fn new(rpc: RpcPool, config: SenderConfig) -> Self {
        let statuses = StatusBoard::new(rpc.clone(), config.poll_interval);
        Self {
            rpc,
            config,
            statuses,
            market: Arc::default(),
        }
    }

    /// The pool it sends through.
    pub fn rpc(&self) -> &RpcPool {
        &self.rpc
    }

    /// Simulates, sets compute limit and bid, and signs. Nothing is sent. `instructions` must not contain compute-budget
    /// instructions of their own; `signers` are the signers other than `payer`.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the simulation failed, [`Error::Build`] if keys are missing or the bytes do not fit.
    pub async fn prepare(
        &self,
        instructions: &[Instruction],
        payer: &Keypair,
        signers: &[&Keypair],
    ) -> Result<Prepared, Error> {
        self.prepare_with(instructions, payer, signers, ComputeLimit::Simulate)
            .await
    }

    /// As [`Self::prepare`], with the source of the compute limit stated.
    pub async fn prepare_with(
        &self,
        instructions: &[Instruction],
        payer: &Keypair,
        signers: &[&Keypair],
        compute: ComputeLimit,
    ) -> Result<Prepared, Error> {
        let price_micro_lamports = self.bid(instructions).await?;
        let mut budget = Budget {
            compute_limit: COMPUTE_UNITS_MAX,
            price_micro_lamports,
        };
        budget.compute_limit = match compute {
            ComputeLimit::Fixed(units) => units.min(COMPUTE_UNITS_MAX),
            ComputeLimit::Simulate => self.simulated_limit(instructions, budget, payer).await?,
        };
        let recent = self.rpc.latest_blockhash().await?;
        let transaction = sign(
            instructions,
            budget,
            self.config.format,
            payer,
            signers,
            recent.blockhash,
        )?;
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        Ok(Prepared {
            transaction,
            signature,
            last_valid_block_height: recent.last_valid_block_height,
            simulated: compute == ComputeLimit::Simulate,
        })
    }

    /// Hands a prepared transaction to the network. May be repeated. An error that [`Error::is_transient`] leaves open
    /// whether the network has it: track it all the same.
    pub async fn submit(&self, prepared: &Prepared) -> Result<(), Error> {
        let options = if prepared.simulated {
            SendOptions::SkipPreflight
        } else {
            SendOptions::Preflight
        };
        match self.rpc.send(&prepared.transaction, options).await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .transaction()
                    .is_some_and(TransactionFailure::is_already_processed) =>
            {
                Ok(())
            }
            Err(error) => Err(error.with_programs(&prepared.programs())),
        }
    }

    /// Follows a submitted transaction, sending it again now and then, until its fate is known at the pool's commitment.
    /// Ends when the blockhash is over at the latest, or after [`SenderConfig::silence_max`] without an answer.
    pub async fn track(&self, prepared: &Prepared) -> Outcome {
        let outcome = self.follow(prepared).await;
        match &outcome {
            Outcome::Expired => self.market.lock().expired(std::time::Instant::now()),
            Outcome::Landed { .. } | Outcome::Failed { .. } => {
                self.market.lock().landed(std::time::Instant::now());
            }
            Outcome::Unknown { .. } => {}
        }
        outcome
    }

    async fn follow(&self, prepared: &Prepared) -> Outcome {
        let mut watch = self.statuses.watch(prepared.signature);
        let mut last_answer = Instant::now();
        let mut last_broadcast = Instant::now();
        loop {
            let reading = watch.next().await;
            match judge(&reading, prepared, self.rpc.commitment()) {
                Judgement::Done(failed @ Outcome::Failed { .. }) => {
                    if let Some(outcome) = self.second_opinion(prepared, &reading, failed).await {
                        return outcome;
                    }
                }
                Judgement::Done(outcome) => return outcome,
                Judgement::PastItsTime => match self.look_into_history(prepared, slot_of(&reading)).await {
                    Ok(Judgement::Done(outcome)) => return outcome,
                    Ok(Judgement::PastItsTime) => return Outcome::Expired,
                    // In a block that is not confirmed yet, or nobody who answers is up to date.
                    Ok(Judgement::Wait) => {}
                    Err(error) => {
                        return Outcome::Unknown {
                            detail: error.to_string(),
                        }
                    }
                },
                Judgement::Wait => {}
            }
            match &*reading {
                Reading::Answer { status, .. } => {
                    last_answer = Instant::now();
                    if status.is_none() && last_broadcast.elapsed() >= self.config.rebroadcast_interval {
                        last_broadcast = Instant::now();
                        if let Err(error) = self
                            .rpc
                            .send(&prepared.transaction, SendOptions::SkipPreflight)
                            .await
                        {
                            tracing::debug!(signature = %prepared.signature, %error, "re-broadcast failed");
                        }
                    }
                }
                Reading::Silence(detail) if last_answer.elapsed() >= self.config.silence_max => {
                    return Outcome::Unknown {
                        detail: detail.clone(),
                    };
                }
                Reading::Silence(_) => {}
            }
        }
    }

    /// Prepares, submits and tracks; builds anew when a transaction expired, up to [`SenderConfig::attempts_max`] times.
    ///
    /// # Errors
    /// [`Error::Transaction`] when it failed, [`Error::Expired`] when no attempt landed, [`Error::Unknown`] when that
    /// cannot be told.
    pub async fn send_and_confirm(
        &self,
        instructions: &[Instruction],
        payer: &Keypair,
        signers: &[&Keypair],
    ) -> Result<Confirmed, Error> {
        let mut attempt = 1;
        loop {
            let prepared = self.prepare(instructions, payer, signers).await?;
            match self.submit_and_track(&prepared).await {
                Err(Error::Expired { .. }) if attempt < self.config.attempts_max => attempt += 1,
                result => return result,
            }
        }
    }

    /// Submits and tracks one prepared transaction.
    pub async fn submit_and_track(&self, prepared: &Prepared) -> Result<Confirmed, Error> {
        let signature = prepared.signature;
        match self.submit(prepared).await {
            Ok(()) => {}
            // The network may have it: its fate decides.
            Err(error) if error.is_transient() => {
                tracing::debug!(%signature, %error, "submit failed, tracking")
            }
            Err(error) => return Err(error),
        }
        match self.track(prepared).await {
            Outcome::Landed { slot } => Ok(Confirmed { signature, slot }),
            Outcome::Failed { error, .. } => Err(error.into()),
            Outcome::Expired => Err(Error::Expired { signature }),
            Outcome::Unknown { detail } => Err(Error::Unknown { signature, detail }),
        }
    }

    async fn simulated_limit(
        &self,
        instructions: &[Instruction],
        budget: Budget,
        payer: &Keypair,
    ) -> Result<u32, Error> {
        let transaction = prepare::unsigned(instructions, budget, self.config.format, &payer.pubkey())?;
        let simulation = self.rpc.simulate(&transaction).await?;
        if let Some(error) = &simulation.failure {
            let programs = prepare::programs(&transaction.message);
            return Err(TransactionFailure::of_json(error, &programs, &simulation.logs).into());
        }
        let used = simulation.units_consumed.ok_or_else(|| {
            Error::Answer("simulateTransaction did not say how many units were used".to_owned())
        })?;
        Ok(with_margin(used, self.config.compute_margin_percent))
    }

    async fn bid(&self, instructions: &[Instruction]) -> Result<u64, Error> {
        match self.config.priority_fee {
            PriorityFee::None => Ok(0),
            PriorityFee::Fixed(price) => Ok(price),
            PriorityFee::Recent { percentile, min, max } => {
                let accounts = fee::writable_accounts(instructions);
                let asked = self.rpc.recent_fees(&accounts);
                let fees = tokio::time::timeout(FEES_PATIENCE, asked).await.ok();
                let fees = fees.and_then(|fees| {
                    fees.inspect_err(
                        |error| tracing::debug!(%error, "recent fees are not known, bidding as before"),
                    )
                    .ok()
                });
                Ok(self.market.lock().bid(fees.as_deref(), percentile, min, max))
            }
        }
    }

    /// Whether others know a failure, too: one endpoint's word is not enough to send something in the place
    /// of what may have succeeded, or may do so still. `None`: that cannot be told yet.
    async fn second_opinion(
        &self,
        prepared: &Prepared,
        reading: &Reading,
        failed: Outcome,
    ) -> Option<Outcome> {
        let Ok(known) = self.rpc.statuses_in_history(&prepared.signature).await else {
            return Some(failed);
        };
        match weigh(&known, prepared, self.rpc.commitment()) {
            Judgement::Done(outcome) => Some(outcome),
            // Nobody else has it, and it is too late for it.
            Judgement::PastItsTime | Judgement::Wait if is_past(reading, prepared) => Some(Outcome::Expired),
            Judgement::PastItsTime | Judgement::Wait => None,
        }
    }

    /// Nodes keep statuses for a few minutes; a transaction from before a restart is known to the ledger only. It is not
    /// there when every endpoint that answers says so and at least one of them is as far as `slot_min`: an endpoint that
    /// lags may simply not have its block.
    async fn look_into_history(&self, prepared: &Prepared, slot_min: u64) -> Result<Judgement, Error> {
        let known = self.rpc.statuses_in_history(&prepared.signature).await?;
        match weigh(&known, prepared, self.rpc.commitment()) {
            Judgement::PastItsTime => {}
            judgement => return Ok(judgement),
        }
        let is_current = known.iter().any(|(slot, _)| *slot >= slot_min);
        Ok(match is_current {
            true => Judgement::PastItsTime,
            false => Judgement::Wait,
        })
    }
}

/// The slot of the tip that a reading was made at.
fn slot_of(reading: &Reading) -> u64 {
    match reading {
        Reading::Answer { tip, .. } => tip.slot,
        Reading::Silence(_) => 0,
    }
}

fn with_margin(used: u64, margin_percent: u32) -> u32 {
    let margin =
        (used.saturating_mul(u64::from(margin_percent)) / 100).max(u64::from(COMPUTE_MARGIN_UNITS_MIN));
    u32::try_from(used.saturating_add(margin))
        .unwrap_or(u32::MAX)
        .min(COMPUTE_UNITS_MAX)
}
