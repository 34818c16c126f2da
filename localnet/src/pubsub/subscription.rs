//! One subscription: which events concern it, and what it says about them.
//!
//! At `processed` and `confirmed` a subscription hears of a change when it happens, at `finalized`
//! 32 slots later. A signature subscription ends with its notification.

use serde_json::{json, Value};
use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_commitment_config::CommitmentLevel;
use solana_keypair::Address;
use solana_rpc_client_api::config::{UiAccountEncoding, UiDataSliceConfig};
use solana_signature::Signature;

use crate::chain::{Event, Update};
use crate::encode::account::ShownAccount;
use crate::encode::{outcome, to_value};
use crate::ledger::{Ledger, TransactionRecord};
use crate::rpc::{slot_at, Filters};

/// What is subscribed to.
#[derive(Debug)]
pub(super) enum Topic {
    Account {
        address: Address,
        form: AccountForm,
        level: CommitmentLevel,
    },
    Program {
        program: Address,
        filters: Filters,
        form: AccountForm,
        level: CommitmentLevel,
    },
    Logs {
        /// Only transactions that name this address; all when absent.
        mentions: Option<Address>,
        level: CommitmentLevel,
    },
    Signature {
        signature: Signature,
        level: CommitmentLevel,
        /// Say too that the transaction arrived, before what became of it.
        wants_received: bool,
    },
    Slot,
    Root,
}

/// How accounts are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccountForm {
    pub(super) encoding: UiAccountEncoding,
    pub(super) slice: Option<UiDataSliceConfig>,
}

/// A topic under the number the client knows it by.
pub(super) struct Subscription {
    pub(super) id: u64,
    /// Nothing more will come: it can be forgotten.
    pub(super) is_done: bool,
    topic: Topic,
}

/// One message to a subscriber.
pub(super) struct Notification {
    method: &'static str,
    subscription: u64,
    result: Value,
}

impl Notification {
    pub(super) fn message(&self) -> Value {
        json!({
            "jsonrpc": "2.0",
            "method": self.method,
            "params": { "result": self.result, "subscription": self.subscription },
        })
    }
}

impl Subscription {
    pub(super) fn new(id: u64, topic: Topic) -> Self {
        Self {
            id,
            is_done: false,
            topic,
        }
    }

    /// What has happened already: a signature that has reached its level before it was asked for.
    ///
    /// No event is lost in between: the connection has been receiving events since it was opened,
    /// and one that both tells of ends the subscription only once.
    pub(super) fn catch_up(&mut self, ledger: &Ledger) -> Vec<Notification> {
        let Topic::Signature { signature, level, .. } = &self.topic else {
            return Vec::new();
        };
        let level = *level;
        let landed = ledger.read(|state| {
            let record = state.history.transaction(signature)?;
            let has_reached = record.slot <= slot_at(state.tip, level);
            Some((record.clone(), has_reached))
        });
        let mut notifications = Vec::new();
        if let Some((record, has_reached)) = landed {
            self.received(record.slot, &mut notifications);
            if has_reached {
                self.on_record(record.slot, &record, &mut notifications);
            }
        }
        notifications
    }

    /// Appends what the event means to this subscription.
    pub(super) fn react(&mut self, event: &Event, ledger: &Ledger, notifications: &mut Vec<Notification>) {
        match (event, self.level()) {
            (Event::Slot { slot, parent, root }, None) => {
                if matches!(self.topic, Topic::Slot) {
                    let result = json!({ "slot": slot, "parent": parent, "root": root });
                    self.say("slotNotification", result, notifications);
                }
            }
            (Event::Rooted { root, .. }, None) => {
                if matches!(self.topic, Topic::Root) {
                    self.say("rootNotification", json!(root), notifications);
                }
            }
            (Event::Rooted { updates, .. }, Some(CommitmentLevel::Finalized)) => {
                for update in updates.iter() {
                    self.on_update(update, ledger, notifications);
                }
            }
            (Event::Update(update), Some(CommitmentLevel::Finalized)) => {
                if update.record.as_ref().is_some_and(|r| self.names(r)) {
                    self.received(update.slot, notifications);
                }
            }
            (Event::Update(update), Some(_)) => {
                if update.record.as_ref().is_some_and(|r| self.names(r)) {
                    self.received(update.slot, notifications);
                }
                self.on_update(update, ledger, notifications);
            }
            (Event::Slot { .. } | Event::Rooted { .. } | Event::Update(_), _) => {}
        }
    }

    /// The level this subscription waits for; none for slots and roots.
    fn level(&self) -> Option<CommitmentLevel> {
        match &self.topic {
            Topic::Account { level, .. }
            | Topic::Program { level, .. }
            | Topic::Logs { level, .. }
            | Topic::Signature { level, .. } => Some(*level),
            Topic::Slot | Topic::Root => None,
        }
    }

    fn on_update(&mut self, update: &Update, ledger: &Ledger, notifications: &mut Vec<Notification>) {
        for (address, account) in &update.changes {
            self.on_account(update.slot, *address, account.as_ref(), ledger, notifications);
        }
        if let Some(record) = &update.record {
            self.on_record(update.slot, record, notifications);
        }
    }

    fn on_account(
        &self,
        slot: u64,
        address: Address,
        account: Option<&AccountSharedData>,
        ledger: &Ledger,
        notifications: &mut Vec<Notification>,
    ) {
        let show = |form: &AccountForm| {
            // A deleted account is shown as the empty one it has become.
            let account = account.cloned().unwrap_or_default();
            let shown = ledger.read(|s| ShownAccount::new(s, address, account, form.encoding));
            to_value(shown.encode_lossy(form.encoding, form.slice))
        };
        match &self.topic {
            Topic::Account {
                address: wanted,
                form,
                ..
            } if *wanted == address => {
                let result = in_context(slot, show(form));
                self.say("accountNotification", result, notifications);
            }
            Topic::Program {
                program,
                filters,
                form,
                ..
            } if account.is_some_and(|a| a.owner() == program && filters.allow(a)) => {
                let value = json!({ "pubkey": address.to_string(), "account": show(form) });
                let result = in_context(slot, value);
                self.say("programNotification", result, notifications);
            }
            _ => {}
        }
    }

    fn on_record(&mut self, slot: u64, record: &TransactionRecord, notifications: &mut Vec<Notification>) {
        let error = outcome::error(record.outcome.error.as_ref());
        match &self.topic {
            Topic::Logs { mentions, .. }
                if mentions.is_none_or(|named| record.outcome.keys.contains(&named)) =>
            {
                let value = json!({
                    "signature": record.signature().to_string(),
                    "err": error,
                    "logs": record.outcome.logs,
                });
                self.say("logsNotification", in_context(slot, value), notifications);
            }
            Topic::Signature { .. } if self.names(record) && !self.is_done => {
                let result = in_context(slot, json!({ "err": error }));
                self.say("signatureNotification", result, notifications);
                self.is_done = true;
            }
            _ => {}
        }
    }

    /// Says once that the transaction arrived, if that is wanted.
    fn received(&mut self, slot: u64, notifications: &mut Vec<Notification>) {
        if let Topic::Signature { wants_received, .. } = &mut self.topic {
            if std::mem::take(wants_received) {
                let result = in_context(slot, json!("receivedSignature"));
                self.say("signatureNotification", result, notifications);
            }
        }
    }

    /// Is this the transaction whose signature is subscribed to?
    fn names(&self, record: &TransactionRecord) -> bool {
        matches!(&self.topic, Topic::Signature { signature, .. } if *signature == record.signature())
    }

    fn say(&self, method: &'static str, result: Value, notifications: &mut Vec<Notification>) {
        notifications.push(Notification {
            method,
            subscription: self.id,
            result,
        });
    }
}

/// Notifications carry the slot only, without the node's version.
fn in_context(slot: u64, value: Value) -> Value {
    json!({ "context": { "slot": slot }, "value": value })
}
