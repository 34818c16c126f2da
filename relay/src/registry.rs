//! Which sockets are open, whose they are, and which player each plays.
//!
//! Invariants: one socket per player of a match, the newest, also among relays that tell each other; so many
//! sockets per wallet on this relay; every socket can be told to close.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use protocol::codes::CloseCode;
use protocol::{MatchKey, PlayerSlot};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::clock::unix_us;

/// The number of a socket, never used twice by one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SocketId(pub(crate) u64);

/// A wallet or session key.
pub(crate) type OwnerKey = [u8; 32];

/// When a socket began to play, comparable among relays: later is greater, and no two are equal.
///
/// A relay's time is the wall clock in microseconds, or one more than the latest that it has heard of: what
/// follows something is later than it, however wrong the clocks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Stamp {
    time: u64,
    /// A number of the relay's own.
    relay: u64,
}

/// A player and the socket that plays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Play {
    pub(crate) match_key: MatchKey,
    pub(crate) slot: PlayerSlot,
    pub(crate) since: Stamp,
}

/// All open sockets.
#[derive(Debug)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
    sockets_per_owner_max: usize,
    relay: u64,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    /// The latest time that was given or heard of.
    time: u64,
    sockets: HashMap<SocketId, Entry>,
    players: HashMap<(MatchKey, PlayerSlot), Place>,
    owners: HashMap<OwnerKey, Vec<SocketId>>,
}

/// Who plays a player.
#[derive(Debug, Clone, Copy)]
struct Place {
    socket: SocketId,
    since: Stamp,
}

#[derive(Debug)]
struct Entry {
    kick: Option<oneshot::Sender<CloseCode>>,
    /// What it was told after that.
    missed: Option<CloseCode>,
    owners: Vec<OwnerKey>,
    plays: Option<(MatchKey, PlayerSlot)>,
}

/// A socket's place in the registry; dropping it leaves.
#[derive(Debug)]
pub(crate) struct Registered {
    registry: Arc<Registry>,
    id: SocketId,
}

impl Registry {
    /// `relay` is a number that no other relay has.
    pub(crate) fn new(sockets_per_owner_max: u32, relay: u64) -> Self {
        Self {
            inner: Mutex::default(),
            sockets_per_owner_max: sockets_per_owner_max as usize,
            relay,
        }
    }

    /// A place, and the receiver of an order to close.
    pub(crate) fn register(self: &Arc<Self>) -> (Registered, oneshot::Receiver<CloseCode>) {
        let (kick, kicked) = oneshot::channel();
        let mut inner = self.lock();
        let id = SocketId(inner.next);
        inner.next += 1;
        inner.sockets.insert(
            id,
            Entry {
                kick: Some(kick),
                missed: None,
                owners: Vec::new(),
                plays: None,
            },
        );
        drop(inner);
        (
            Registered {
                registry: self.clone(),
                id,
            },
            kicked,
        )
    }

    /// How many sockets are open.
    pub(crate) fn len(&self) -> usize {
        self.lock().sockets.len()
    }

    /// All sockets that are open now.
    pub(crate) fn all(&self) -> Vec<SocketId> {
        self.lock().sockets.keys().copied().collect()
    }

    /// Tells these sockets to close, those that are open still.
    pub(crate) fn kick(&self, sockets: &[SocketId], code: CloseCode) {
        let mut inner = self.lock();
        for id in sockets {
            if let Some(entry) = inner.sockets.get_mut(id) {
                entry.kick(code);
            }
        }
    }

    /// Tells all sockets of an owner to close.
    pub(crate) fn kick_owner(&self, owner: &OwnerKey, code: CloseCode) {
        let mut inner = self.lock();
        for id in inner.owners.get(owner).cloned().unwrap_or_default() {
            if let Some(entry) = inner.sockets.get_mut(&id) {
                entry.kick(code);
            }
        }
    }

    /// All players that are played here.
    pub(crate) fn plays(&self) -> Vec<Play> {
        let inner = self.lock();
        let play = |(&(match_key, slot), place): (&(MatchKey, PlayerSlot), &Place)| Play {
            match_key,
            slot,
            since: place.since,
        };
        inner.players.iter().map(play).collect()
    }

    /// Another relay has a socket that plays this player: an older one of ours is told to close. Whether one
    /// was.
    pub(crate) fn played_elsewhere(&self, play: &Play) -> bool {
        let mut inner = self.lock();
        inner.time = inner.time.max(play.since.time);
        let player = (play.match_key, play.slot);
        let Some(place) = inner.players.get(&player).copied() else {
            return false;
        };
        if place.since >= play.since {
            return false;
        }
        inner.players.remove(&player);
        if let Some(entry) = inner.sockets.get_mut(&place.socket) {
            entry.plays = None;
            entry.kick(CloseCode::Replaced);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }
}

impl Registered {
    /// The socket's number.
    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    /// The receiver of the next order to close, for a socket that does not obey one; what it was told
    /// meanwhile is not lost.
    pub(crate) fn stay(&self) -> oneshot::Receiver<CloseCode> {
        let (kick, kicked) = oneshot::channel();
        let mut inner = self.registry.lock();
        if let Some(entry) = inner.sockets.get_mut(&self.id) {
            entry.kick = Some(kick);
            if let Some(code) = entry.missed.take() {
                entry.kick(code);
            }
        }
        kicked
    }

    /// Says whose socket it is. False if that owner has as many as may be.
    pub(crate) fn claim(&self, owner: OwnerKey) -> bool {
        let mut inner = self.registry.lock();
        let sockets = inner.owners.entry(owner).or_default();
        if sockets.contains(&self.id) {
            return true;
        }
        if sockets.len() >= self.registry.sockets_per_owner_max {
            return false;
        }
        sockets.push(self.id);
        if let Some(entry) = inner.sockets.get_mut(&self.id) {
            entry.owners.push(owner);
        }
        true
    }

    /// Plays as this player from now on; an older socket of the same player is told to close. What other
    /// relays are to hear.
    pub(crate) fn play(&self, match_key: MatchKey, slot: PlayerSlot) -> Play {
        self.stop_playing();
        let mut inner = self.registry.lock();
        inner.time = unix_us().max(inner.time.saturating_add(1));
        let since = Stamp {
            time: inner.time,
            relay: self.registry.relay,
        };
        let place = Place {
            socket: self.id,
            since,
        };
        let old = inner.players.insert((match_key, slot), place);
        if let Some(entry) = old.and_then(|old| inner.sockets.get_mut(&old.socket)) {
            entry.plays = None;
            entry.kick(CloseCode::Replaced);
        }
        if let Some(entry) = inner.sockets.get_mut(&self.id) {
            entry.plays = Some((match_key, slot));
        }
        Play {
            match_key,
            slot,
            since,
        }
    }

    /// Plays nobody any more.
    pub(crate) fn stop_playing(&self) {
        let mut inner = self.registry.lock();
        let plays = inner
            .sockets
            .get_mut(&self.id)
            .and_then(|entry| entry.plays.take());
        if let Some(player) = plays {
            inner.players.remove(&player);
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.stop_playing();
        let mut inner = self.registry.lock();
        let Some(entry) = inner.sockets.remove(&self.id) else {
            return;
        };
        for owner in entry.owners {
            if let Some(sockets) = inner.owners.get_mut(&owner) {
                sockets.retain(|id| *id != self.id);
                if sockets.is_empty() {
                    inner.owners.remove(&owner);
                }
            }
        }
    }
}

impl Entry {
    fn kick(&mut self, code: CloseCode) {
        match self.kick.take() {
            // A socket that is closing anyway does not listen any more.
            Some(kick) => {
                let _ = kick.send(code);
            }
            None => self.missed = Some(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYER: (MatchKey, PlayerSlot) = (MatchKey([1; 32]), PlayerSlot(3));

    #[test]
    fn the_newest_socket_plays_and_nothing_is_left_behind() {
        let registry = Arc::new(Registry::new(2, 1));
        let (old, mut old_kicked) = registry.register();
        let (new, mut new_kicked) = registry.register();
        old.play(PLAYER.0, PLAYER.1);
        old.play(PLAYER.0, PLAYER.1);
        assert!(old_kicked.try_recv().is_err(), "a socket does not replace itself");
        new.play(PLAYER.0, PLAYER.1);
        assert_eq!(old_kicked.try_recv(), Ok(CloseCode::Replaced));
        drop(old);
        assert!(new_kicked.try_recv().is_err());
        assert_eq!(registry.lock().players.len(), 1);

        let owner = [7; 32];
        let (third, mut third_kicked) = registry.register();
        assert!(new.claim(owner) && new.claim(owner) && third.claim(owner));
        let (fourth, _) = registry.register();
        assert!(!fourth.claim(owner));
        registry.kick_owner(&owner, CloseCode::Banned);
        assert_eq!(new_kicked.try_recv(), Ok(CloseCode::Banned));
        assert_eq!(third_kicked.try_recv(), Ok(CloseCode::Banned));
        drop((new, third, fourth));
        let inner = registry.lock();
        assert!(inner.sockets.is_empty() && inner.players.is_empty() && inner.owners.is_empty());
    }

    #[test]
    fn of_two_relays_the_one_that_was_asked_last_keeps_the_player() {
        let (here, there) = (Arc::new(Registry::new(2, 1)), Arc::new(Registry::new(2, 2)));
        let (old, mut old_kicked) = here.register();
        let (new, mut new_kicked) = there.register();
        // The clock there is an hour behind, so to say: what counts is that it has heard of the first.
        let first = old.play(PLAYER.0, PLAYER.1);
        let late = Play {
            since: Stamp {
                time: first.since.time + 3_600_000_000,
                relay: 1,
            },
            ..first
        };
        assert!(!there.played_elsewhere(&late), "nobody plays there yet");
        let second = new.play(PLAYER.0, PLAYER.1);
        assert!(second.since > late.since);
        assert!(!there.played_elsewhere(&late), "said again, it is old");
        assert!(new_kicked.try_recv().is_err());
        assert_eq!(there.plays(), [second]);

        assert!(here.played_elsewhere(&second));
        assert!(!here.played_elsewhere(&second), "once is enough");
        assert_eq!(old_kicked.try_recv(), Ok(CloseCode::Replaced));
        assert!(here.plays().is_empty());
        // The one that lost does not take the place of the one that came back.
        let (back, mut back_kicked) = here.register();
        let third = back.play(PLAYER.0, PLAYER.1);
        drop(old);
        assert_eq!(here.plays(), [third]);
        assert!(there.played_elsewhere(&third));
        assert!(back_kicked.try_recv().is_err());
    }

    #[test]
    fn at_the_same_moment_exactly_one_remains() {
        let (here, there) = (Arc::new(Registry::new(2, 1)), Arc::new(Registry::new(2, 2)));
        let (one, _one_kicked) = here.register();
        let (other, _other_kicked) = there.register();
        let said_here = one.play(PLAYER.0, PLAYER.1);
        let said_there = other.play(PLAYER.0, PLAYER.1);
        let gone = [
            here.played_elsewhere(&said_there),
            there.played_elsewhere(&said_here),
        ];
        assert_eq!(gone.iter().filter(|gone| **gone).count(), 1, "{gone:?}");
    }
}
