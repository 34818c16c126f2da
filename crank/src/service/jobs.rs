//! Work that waits for somebody: the chain, the store, the disk. A job owns all it needs, and reports once.
//!
//! Invariant: a job that is dropped half-way (a stop, a kill) leaves everything in a state from which it can be done again.

use std::path::PathBuf;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use bus::SharedLease;
use bytes::Bytes;
use client::view::{fetch, MatchView};
use protocol::directory::MatchDetail;
use protocol::{MatchKey, Signature};
use solana_signer::Signer;
use store::{IntentState, MatchHistory, MatchPhase, MatchRecord, MatchStatus, StoreError};

use super::flow::Flow;
use super::roster::{self, Entries, Roster};
use crate::adopt::{adopt, AdoptError, AdoptOrder, Adopted};
use crate::chain::plan::UploadState;
use crate::chain::send::{Carrier, Failure, Landed, Order, Report};
use crate::cluster::ledger::{self, Ledger};
use crate::cluster::maker::{self, Turn};
use crate::cluster::ClusterParts;
use crate::config::CrankConfig;
use crate::cosign::Outcome;
use crate::matchmaking::{self, Known, Wanted};
use crate::publish::{LandedMap, MintInfo, Missing};
use crate::record::{self, ReplayFileError, ReplayOrder};
use crate::secrets::{SecretError, Secrets};
use crate::worker::{start_from, MatchEnd};

/// Entering, claiming, closing, and what strangers add to an entry's history; the first of them is the one that counts.
pub(super) const TRANSACTIONS_OF_AN_ENTRY: usize = 100;

/// What every job may use.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) carrier: Carrier,
    pub(super) secrets: Arc<dyn Secrets>,
    pub(super) config: Arc<CrankConfig>,
    pub(super) logs: PathBuf,
    pub(super) replays: PathBuf,
    /// Among several cranks.
    pub(super) cluster: Option<ClusterParts>,
}

/// What a job reports.
pub(super) enum Done {
    Made(Result<Made, JobError>),
    Loaded(MatchKey, Result<Loaded, Failure>),
    Settled(MatchKey, Result<LandedMap, Failure>),
    Carried(MatchKey, Box<Report>),
    Upload(MatchKey, Option<UploadState>),
    Roster(MatchKey, Option<Roster>),
    Adopted(MatchKey, Result<Box<Ready>, JobError>),
    Saved(MatchKey, Option<Arc<MatchDetail>>),
    Searched(MatchKey, Vec<Found>),
    Recorded(MatchKey, Result<(), JobError>),
    Cosigned(MatchKey, Outcome),
    Finished(MatchKey, Result<(), StoreError>),
}

/// Why a job did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    #[error(
        "operator account {operator} does not exist: register this keypair as an operator of mint {mint}"
    )]
    NoOperator { operator: Pubkey, mint: Pubkey },
    #[error("operator account {0} is not active: the config's authority must switch it on")]
    Inactive(Pubkey),
    #[error("the final state cannot be read")]
    FinalState,
    #[error("another crank makes a match now")]
    NotOurTurn,
    #[error(transparent)]
    Cluster(#[from] bus::ClusterError),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    #[error(transparent)]
    Replay(#[from] ReplayFileError),
    #[error("a blocking task was lost: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// A step of somebody else, and its transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) missing: Missing,
    pub(super) signature: Signature,
}

/// What the store knew of a match.
pub(super) struct Loaded {
    pub(super) landed: LandedMap,
    pub(super) entries: Entries,
    /// Ticks that were made, as far as that was written down.
    pub(super) ticks: u32,
    pub(super) recorded: bool,
    pub(super) mint: MintInfo,
    /// The match account, with the slot of the reading; none if the chain did not answer, and then the feed tells.
    pub(super) account: Option<(u64, Option<MatchView>)>,
}

/// A match ready to run, and when it began.
pub(super) struct Ready {
    pub(super) adopted: Adopted,
    pub(super) start_unix_us: i64,
    /// Its log in two places, among several cranks.
    pub(super) ledger: Option<Copied>,
}

/// A log on its way to the ledger.
pub(super) struct Copied {
    pub(super) ledger: Ledger,
    /// What is in the log, record by record with its framing.
    pub(super) records: Vec<Bytes>,
    /// Records of the log that the ledger has.
    pub(super) shipped: u64,
}

/// The two copies of an input log, record by record.
#[derive(Default)]
struct Brought {
    /// On this disk, before.
    file: Vec<Bytes>,
    /// In the cluster.
    ledger: Vec<Bytes>,
}

/// A match that is to be created.
pub(super) struct Made {
    pub(super) record: MatchRecord,
    /// Among several cranks.
    pub(super) lease: Option<SharedLease>,
}

impl Tools {
    /// For jobs about this match: what they write to the store counts only while it is ours.
    pub(super) fn of(&self, flow: &Flow) -> Tools {
        let mut tools = self.clone();
        if let Some(tenure) = &flow.tenure {
            tools.carrier.store = tenure.store.clone();
        }
        tools
    }

    /// Writes a new match to the store: number, address, secret.
    pub(super) async fn make(&self, wanted: Wanted) -> Done {
        let Some(parts) = &self.cluster else {
            let made = self.try_make(wanted).await;
            return Done::Made(made.map(|record| Made { record, lease: None }));
        };
        let operator =
            client::address::operator(&self.carrier.operator.pubkey(), &wanted.template.mint).to_bytes();
        let turn = match Turn::take(parts, operator).await {
            Ok(Some(turn)) => turn,
            Ok(None) => return Done::Made(Err(JobError::NotOurTurn)),
            Err(error) => return Done::Made(Err(error.into())),
        };
        let made = self.make_in_turn(wanted, &turn, &parts.name).await;
        turn.end().await;
        Done::Made(made)
    }

    /// Makes a match if nobody else did since it was wished for.
    async fn make_in_turn(&self, wanted: Wanted, turn: &Turn, name: &str) -> Result<Made, JobError> {
        let matches = &self.carrier.store.matches;
        let unfinished = matches.unfinished_keys().await?;
        let known: Vec<Known> = unfinished.iter().filter_map(maker::known).collect();
        let missing = matchmaking::is_missing(&self.config, &known, &wanted);
        if !missing || unfinished.iter().any(maker::is_creating) {
            return Err(JobError::NotOurTurn);
        }
        let record = self.try_make(wanted).await?;
        let lease = turn.lease_on(MatchKey(record.match_key)).await?;
        // Without it, whoever finds the match without an owner takes it up.
        let lease = lease.ok_or(JobError::NotOurTurn)?;
        if !matches
            .raise_fence(&record.match_key, lease.token(), name)
            .await?
        {
            return Err(JobError::NotOurTurn);
        }
        Ok(Made {
            record,
            lease: Some(lease),
        })
    }

    async fn try_make(&self, wanted: Wanted) -> Result<MatchRecord, JobError> {
        let template = wanted.template;
        let operator = client::address::operator(&self.carrier.operator.pubkey(), &template.mint);
        let on_chain = fetch::operator(&self.carrier.reader.rpc, operator).await?;
        let on_chain = on_chain.ok_or(JobError::NoOperator {
            operator,
            mint: template.mint,
        })?;
        if !on_chain.active {
            return Err(JobError::Inactive(operator));
        }
        let store = &self.carrier.store;
        let last = store.matches.last_match_id(&operator.to_bytes()).await?;
        let match_id = on_chain
            .next_match_id
            .max(last.map_or(0, |last| last.saturating_add(1)));
        let key = client::address::match_account(&operator, match_id);
        let record = MatchRecord {
            match_key: key.to_bytes(),
            operator: operator.to_bytes(),
            match_id,
            mode: template.rules.mode,
            mint: template.mint.to_bytes(),
            rules: template.rules.as_bytes().to_vec(),
            stake_per_warrior: template.stake_per_warrior,
            players_max: template.players_max,
            warriors_max: template.warriors_max,
            scheduled_slot: wanted.scheduled_slot,
            drip_secret: self.secrets.secret()?,
            phase: MatchPhase::Creating,
            created_at_ms: self.carrier.clock.unix_ms(),
            start_unix_us: None,
        };
        store.matches.insert(&record).await?;
        Ok(record)
    }

    /// Finds out what became of what an earlier process sent.
    pub(super) async fn settle(&self, key: MatchKey) -> Done {
        let settled = async {
            self.carrier.settle(&key.0).await?;
            self.landed(&key.0).await
        };
        Done::Settled(key, settled.await)
    }

    /// What the store says of steps that the chain shows.
    async fn landed(&self, match_key: &[u8; 32]) -> Result<LandedMap, Failure> {
        let intents = self.carrier.store.intents.of_match(match_key).await;
        let intents = intents.map_err(|error| Failure {
            kinds: Vec::new(),
            reason: error.to_string(),
            refused: false,
        })?;
        let landed = intents.iter().filter_map(|intent| match intent.state {
            IntentState::Landed { signature, slot } => Some((
                intent.kind,
                Landed {
                    kind: intent.kind,
                    signature,
                    slot,
                },
            )),
            _ => None,
        });
        Ok(landed.collect())
    }

    /// Reads what an earlier process knew.
    pub(super) async fn load(&self, record: Arc<MatchRecord>) -> Done {
        let key = MatchKey(record.match_key);
        Done::Loaded(key, self.try_load(&record).await)
    }

    async fn try_load(&self, record: &MatchRecord) -> Result<Loaded, Failure> {
        let failed = |reason: String| Failure {
            kinds: Vec::new(),
            reason,
            refused: false,
        };
        let store = &self.carrier.store;
        let landed = self.landed(&record.match_key).await?;
        let history = store
            .history
            .match_history(&record.match_key)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let mint = self
            .mint_info(Pubkey::new_from_array(record.mint))
            .await
            .map_err(|error| failed(error.to_string()))?;
        let history = history.as_ref();
        Ok(Loaded {
            landed,
            entries: history.map_or_else(Entries::new, |history| roster::of_store(&history.entries)),
            ticks: history.map_or(0, |history| history.row.ticks),
            recorded: history.is_some_and(is_complete),
            mint,
            account: self.carrier.account(&record.match_key, 0).await,
        })
    }

    /// Decimals from the chain, the name from the config.
    async fn mint_info(&self, mint: Pubkey) -> Result<MintInfo, client::Error> {
        let view = fetch::mint(&self.carrier.reader.rpc, mint).await?;
        let named = self.config.mints.iter().find(|known| known.mint == mint);
        let symbol = named.map_or_else(
            || mint.to_string().chars().take(4).collect(),
            |known| known.symbol.clone(),
        );
        Ok(MintInfo {
            decimals: view.map_or(0, |view| view.decimals),
            symbol,
        })
    }

    /// Carries intents to the chain.
    pub(super) async fn carry(&self, key: MatchKey, order: Order) -> Done {
        Done::Carried(key, Box::new(self.carrier.carry(&order).await))
    }

    /// Reads the upload account.
    pub(super) async fn upload(&self, key: MatchKey) -> Done {
        Done::Upload(key, self.carrier.upload(&key.0).await)
    }

    /// Brings a match that is live, or has a result, to where it must be.
    pub(super) async fn adopt(
        &self,
        record: Arc<MatchRecord>,
        view: Arc<MatchView>,
        tenure: Option<(SharedLease, bool)>,
    ) -> Done {
        let key = MatchKey(record.match_key);
        Done::Adopted(key, self.try_adopt(record, view, tenure).await)
    }

    async fn try_adopt(
        &self,
        record: Arc<MatchRecord>,
        view: Arc<MatchView>,
        tenure: Option<(SharedLease, bool)>,
    ) -> Result<Box<Ready>, JobError> {
        let clock = &self.carrier.clock;
        let countdown_us = i64::try_from(self.config.countdown.as_micros()).unwrap_or(0);
        let start_us = start_from(clock.unix_us().saturating_add(countdown_us), record.match_id);
        let matches = &self.carrier.store.matches;
        // The first one counts: a restarted crank goes on in the same phase.
        let start_unix_us = matches.set_start(&record.match_key, start_us).await?;
        let trace = match view.header.checkpoints_posted {
            0 => None,
            _ => fetch::trace(&self.carrier.reader.rpc, &view.address).await?,
        };
        let key = MatchKey(record.match_key);
        let (ledger, brought) = match (&self.cluster, tenure) {
            (Some(parts), Some((lease, alone))) => {
                let brought = self.bring_log(parts, key, alone).await?;
                let ledger = Ledger {
                    cluster: parts.cluster.clone(),
                    lease,
                    logs: self.logs.clone(),
                };
                (Some(ledger), brought)
            }
            _ => (None, Brought::default()),
        };
        let shipped = brought.ledger.len() as u64;
        let copies = ledger.is_some();
        let order = AdoptOrder {
            record,
            view,
            trace,
            start_unix_us,
            now_unix_us: clock.unix_us(),
            logs: self.logs.clone(),
            sync: self.config.sync,
            window: self.config.input_window,
            cheat: self.config.cheat,
        };
        let adopted = tokio::task::spawn_blocking(move || {
            let adopted = match adopt(&order) {
                Err(AdoptError::OtherCheckpoint(_) | AdoptError::NoLog(_))
                    if ledger::go_back_to(&order.logs, &key, &brought.file, &brought.ledger)? =>
                {
                    adopt(&order)
                }
                adopted => adopted,
            }?;
            let records = match copies {
                true => ledger::raw(&order.logs, &key)?,
                false => Vec::new(),
            };
            Ok::<_, AdoptError>((adopted, records))
        });
        let (adopted, records) = adopted.await??;
        Ok(Box::new(Ready {
            adopted,
            start_unix_us,
            ledger: ledger.map(|ledger| Copied {
                ledger,
                records,
                shipped,
            }),
        }))
    }

    /// Brings the input log on this disk to what counts among several cranks.
    async fn bring_log(&self, parts: &ClusterParts, key: MatchKey, alone: bool) -> Result<Brought, JobError> {
        let ledger = parts.cluster.ledger(&key).await?;
        let logs = self.logs.clone();
        let bring = move || {
            let file = ledger::raw(&logs, &key)?;
            ledger::reconcile(&logs, &key, &ledger, alone)?;
            Ok(Brought { file, ledger })
        };
        let brought: Result<Brought, AdoptError> = tokio::task::spawn_blocking(bring).await?;
        Ok(brought?)
    }

    /// Writes to the store what is published and was not before.
    pub(super) async fn save(
        &self,
        before: Option<Arc<MatchDetail>>,
        detail: Arc<MatchDetail>,
        phase: MatchPhase,
    ) -> Done {
        let key = detail.summary.match_key;
        match record::save(&self.carrier.store, before.as_deref(), &detail, phase).await {
            Ok(()) => Done::Saved(key, Some(detail)),
            Err(error @ StoreError::Fenced { .. }) => {
                tracing::debug!(%error, "history is another crank's to write");
                Done::Saved(key, None)
            }
            Err(error) => {
                tracing::warn!(%error, "history could not be written; trying again");
                Done::Saved(key, None)
            }
        }
    }

    /// Looks for the transactions of steps that somebody else took.
    pub(super) async fn search(&self, view: Arc<MatchView>, missing: Vec<Missing>) -> Done {
        let key = MatchKey(view.address.to_bytes());
        let mut found = Vec::new();
        for missing in missing {
            let (address, slot) = match missing {
                Missing::Status(slot) => (view.address, Some(slot)),
                Missing::Payment(entry) => (entry, None),
            };
            let answer = self
                .carrier
                .reader
                .rpc
                .signatures_of(&address, TRANSACTIONS_OF_AN_ENTRY)
                .await;
            let Ok(all) = answer.map_err(|error| tracing::debug!(%error, "a transaction was not found"))
            else {
                continue;
            };
            let mut all = all.iter().filter(|one| !one.failed);
            // Of a status the slot is known; the last thing that happens to an open entry is its payment.
            let one = all.find(|one| slot.is_none_or(|slot| one.slot == slot));
            found.extend(one.map(|one| Found {
                missing,
                signature: Signature(one.signature.into()),
            }));
        }
        Done::Searched(key, found)
    }

    /// Writes the outcome and the replay file.
    pub(super) async fn record(&self, order: ReplayOrder) -> Done {
        let key = order.detail.summary.match_key;
        Done::Recorded(key, self.try_record(order).await)
    }

    async fn try_record(&self, order: ReplayOrder) -> Result<(), JobError> {
        let outcome = record::outcome(&order.view, &order.end).ok_or(JobError::FinalState)?;
        // The file first: a result in the history means that its replay can be had.
        let key = order.detail.summary.match_key;
        let path = tokio::task::spawn_blocking(move || record::write_replay(&order)).await??;
        if self.cluster.is_some() {
            // Relays on other machines have no other way to it.
            let bytes = tokio::fs::read(&path)
                .await
                .map_err(|source| ReplayFileError::Io { path, source })?;
            self.carrier.store.history.record_replay(&key.0, &bytes).await?;
        }
        self.carrier.store.history.record_result(&outcome).await?;
        Ok(())
    }

    /// A closed match needs no input log any more: its replay holds every input.
    async fn forget_log(&self, key: MatchKey, phase: MatchPhase) {
        let replay = self.replays.join(record::replay_name(&key));
        if phase == MatchPhase::Closed && replay.exists() {
            let log = crate::journal::path(&self.logs, &key);
            if let Err(error) = tokio::fs::remove_file(&log).await {
                tracing::debug!(log = %log.display(), %error, "an input log stays behind");
            }
        }
    }

    /// Closes the books of a match that needs nothing any more.
    pub(super) async fn finish(&self, key: MatchKey, phase: MatchPhase) -> Done {
        let written = async {
            self.forget_log(key, phase).await;
            self.carrier.write_off(&key.0).await?;
            self.carrier.store.matches.set_phase(&key.0, phase).await
        };
        Done::Finished(key, written.await)
    }
}

/// Whether nothing of a settled match has to be written any more.
fn is_complete(history: &MatchHistory) -> bool {
    history.row.status == MatchStatus::Settled
        && !history.placements.is_empty()
        && history
            .placements
            .iter()
            .all(|placement| placement.payout == 0 || placement.claim_signature.is_some())
}

/// The places of a final state, for the published detail.
pub(super) fn publish_places(detail: &mut MatchDetail, end: &MatchEnd) {
    let Ok(state) = arena::State::from_bytes(&end.state) else {
        return;
    };
    let places = arena::places(&state);
    for player in &mut detail.players {
        player.place = places
            .get(usize::from(player.slot.0))
            .copied()
            .filter(|place| *place > 0);
    }
}
