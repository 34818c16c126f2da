//! Orders to a local chain, which no real one takes.

use std::time::Duration;

use serde_json::{json, Value};

use super::answers;
use super::handle::RpcPool;
use super::method::Method;
use crate::error::Error;

/// What a local chain can be told to do with its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalOrder {
    /// So many slots pass without a block.
    SkipSlots(u64),
    /// Slots last so long from now on.
    SlotTime(Duration),
    /// No slot passes: for so long, or until [`Self::Resume`].
    Halt(Option<Duration>),
    /// Ends a halt.
    Resume,
    /// Takes back the open slot's transactions and so many blocks before it.
    RollBack(u64),
}

impl RpcPool {
    /// Gives a local chain an order; the open slot afterwards.
    ///
    /// # Errors
    /// The chain is no local one, or refuses: its own words.
    pub async fn order(&self, order: LocalOrder) -> Result<u64, Error> {
        let (method, params) = match order {
            LocalOrder::SkipSlots(slots) => (Method::LocalSkipSlots, json!([slots])),
            LocalOrder::SlotTime(span) => (Method::LocalSlotTime, json!([ms(span)])),
            LocalOrder::Halt(span) => (
                Method::LocalHalt,
                span.map_or(json!([]), |span| json!([ms(span)])),
            ),
            LocalOrder::Resume => (Method::LocalResume, json!([])),
            LocalOrder::RollBack(blocks) => (Method::LocalRollBack, json!([blocks])),
        };
        self.ask(method, params, answers::whole_number).await
    }
}

fn ms(span: Duration) -> Value {
    json!(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}
