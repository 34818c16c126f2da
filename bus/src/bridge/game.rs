//! What Redis keeps of an open match, and how it is read and written. Nothing else of the mirror knows Redis.
//!
//! | name | type | what |
//! |---|---|---|
//! | `P:games` | hash | match → [`Listing`], by exporters every second, read by importers four times a second |
//! | `P:game:{M}` | hash | `token`, `number` of the last change, `tick`, `detail`, `offer` |
//! | `P:game:{M}:history` | string | `=` and the frames from the last keyframe on |
//! | `P:game:{M}:frames` | channel | [`Down`](super::wire::Down) |
//! | `P:game:{M}:inputs` | stream | what is not answered: `r` the relay, `n` its number, `p` an [`Up`](super::wire::Up) |
//! | `P:game:{M}:bell` | channel | the stream has something new |
//! | `P:relay:{R}:answers` | channel | lists of [`Answer`] |
//!
//! Invariant: state and stream are changed by scripts that compare the caller's token with the highest one
//! that is known of the match; only relays add to the stream without one.

use std::time::Duration;

use bytes::Bytes;
use cluster::{Call, Cluster, ClusterError, Messages, Script, Value, TOKENS};
use protocol::cosign::SettlementOffer;
use protocol::directory::MatchDetail;
use protocol::{MatchKey, Tick};

use crate::bridge::state::{HistoryWrite, StateWrite};
use crate::bridge::wire::{self, Answer, Listing, Version};
use crate::frame::Frame;

/// How long the state and the inputs stay without an owner.
const STATE_LIFE: Duration = Duration::from_secs(60);
/// How long a line of the list holds.
const LISTING_LIFE: Duration = Duration::from_secs(10);
/// How long after that it is removed.
const LISTING_REMAINS: Duration = Duration::from_secs(60);
/// Messages with answers that wait for this process.
const ANSWERS_BACKLOG: usize = 4096;
/// Inputs that wait for one match; the oldest go when there are more.
const INPUTS_MAX: u64 = 4096;

static WRITE: Script = Script::new(&[
    TOKENS,
    include_str!("game/fenced.lua"),
    include_str!("game/write.lua"),
]);
static SEAL: Script = Script::new(&[
    TOKENS,
    include_str!("game/fenced.lua"),
    include_str!("game/seal.lua"),
]);
static LIST: Script = Script::new(&[TOKENS, include_str!("game/list.lua")]);
static LISTED: Script = Script::new(&[include_str!("game/listed.lua")]);
/// Hash and history as of one moment.
static READ: Script = Script::new(&[
    "return {redis.call('HMGET', KEYS[1], 'token', 'number', 'tick', 'detail', 'offer'), redis.call('GET', KEYS[2])}",
]);

/// One match in Redis. Cheap to clone.
#[derive(Clone)]
pub(super) struct Game {
    cluster: Cluster,
    key: MatchKey,
}

/// Somebody has a higher token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Objection {
    /// The highest that is known.
    pub(super) token: u64,
    /// Whose it is, if its owner holds the lease now; else empty.
    pub(super) holder: String,
}

/// What became of a write of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// There is nothing that it could be added to. Nothing was written.
    Incomplete,
    /// Nothing was written.
    Refused(Objection),
}

/// What became of taking entries out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sealed {
    Done,
    /// They are still there.
    Refused(Objection),
}

/// The state of a match as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) version: Version,
    pub(super) tick: Tick,
    pub(super) detail: MatchDetail,
    pub(super) offer: Option<SettlementOffer>,
    /// From the last keyframe on.
    pub(super) history: Vec<Frame>,
}

/// An entry of the stream of inputs. What it does not have is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) relay: String,
    pub(super) number: u64,
    pub(super) payload: Bytes,
}

impl Game {
    pub(super) fn new(cluster: Cluster, key: MatchKey) -> Self {
        Self { cluster, key }
    }

    fn history(&self) -> String {
        self.cluster.keys().history(&self.key)
    }

    /// Of the script `script`, the keys and the argument that show whose call it is.
    fn fenced(&self, script: &'static Script, token: u64) -> Call {
        Call::script(script)
            .key(self.cluster.keys().game(&self.key))
            .key(self.cluster.keys().lease(&self.key))
            .key(self.cluster.keys().fence(&self.key))
            .number(token)
    }

    /// Writes the state.
    pub(super) async fn write(&self, token: u64, write: StateWrite) -> Result<Written, ClusterError> {
        let is_whole = write.is_whole();
        let (mark, frames) = match write.history {
            HistoryWrite::Replace(frames) => (b'=', frames),
            HistoryWrite::Append(frames) => (b'+', frames),
        };
        let mut history = Vec::with_capacity(1 + frames.len());
        history.push(mark);
        history.extend(frames);
        let mut call = self
            .fenced(&WRITE, token)
            .key(self.history())
            .key(self.cluster.keys().inputs(&self.key))
            .number(STATE_LIFE.as_millis() as u64)
            .number(write.number)
            .number(write.tick.0.into())
            .number(is_whole.into())
            .arg(history);
        for (name, value) in [("detail", write.detail), ("offer", write.offer)] {
            if let Some(value) = value {
                call = call.arg(name).arg(value);
            }
        }
        let (word, objection) = self.verdict(self.cluster.call(call).await?)?;
        Ok(match word.as_str() {
            "done" => Written::Done,
            "incomplete" => Written::Incomplete,
            _ => Written::Refused(objection),
        })
    }

    /// Takes entries out of the stream.
    pub(super) async fn seal(&self, token: u64, ids: Vec<String>) -> Result<Sealed, ClusterError> {
        let call = self
            .fenced(&SEAL, token)
            .key(self.cluster.keys().inputs(&self.key));
        let call = ids.into_iter().fold(call, Call::arg);
        let (word, objection) = self.verdict(self.cluster.call(call).await?)?;
        Ok(match word.as_str() {
            "done" => Sealed::Done,
            _ => Sealed::Refused(objection),
        })
    }

    /// What a fenced script answers: a word, and the objection if there is one.
    fn verdict(&self, words: Vec<String>) -> Result<(String, Objection), ClusterError> {
        let mut words = words.into_iter();
        let word = words.next().unwrap_or_default();
        let next = words.next().unwrap_or_default();
        if word == "unsound" {
            return Err(ClusterError::Unsound {
                match_key: self.key,
                value: next,
            });
        }
        let objection = Objection {
            token: next.parse().unwrap_or(0),
            holder: words.next().unwrap_or_default(),
        };
        Ok((word, objection))
    }

    /// The state; none if there is none.
    pub(super) async fn read(&self) -> Result<Option<Snapshot>, ClusterError> {
        let call = Call::reading(&READ)
            .key(self.cluster.keys().game(&self.key))
            .key(self.history());
        type Fields = (
            Option<u64>,
            Option<u64>,
            Option<u32>,
            Option<Vec<u8>>,
            Option<Vec<u8>>,
        );
        let (fields, history): (Fields, Option<Vec<u8>>) = self.cluster.call(call).await?;
        let (Some(token), Some(number), Some(tick), Some(detail), Some(offer)) = fields else {
            return Ok(None);
        };
        let unreadable =
            || ClusterError::malformed(format!("the state of match {}", self.key), "of another version?");
        let history = Bytes::from(history.unwrap_or_default());
        Ok(Some(Snapshot {
            version: Version { token, number },
            tick: Tick(tick),
            detail: wire::decode(&detail).ok_or_else(unreadable)?,
            offer: wire::decode(&offer).ok_or_else(unreadable)?,
            // After the mark.
            history: wire::decode_history(&history.slice(history.len().min(1)..)),
        }))
    }

    /// Sends a message to all who follow, after those before it. Does not wait, and may be dropped.
    pub(super) fn publish(&self, message: Bytes) {
        self.cluster
            .publish(&self.cluster.keys().frames(&self.key), message);
    }

    /// Follows those messages.
    pub(super) fn follow(&self) -> Messages {
        self.cluster.follow(&self.cluster.keys().frames(&self.key))
    }

    /// Puts the match on the list, or renews its line, unless a later owner did.
    pub(super) async fn list(&self, version: Version, tick: Tick) -> Result<(), ClusterError> {
        let call = Call::script(&LIST)
            .key(self.cluster.keys().games())
            .arg(self.key.to_string())
            .number(version.token)
            .number(LISTING_REMAINS.as_millis() as u64)
            .arg(format!("{}:{}", version.number, tick.0))
            .number(LISTING_LIFE.as_millis() as u64);
        self.cluster.call::<Value>(call).await.map(|_| ())
    }

    /// Takes the match off the list, unless a later owner put it there.
    pub(super) async fn unlist(&self, token: u64) -> Result<(), ClusterError> {
        let call = Call::script(&LIST)
            .key(self.cluster.keys().games())
            .arg(self.key.to_string())
            .number(token)
            .number(LISTING_REMAINS.as_millis() as u64);
        self.cluster.call::<Value>(call).await.map(|_| ())
    }

    /// What is not answered, the oldest first, at most so many.
    pub(super) async fn waiting(&self, max: usize) -> Result<Vec<Entry>, ClusterError> {
        let call = Call::command("XRANGE")
            .key(self.cluster.keys().inputs(&self.key))
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .number(max as u64);
        let entries: Vec<(String, Vec<(String, Value)>)> = self.cluster.call(call).await?;
        Ok(entries.into_iter().map(entry).collect())
    }

    /// Hears of new entries.
    pub(super) fn hear_bell(&self) -> Messages {
        self.cluster.follow(&self.cluster.keys().bell(&self.key))
    }

    /// Sends what players of relay `relay` sent, each with the relay's number of it, and rings.
    pub(super) async fn send(&self, relay: &str, entries: Vec<(u64, Vec<u8>)>) -> Result<(), ClusterError> {
        let inputs = self.cluster.keys().inputs(&self.key);
        let add = |(number, payload): (u64, Vec<u8>)| {
            Call::command("XADD")
                .key(inputs.clone())
                .arg("MAXLEN")
                .arg("~")
                .number(INPUTS_MAX)
                .arg("*")
                .arg("r")
                .arg(relay.to_owned())
                .arg("n")
                .number(number)
                .arg("p")
                .arg(payload)
        };
        let expire = Call::command("PEXPIRE")
            .key(inputs.clone())
            .number(STATE_LIFE.as_millis() as u64);
        let ring = Call::command("SPUBLISH")
            .key(self.cluster.keys().bell(&self.key))
            .arg("");
        let calls: Vec<Call> = entries.into_iter().map(add).chain([expire, ring]).collect();
        self.cluster
            .run(&calls)
            .await
            .into_iter()
            .try_for_each(|result| result.map(|_| ()))
    }

    /// Sends answers to a relay.
    pub(super) async fn answer(&self, relay: &str, answers: &[Answer]) -> Result<(), ClusterError> {
        let Some(message) = wire::encode(answers) else {
            return Ok(());
        };
        let call = Call::command("SPUBLISH")
            .key(self.cluster.keys().answers(relay))
            .arg(message);
        self.cluster.call::<Value>(call).await.map(|_| ())
    }
}

/// The list of open matches.
#[derive(Clone)]
pub(super) struct GameList {
    cluster: Cluster,
}

/// The list as of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// By Redis' clock, milliseconds since 1970.
    pub(super) now_ms: u64,
    /// Lines that cannot be read are left out.
    pub(super) matches: Vec<(MatchKey, Listing)>,
}

impl GameList {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }

    /// The list as it is now.
    pub(super) async fn read(&self) -> Result<Listed, ClusterError> {
        let call = Call::reading(&LISTED).key(self.cluster.keys().games());
        let (now_ms, lines): (u64, Vec<(String, String)>) = self.cluster.call(call).await?;
        let read = |(key, line): (String, String)| Some((key.parse().ok()?, Listing::parse(&line)?));
        Ok(Listed {
            now_ms,
            matches: lines.into_iter().filter_map(read).collect(),
        })
    }

    /// Hears the answers to relay `relay`.
    pub(super) fn hear_answers(&self, relay: &str) -> Messages {
        self.cluster
            .follow_with(&self.cluster.keys().answers(relay), ANSWERS_BACKLOG)
    }

    /// A match of the list.
    pub(super) fn game(&self, key: MatchKey) -> Game {
        Game::new(self.cluster.clone(), key)
    }
}

fn entry((id, fields): (String, Vec<(String, Value)>)) -> Entry {
    let mut entry = Entry {
        id,
        relay: String::new(),
        number: 0,
        payload: Bytes::new(),
    };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("r", Value::BulkString(relay)) => entry.relay = String::from_utf8(relay).unwrap_or_default(),
            ("n", value) => entry.number = cluster::from_redis_value(value).unwrap_or(0),
            ("p", Value::BulkString(payload)) => entry.payload = payload.into(),
            _ => {}
        }
    }
    entry
}

#[cfg(test)]
#[path = "game_tests.rs"]
mod tests;
