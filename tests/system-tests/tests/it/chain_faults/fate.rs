//! What becomes of each of the crank's transactions, by the order in which they are first sent.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use client::rpc::RpcPool;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::SeedableRng;
use serde_json::{json, Value};
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;

/// More than a blockhash lives.
const EXPIRY_SLOTS: u64 = 160;

/// How long lies last.
const LIE: Duration = Duration::from_millis(1_500);
/// Long enough that the lie is believed when the blockhash is over.
const LONG_LIE: Duration = Duration::from_secs(5);

/// What the way to the chain does to one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Pass,
    /// Every copy arrives three times.
    Repeated,
    /// Taken with thanks and thrown away, until the lie is over.
    Swallowed,
    /// Thrown away for good, and its blockhash runs out.
    Expired,
    /// It lands; nobody knows of it, not even the ledger's history, and its blockhash runs out.
    Denied,
    /// It is confirmed, says the node, which did not pass it on.
    FalselyConfirmed,
    /// It lands and has failed, says the node.
    FalselyFailed,
    /// It lands; the node does not know of it for a while.
    Hidden,
    /// It lands, and the connection breaks before anybody says so.
    Unanswered,
}

/// What is done with one copy of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Passed on so many times, and answered.
    Times(u32),
    /// Answered as if it had been passed on.
    Swallow,
    /// Passed on, and the connection is closed.
    HangUp,
}

struct Known {
    fate: Fate,
    since: Instant,
}

struct State {
    /// Of the transactions to come; those after the last one suffer what [`LATER`] says, or nothing.
    to_come: Vec<Fate>,
    known: BTreeMap<String, Known>,
    rng: StdRng,
}

/// The fates of all transactions of a run, whichever endpoint they go through.
pub(crate) struct Fates {
    state: Mutex<State>,
    /// The chain itself.
    direct: RpcPool,
}

/// One of each that needs a transaction of its own, within the number of transactions that a match surely has. Two let
/// blockhashes run out: the program's windows leave room for no more.
const ALL: [Fate; 12] = [
    Fate::Pass,
    Fate::Pass,
    Fate::Repeated,
    Fate::Repeated,
    Fate::Swallowed,
    Fate::Expired,
    Fate::Denied,
    Fate::FalselyConfirmed,
    Fate::FalselyFailed,
    Fate::Hidden,
    Fate::Unanswered,
    Fate::Unanswered,
];

/// What may happen to payments and to closing accounts.
const LATER: [Fate; 10] = [
    Fate::Pass,
    Fate::Pass,
    Fate::Pass,
    Fate::Pass,
    Fate::Repeated,
    Fate::Swallowed,
    Fate::FalselyConfirmed,
    Fate::FalselyFailed,
    Fate::Hidden,
    Fate::Unanswered,
];

impl Fates {
    pub(crate) fn new(seed: u64, direct: RpcPool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut to_come = ALL.to_vec();
        to_come.shuffle(&mut rng);
        let state = State {
            to_come,
            known: BTreeMap::new(),
            rng,
        };
        Self {
            state: Mutex::new(state),
            direct,
        }
    }

    /// A copy of a transaction is on its way.
    pub(crate) async fn deliver(&self, signature: &str) -> Delivery {
        let (fate, age, is_first) = {
            let mut state = self.state.lock().unwrap();
            let is_first = !state.known.contains_key(signature);
            if is_first {
                let fate = match state.to_come.pop() {
                    Some(fate) => fate,
                    None => *LATER.choose(&mut state.rng).unwrap_or(&Fate::Pass),
                };
                let since = Instant::now();
                state.known.insert(signature.to_owned(), Known { fate, since });
            }
            let known = &state.known[signature];
            (known.fate, known.since.elapsed(), is_first)
        };
        if is_first && matches!(fate, Fate::Expired | Fate::Denied) {
            let direct = self.direct.clone();
            tokio::spawn(async move {
                // The first copy is on its way before the chain moves on.
                tokio::time::sleep(Duration::from_millis(500)).await;
                let method = "localnet_warpSlots";
                let request = RpcRequest::Custom { method };
                let _: u64 = RpcClient::new(direct.shown_url())
                    .send(request, json!([EXPIRY_SLOTS]))
                    .await
                    .unwrap();
            });
        }
        match fate {
            Fate::Pass | Fate::Denied | Fate::FalselyFailed | Fate::Hidden => Delivery::Times(1),
            Fate::Repeated => Delivery::Times(3),
            Fate::Swallowed | Fate::FalselyConfirmed if age < LIE => Delivery::Swallow,
            Fate::Swallowed | Fate::FalselyConfirmed => Delivery::Times(1),
            Fate::Expired => Delivery::Swallow,
            Fate::Unanswered if is_first => Delivery::HangUp,
            Fate::Unanswered => Delivery::Times(1),
        }
    }

    /// What the node says of a transaction; `truth` is what it should say, at `slot`.
    pub(crate) fn status(&self, signature: &str, slot: u64, truth: Value) -> Value {
        let state = self.state.lock().unwrap();
        let Some(known) = state.known.get(signature) else {
            return truth;
        };
        let age = known.since.elapsed();
        let claim = |error: Value| {
            json!({ "slot": slot, "confirmations": 1, "err": error, "confirmationStatus": "confirmed",
                    "status": if error.is_null() { json!({ "Ok": null }) } else { json!({ "Err": error }) } })
        };
        match known.fate {
            Fate::FalselyConfirmed if age < LIE => claim(Value::Null),
            Fate::FalselyFailed if age < LIE => claim(json!({ "InstructionError": [0, { "Custom": 1 }] })),
            Fate::Hidden if age < LIE => Value::Null,
            Fate::Denied if age < LONG_LIE => Value::Null,
            _ => truth,
        }
    }

    pub(crate) fn transactions(&self) -> usize {
        self.state.lock().unwrap().known.len()
    }

    /// How many transactions suffered what.
    pub(crate) fn suffered(&self) -> BTreeMap<Fate, usize> {
        let mut counts = BTreeMap::new();
        for known in self.state.lock().unwrap().known.values() {
            *counts.entry(known.fate).or_default() += 1;
        }
        counts
    }

    /// A run in which little went wrong shows little.
    pub(crate) fn check_enough(&self) {
        let left = self.state.lock().unwrap().to_come.len();
        assert_eq!(left, 0, "the match was over before everything had gone wrong");
    }
}
