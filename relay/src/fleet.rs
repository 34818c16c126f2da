//! What the relays of one fleet tell each other: who plays where, and who is banned.
//!
//! Invariants: of several sockets of one player all relays keep the same one, the newest; a relay that may
//! have missed something says so and hears it again. Announcements are hints for speed: bans are in the
//! store, and every sign-in and every `Play` asks there.
//!
//! Deliberately absent: how many sockets a wallet has elsewhere (the limit is each relay's), and anything of
//! a match.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cluster::{Cluster, Message, TopicReceiver};
use protocol::codes::CloseCode;
use protocol::WalletKey;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep_until, Instant};

use crate::registry::{Play, Registry};

/// The channel of all relays.
const TOPIC: &str = "relays";
/// Players in one message: 50 bytes each.
const PLAYS_MAX: usize = 256;
/// Whoever asks is answered, but everybody at most this often.
const ANSWER_INTERVAL: Duration = Duration::from_secs(1);
/// After a gap everything is said again this soon, and then at growing intervals: the way out may open after
/// the way in.
const ROUND_INTERVAL_MIN: Duration = Duration::from_secs(1);
/// Said again this often at least: what was dropped on its way out leaves no gap.
const ROUND_INTERVAL_MAX: Duration = Duration::from_secs(30);

/// One relay's line to the others.
pub(crate) struct Fleet {
    cluster: Cluster,
    relay: u64,
    registry: Arc<Registry>,
}

/// What is sent.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Letter {
    /// The sender's number.
    from: u64,
    news: News,
}

/// What relays tell each other. New variants go to the end: an older relay ignores what it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum News {
    /// Sockets of the sender play these players.
    Plays(Vec<Play>),
    /// The sender may have missed something: everybody says again who plays.
    Ask,
    /// The wallet was banned: its sockets are closed.
    Banned(WalletKey),
}

/// Somebody wants to hear who plays.
#[derive(Debug, PartialEq, Eq)]
struct Asked;

impl Fleet {
    /// `relay` is the number of the registry.
    pub(crate) fn new(cluster: Cluster, relay: u64, registry: Arc<Registry>) -> Self {
        Self {
            cluster,
            relay,
            registry,
        }
    }

    /// Whether all of what relays share can be reached.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        self.cluster.ping().await.map_err(|error| error.to_string())
    }

    /// Tells the others. Never waits; lost if they cannot be reached.
    pub(crate) fn say(&self, news: News) {
        let letter = Letter {
            from: self.relay,
            news,
        };
        match postcard::to_allocvec(&letter) {
            Ok(bytes) => self.cluster.publish_topic(TOPIC, bytes.into()),
            Err(error) => tracing::error!(%error, "a message to other relays cannot be written"),
        }
    }

    /// Begins to hear the others.
    pub(crate) fn listen(&self) -> TopicReceiver {
        self.cluster.follow_topic(TOPIC)
    }

    /// Does what the others say; for a task.
    pub(crate) async fn obey(self: Arc<Self>, mut receiver: TopicReceiver) {
        let mut answered_at: Option<Instant> = None;
        let mut answer_at: Option<Instant> = None;
        let mut pause = ROUND_INTERVAL_MAX;
        let mut round_at = Instant::now() + pause;
        loop {
            let event = tokio::select! {
                event = receiver.next() => event,
                () = sleep_until(answer_at.unwrap_or_else(Instant::now)), if answer_at.is_some() => {
                    (answered_at, answer_at) = (answer_at.take(), None);
                    self.say_plays();
                    continue;
                }
                () = sleep_until(round_at) => {
                    self.say_plays();
                    if pause < ROUND_INTERVAL_MAX {
                        self.say(News::Ask);
                    }
                    pause = (pause * 3).min(ROUND_INTERVAL_MAX);
                    round_at = Instant::now() + pause;
                    continue;
                }
            };
            match event {
                Message::Data(bytes) => {
                    if self.take(&bytes) == Some(Asked) {
                        let soon = answered_at.map(|at| at + ANSWER_INTERVAL);
                        answer_at = answer_at.or(soon).or_else(|| Some(Instant::now()));
                    }
                }
                Message::Gap => {
                    self.say_plays();
                    self.say(News::Ask);
                    pause = ROUND_INTERVAL_MIN;
                    round_at = Instant::now() + pause;
                }
            }
        }
    }

    fn take(&self, bytes: &Bytes) -> Option<Asked> {
        let letter: Letter = match postcard::from_bytes(bytes) {
            Ok(letter) => letter,
            Err(error) => {
                tracing::debug!(%error, "another relay says something that this version does not know");
                return None;
            }
        };
        if letter.from == self.relay {
            return None;
        }
        match letter.news {
            News::Plays(plays) => {
                for play in plays {
                    if self.registry.played_elsewhere(&play) {
                        tracing::debug!(
                            match_key = %play.match_key, slot = play.slot.0, "a player went on at another relay"
                        );
                    }
                }
            }
            News::Ask => return Some(Asked),
            News::Banned(wallet) => self.registry.kick_owner(&wallet.0, CloseCode::Banned),
        }
        None
    }

    fn say_plays(&self) {
        for part in self.registry.plays().chunks(PLAYS_MAX) {
            self.say(News::Plays(part.to_vec()));
        }
    }
}
