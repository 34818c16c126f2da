//! Who is who in a match: names and colours of players and their warriors.

use std::collections::HashMap;

use protocol::directory::{MatchDetail, PlayerInfo};
use protocol::wire::Snapshot;
use protocol::{PlayerSlot, WalletKey, WarriorIndex};

use crate::terminal::board::player_colour;
use crate::terminal::{short, Colour, Style};

/// Names of a match's players.
#[derive(Debug, Clone)]
pub struct Cast {
    /// What each player is called, by player slot.
    players: Vec<(PlayerSlot, String)>,
    /// Names of wallets that are known otherwise.
    names: HashMap<WalletKey, String>,
    /// Owner by warrior, as far as known.
    owners: Vec<PlayerSlot>,
    /// Colours, or none.
    style: Style,
}

impl Cast {
    /// Players are named by their slot and the ends of their wallet.
    pub fn new(style: Style) -> Self {
        Self::with_names(style, HashMap::new())
    }

    /// As [`Self::new`], with names for some wallets.
    pub fn with_names(style: Style, names: HashMap<WalletKey, String>) -> Self {
        Self {
            players: Vec::new(),
            names,
            owners: Vec::new(),
            style,
        }
    }

    /// Learns the players.
    pub fn learn(&mut self, detail: &MatchDetail) {
        self.players = detail
            .players
            .iter()
            .map(|player| {
                let known = self.names.get(&player.wallet).cloned();
                (player.slot, known.unwrap_or_else(|| name_of(player)))
            })
            .collect();
    }

    /// Learns whose warriors are whose.
    pub fn learn_owners(&mut self, snapshot: &Snapshot) {
        if self.owners.len() != snapshot.warriors.len() {
            self.owners = snapshot.warriors.iter().map(|warrior| warrior.owner).collect();
        }
    }

    /// A player's name, in the player's colour.
    pub fn player(&self, slot: PlayerSlot) -> String {
        let known = self.players.iter().find(|(known, _)| *known == slot);
        let name = known.map_or_else(|| format!("#{slot}"), |(_, name)| name.clone());
        self.style.paint(Colour::Indexed(player_colour(slot.0)), &name)
    }

    /// A warrior's name: its owner's, and a letter where the owner has several.
    pub fn warrior(&self, warrior: WarriorIndex) -> String {
        let Some(owner) = self.owners.get(usize::from(warrior.0)).copied() else {
            return format!("warrior {warrior}");
        };
        let of_owner = |range: &[PlayerSlot]| range.iter().filter(|other| **other == owner).count();
        let name = self.player(owner);
        if of_owner(&self.owners) < 2 {
            return name;
        }
        let earlier = of_owner(&self.owners[..usize::from(warrior.0)]);
        // At most five warriors a player.
        let letter = ["a", "b", "c", "d", "e"].get(earlier).unwrap_or(&"?");
        format!("{name}/{letter}")
    }

    /// The style names are painted in.
    pub fn style(&self) -> Style {
        self.style
    }
}

fn name_of(player: &PlayerInfo) -> String {
    format!("#{} {}", player.slot, short(&player.wallet.to_string()))
}
