//! The transactions of an address, listed newest first in pages, and served one by one.

use serde_json::{json, Value};

use crate::node::Answer;

/// A ledger of one address, oldest transaction first.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    transactions: Vec<Listed>,
    /// Longest page, as nodes bound it.
    page_len: usize,
}

#[derive(Debug, Clone)]
struct Listed {
    signature: String,
    slot: u64,
    err: Value,
    answer: Answer,
}

impl Ledger {
    /// An empty one, with pages of at most `page_len`.
    pub fn with_pages_of(page_len: usize) -> Self {
        Self {
            transactions: Vec::new(),
            page_len,
        }
    }

    /// Adds the newest transaction: how it is listed, and what `getTransaction` says of it.
    #[must_use]
    pub fn and(mut self, signature: impl ToString, slot: u64, err: Value, answer: Answer) -> Self {
        self.transactions.push(Listed {
            signature: signature.to_string(),
            slot,
            err,
            answer,
        });
        self
    }

    /// Puts a transaction in front of the one at `place`, counted from the oldest.
    pub fn insert(&mut self, place: usize, signature: impl ToString, err: Value, answer: Answer) {
        let slot = self
            .transactions
            .get(place)
            .map_or(u64::MAX >> 1, |next| next.slot);
        let listed = Listed {
            signature: signature.to_string(),
            slot,
            err,
            answer,
        };
        self.transactions.insert(place, listed);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// The answer to a request for a list or a transaction; `None` for other methods.
    pub fn answer(&self, method: &str, params: &Value) -> Option<Answer> {
        match method {
            "getSignaturesForAddress" => Some(self.page(&params[1])),
            "getTransaction" => {
                let asked = params[0].as_str().unwrap_or_default();
                let found = self.transactions.iter().find(|one| one.signature == asked);
                Some(found.map_or(Answer::Result(Value::Null), |one| one.answer.clone()))
            }
            _ => None,
        }
    }

    fn page(&self, config: &Value) -> Answer {
        let place = |key: &str| {
            let text = config[key].as_str()?;
            Some(self.transactions.iter().position(|one| one.signature == text))
        };
        // A node that does not know where to begin says so.
        let newest = match place("before") {
            Some(None) => return Answer::error(-32020, "Transaction not found"),
            Some(Some(place)) => place,
            None => self.transactions.len(),
        };
        let oldest = place("until").flatten().map_or(0, |place| place + 1);
        let page_len = match self.page_len {
            0 => 1_000,
            len => len,
        };
        let page: Vec<Value> = self
            .transactions
            .get(oldest..newest)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(page_len)
            .map(|one| {
                json!({
                    "signature": one.signature, "slot": one.slot, "err": one.err, "memo": null,
                    "blockTime": null, "confirmationStatus": "finalized",
                })
            })
            .collect();
        Answer::Result(Value::Array(page))
    }
}
