//! Which sockets are open, whose they are, and which player each plays.
//!
//! Invariants: one socket per player of a match, the newest; so many sockets per wallet; every socket can be told to
//! close.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::codes::CloseCode;
use protocol::{MatchKey, PlayerSlot};
use tokio::sync::oneshot;

/// The number of a socket, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct SocketId(u64);

/// A wallet or session key.
pub(crate) type OwnerKey = [u8; 32];

/// All open sockets.
#[derive(Debug)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
    sockets_per_owner_max: usize,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    sockets: HashMap<SocketId, Entry>,
    players: HashMap<(MatchKey, PlayerSlot), SocketId>,
    owners: HashMap<OwnerKey, Vec<SocketId>>,
}

#[derive(Debug)]
struct Entry {
    kick: Option<oneshot::Sender<CloseCode>>,
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
    pub(crate) fn new(sockets_per_owner_max: u32) -> Self {
        Self {
            inner: Mutex::default(),
            sockets_per_owner_max: sockets_per_owner_max as usize,
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

    /// Tells all sockets to close.
    pub(crate) fn kick_all(&self, code: CloseCode) {
        self.lock()
            .sockets
            .values_mut()
            .for_each(|entry| entry.kick(code));
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

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
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

    /// Plays as this player from now on; an older socket of the same player is told to close.
    pub(crate) fn play(&self, match_key: MatchKey, slot: PlayerSlot) {
        self.stop_playing();
        let mut inner = self.registry.lock();
        let old = inner.players.insert((match_key, slot), self.id);
        if let Some(entry) = old.and_then(|id| inner.sockets.get_mut(&id)) {
            entry.plays = None;
            entry.kick(CloseCode::Replaced);
        }
        if let Some(entry) = inner.sockets.get_mut(&self.id) {
            entry.plays = Some((match_key, slot));
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
        if let Some(kick) = self.kick.take() {
            // A socket that is closing anyway does not listen any more.
            let _ = kick.send(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_socket_plays_and_nothing_is_left_behind() {
        let registry = Arc::new(Registry::new(2));
        let player = (MatchKey([1; 32]), PlayerSlot(3));
        let (old, mut old_kicked) = registry.register();
        let (new, mut new_kicked) = registry.register();
        old.play(player.0, player.1);
        old.play(player.0, player.1);
        assert!(old_kicked.try_recv().is_err(), "a socket does not replace itself");
        new.play(player.0, player.1);
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
}
