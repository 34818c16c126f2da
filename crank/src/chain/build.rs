//! From an intent to its instructions, reading from the chain what only the chain knows.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use client::address;
use client::entropy::switchboard::{Oracle, Randomness};
use client::entropy::EntropyClient;
use client::instruction::{
    self, CloseMatch, Cosignature, CreateMatch, CreateMatchArgs, COSIGNATURES_MAX, UPLOAD_CHUNK_BYTES,
};
use client::rpc::RpcPool;
use client::view::{fetch, MatchView};
use protocol::MatchKey;
use solana_instruction::Instruction;
use store::{IntentKind, MatchRecord};

use super::agreement::Agreement;
use super::failure::{not_yet, BuildFailure};
use super::oracles::Oracles;
use super::randomness;
use super::recipients::{payee, Allowance};
use crate::cosign::Cosigned;
use crate::drip::DripKey;
use crate::live::Checkpoint;

/// What the instructions of one match are made of.
#[derive(Clone, Debug)]
pub struct Material {
    /// As the store has it.
    pub record: Arc<MatchRecord>,
    /// As the chain had it last; none before it exists.
    pub view: Option<Arc<MatchView>>,
    /// The checkpoints asked for.
    pub checkpoints: Vec<Checkpoint>,
    /// The last state, once there is one.
    pub state: Option<Arc<Vec<u8>>>,
    /// Whether the last state travels in an upload account.
    pub uploaded: bool,
    /// All players' signatures under the result.
    pub cosigned: Option<Arc<Cosigned>>,
}

/// What reading the chain takes.
#[derive(Clone)]
pub struct Reader {
    /// The chain.
    pub rpc: RpcPool,
    /// Gateways of oracles.
    pub entropy: EntropyClient,
    /// One gateway for all oracles; `None`: as each oracle says.
    pub gateway: Option<String>,
    /// Which oracle a match commits to.
    pub oracles: Arc<Oracles>,
    /// Who signs and pays: the operator's crank key.
    pub operator: Pubkey,
    /// The operator's cold key, which its account follows from.
    pub authority: Pubkey,
    /// The length of slots that a new match pins, in microseconds; 0 before it was measured.
    pub slot_us: Arc<AtomicU32>,
    /// Behind the drip chains of its matches.
    pub drip_key: DripKey,
    /// What signs our receipts; new matches pin it.
    pub receipt_key: Pubkey,
    /// The terms that the operator agreed to.
    pub agreement: Arc<Agreement>,
    /// Token accounts that may be made for recipients without one.
    pub allowance: Arc<Allowance>,
}

/// The identifier of a match's upload account: unique among the operator's matches of all mints.
pub fn upload_id(match_key: &[u8; 32]) -> u64 {
    let mut id = [0; 8];
    id.copy_from_slice(&match_key[..8]);
    u64::from_le_bytes(id)
}

impl Reader {
    /// The instructions of one intent.
    ///
    /// # Errors
    /// [`BuildFailure`].
    pub async fn instructions(
        &self,
        kind: IntentKind,
        of: &Material,
    ) -> Result<Vec<Instruction>, BuildFailure> {
        if kind == IntentKind::Create {
            return self.create(&of.record).await;
        }
        let view = of
            .view
            .as_deref()
            .ok_or_else(|| not_yet("the match account was not read yet"))?;
        let (key, me, reference) = (view.address, self.operator, view.reference());
        let upload = upload_id(&key.to_bytes());
        Ok(vec![match kind {
            IntentKind::Create => return self.create(&of.record).await,
            IntentKind::InitRandomness => {
                let recent_slot = self.rpc.slot().await?;
                instruction::init_randomness(&view.randomness_source(), me, me, key, recent_slot)
            }
            IntentKind::Lock => self.lock(view).await?,
            IntentKind::Start => self.start(view).await?,
            IntentKind::Checkpoint(index) => {
                let Checkpoint {
                    continues,
                    drip_key,
                    beacon,
                    leaves,
                    inputs,
                    ..
                } = checkpoint(of, index)?;
                let prefix = instruction::beacon_prefix(&beacon);
                instruction::post_checkpoint(me, key, index, continues, drip_key, prefix, leaves, inputs)
            }
            IntentKind::OpenUpload => instruction::open_upload(me, upload, state(of)?.len() as u32),
            IntentKind::WriteUpload(offset) => {
                let chunk = state(of)?
                    .chunks(UPLOAD_CHUNK_BYTES)
                    .nth(offset as usize / UPLOAD_CHUNK_BYTES);
                let chunk = chunk.ok_or_else(|| not_yet("the state has no such part"))?;
                instruction::write_upload(me, upload, offset, chunk.to_vec())
            }
            IntentKind::SubmitResult if of.uploaded => {
                instruction::submit_uploaded_result(key, address::upload(&me, upload))
            }
            IntentKind::SubmitResult => instruction::submit_result(key, state(of)?.to_vec()),
            IntentKind::CloseUpload => instruction::close_upload(me, upload),
            IntentKind::Cosign(first) => return self.cosign(of, view, first),
            IntentKind::Finalize => instruction::finalize(&reference),
            IntentKind::Claim(slot) | IntentKind::Refund(slot) | IntentKind::Compensate(slot) => {
                return self.pay(view, kind, &player(view, slot)?).await;
            }
            IntentKind::CollectSlash => return Ok(instruction::collect_slash_steps(&reference, &me)),
            IntentKind::PayAward => return self.pay_award(view).await,
            IntentKind::SweepFee => return self.sweep_fee(view).await,
            IntentKind::Burn => instruction::burn(&reference, &self.treasury().await?),
            IntentKind::Cancel => instruction::cancel(&reference, me),
            IntentKind::Void => instruction::void_match(&reference, me),
            IntentKind::CloseEntry(slot) => {
                let wallet = player(view, slot)?;
                let entry = fetch::entry(&self.rpc, &key, &wallet)
                    .await?
                    .ok_or(BuildFailure::Done)?;
                instruction::close_entry(key, &wallet, entry.rent_payer)
            }
            IntentKind::CloseRandomness => randomness::close(view).await?,
            IntentKind::CloseMatch => self.close_match(view).await?,
        }])
    }

    /// Pays a player, into an account that is made if they have none any more.
    async fn pay(
        &self,
        view: &MatchView,
        kind: IntentKind,
        wallet: &Pubkey,
    ) -> Result<Vec<Instruction>, BuildFailure> {
        let (reference, me) = (view.reference(), self.operator);
        let payee = payee(&self.rpc, &self.allowance, view, &me, wallet).await?;
        let paid = match kind {
            IntentKind::Claim(_) => instruction::claim_to(&reference, me, wallet, payee.token_account),
            _ => instruction::refund_to(&reference, me, wallet, payee.token_account),
        };
        Ok(payee.made.into_iter().chain([paid]).collect())
    }

    /// The signatures of `first` and of the players after them that the program has not seen, as many as fit.
    fn cosign(&self, of: &Material, view: &MatchView, first: u8) -> Result<Vec<Instruction>, BuildFailure> {
        let cosigned = of
            .cosigned
            .as_deref()
            .ok_or_else(|| not_yet("the players have not signed"))?;
        let open = view
            .players()
            .filter(|player| player.index >= first && !player.cosigned);
        let signatures: Vec<Cosignature> = open
            .filter_map(|player| {
                let (session, signature) = cosigned.of(player.index)?;
                Some(Cosignature {
                    player: player.wallet,
                    session_key: Pubkey::new_from_array(session.0),
                    signature: signature.0,
                })
            })
            .take(COSIGNATURES_MAX)
            .collect();
        if signatures.is_empty() {
            return Err(BuildFailure::Done);
        }
        let header = &view.header;
        let message = arena::cosign_message::<arena::HostSha256>(
            &header.cluster,
            &client::PROGRAM_ID.to_bytes(),
            &view.address.to_bytes(),
            &header.last_leaf,
            cosigned.expires_slot,
        );
        let reference = view.reference();
        Ok(instruction::cosign_result(
            &reference,
            &message,
            cosigned.expires_slot,
            &signatures,
        ))
    }

    async fn create(&self, record: &MatchRecord) -> Result<Vec<Instruction>, BuildFailure> {
        let mint = Pubkey::new_from_array(record.mint);
        let account = self.rpc.account(&mint).await?;
        let token_program = account
            .ok_or_else(|| not_yet(&format!("there is no mint {mint}")))?
            .owner;
        let rules = arena::Rules::from_bytes(&record.rules).map_err(|error| not_yet(&error.to_string()))?;
        let slot_us = match self.slot_us.load(Ordering::Relaxed) {
            0 => return Err(not_yet("the length of slots is not measured yet")),
            us => us,
        };
        let create = CreateMatch {
            authority: self.authority,
            crank: self.operator,
            payer: self.operator,
            mint,
            token_program,
            match_id: record.match_id,
        };
        let mut args = CreateMatchArgs {
            rules: record.rules.clone(),
            stake_per_warrior: record.stake_per_warrior,
            players_max: record.players_max,
            warriors_max: record.warriors_max,
            drip_root: self.drip_key.chain(&MatchKey(record.match_key), &rules).root(),
            receipt_key: self.receipt_key,
            scheduled_slot: record.scheduled_slot,
            expect_terms: [0; 32],
            slot_us,
        };
        let config = fetch::config(&self.rpc)
            .await?
            .ok_or_else(|| not_yet("the program has no config account"))?;
        self.agreement
            .check(&config)
            .map_err(|changed| not_yet(&changed))?;
        args.expect_terms = config
            .terms_of(&args)
            .ok_or_else(|| not_yet("the bond of such a match is no 64-bit number"))?;
        Ok(vec![instruction::create_match(&create, args)])
    }

    /// Locks with an oracle that can be expected to reveal.
    async fn lock(&self, view: &MatchView) -> Result<Instruction, BuildFailure> {
        let source = view.randomness_source();
        let randomness = view
            .randomness()
            .ok_or_else(|| not_yet("there is no randomness account yet"))?;
        let gateway = self.gateway.as_deref();
        let chosen = self.oracles.choose(&self.rpc, &self.entropy, &source, gateway);
        Ok(instruction::lock_match(
            &source,
            self.operator,
            view.address,
            randomness,
            chosen.await?,
        ))
    }

    /// Fetches the oracle's answer and starts the match with it.
    async fn start(&self, view: &MatchView) -> Result<Instruction, BuildFailure> {
        let source = view.randomness_source();
        let address = view
            .randomness()
            .ok_or_else(|| not_yet("there is no randomness account"))?;
        let account = self.account("the randomness account", &address).await?;
        let randomness =
            Randomness::decode(&account, &source.program).map_err(|error| not_yet(&error.to_string()))?;
        let commitment = randomness
            .commitment(address)
            .ok_or_else(|| not_yet("the randomness is not committed"))?;
        let gateway = match &self.gateway {
            Some(gateway) => gateway.clone(),
            None => {
                let oracle = self.account("the oracle", &randomness.oracle).await?;
                Oracle::decode(&oracle, &source.program)
                    .map_err(|error| not_yet(&error.to_string()))?
                    .gateway
                    .ok_or_else(|| not_yet("the oracle has no gateway"))?
            }
        };
        let reveal = self
            .entropy
            .reveal(&gateway, &commitment)
            .await
            .map_err(|error| {
                metrics::counter!("aurelius_gateway_errors_total").increment(1);
                not_yet(&error.to_string())
            })?;
        Ok(instruction::start_match(
            &source,
            self.operator,
            view.address,
            address,
            randomness.oracle,
            &reveal,
        ))
    }

    /// The treasury's token account is made if it is missing, once for each mint.
    async fn sweep_fee(&self, view: &MatchView) -> Result<Vec<Instruction>, BuildFailure> {
        let (treasury, header) = (self.treasury().await?, &view.header);
        let made = client::token::create_token_account(
            &self.operator,
            &treasury,
            &header.mint,
            &header.token_program,
        );
        Ok(vec![made, instruction::sweep_fee(&view.reference(), &treasury)])
    }

    /// Pays the challenger: what is owed to them keeps the match's rent.
    async fn pay_award(&self, view: &MatchView) -> Result<Vec<Instruction>, BuildFailure> {
        let (reference, me) = (view.reference(), self.operator);
        let payee = payee(&self.rpc, &self.allowance, view, &me, &view.header.challenger).await?;
        let claim = instruction::claim_award_to(&reference, me, payee.token_account);
        Ok(payee.made.into_iter().chain([claim]).collect())
    }

    async fn close_match(&self, view: &MatchView) -> Result<Instruction, BuildFailure> {
        let vault = fetch::token_account(&self.rpc, view.reference().vault()).await?;
        let surplus = vault.is_some_and(|vault| vault.amount > 0);
        let treasury_of_surplus = if surplus {
            Some(self.treasury().await?)
        } else {
            None
        };
        let close = CloseMatch {
            caller: self.operator,
            rent_payer: view.header.rent_payer,
            treasury_of_surplus,
        };
        Ok(instruction::close_match(&view.reference(), &close))
    }

    async fn treasury(&self) -> Result<Pubkey, BuildFailure> {
        let config = fetch::config(&self.rpc).await?;
        Ok(config
            .ok_or_else(|| not_yet("the program has no config account"))?
            .treasury)
    }

    async fn account(&self, what: &str, address: &Pubkey) -> Result<solana_account::Account, BuildFailure> {
        let account = self.rpc.account(address).await?;
        account.ok_or_else(|| not_yet(&format!("{what} {address} does not exist")))
    }
}

fn checkpoint(of: &Material, index: u32) -> Result<Checkpoint, BuildFailure> {
    let complete = of.checkpoints.iter().find(|checkpoint| checkpoint.index == index);
    complete
        .cloned()
        .ok_or_else(|| not_yet("the checkpoint is not complete"))
}

fn state(of: &Material) -> Result<&[u8], BuildFailure> {
    of.state
        .as_deref()
        .map(Vec::as_slice)
        .ok_or_else(|| not_yet("the arena does not stand still yet"))
}

fn player(view: &MatchView, slot: u8) -> Result<Pubkey, BuildFailure> {
    let player = view.players().find(|player| player.index == slot);
    player
        .map(|player| player.wallet)
        .ok_or_else(|| not_yet(&format!("nobody is in slot {slot}")))
}
