//! A match as the chain has it.

use anchor_lang::prelude::Pubkey;
use arena::{Mode, Rules};
use aurelius::state::{Match, MatchStatus, PlayerSlot};
use solana_account::Account;

use super::checked::{Checked, ViewError};
use crate::instruction::{MatchRef, RandomnessSource};

/// A match: header, rules and players.
#[derive(Clone)]
pub struct MatchView {
    /// Where it was read.
    pub address: Pubkey,
    /// The account's fixed part: deadlines, books, keys.
    pub header: Box<Match>,
    /// Its status.
    pub status: MatchStatus,
    /// Which of the two games.
    pub mode: Mode,
    /// Its rules table.
    pub rules: Rules,
    slots: Vec<PlayerSlot>,
}

/// A player of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// Slot in the match, which is the player index.
    pub index: u8,
    /// Their wallet.
    pub wallet: Pubkey,
    /// What they paid, in the mint's smallest unit.
    pub paid: u64,
    /// Payout or refund, known from the result on.
    pub payout: u64,
    /// How many warriors they brought, at least one.
    pub warriors: u8,
    /// Index of their first warrior; meaningless before the start.
    pub first_warrior: u8,
    /// They entered after the start.
    pub late: bool,
    /// Their payout was paid.
    pub claimed: bool,
    /// Their stake was paid back, or will be by the claim.
    pub refunded: bool,
    /// Their share of a forfeited bond was paid.
    pub compensated: bool,
    /// Their session key has signed the result.
    pub cosigned: bool,
}

impl std::fmt::Debug for MatchView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatchView")
            .field("address", &self.address)
            .field("match_id", &self.header.match_id)
            .field("status", &self.status)
            .field("checkpoints_posted", &self.header.checkpoints_posted)
            .field("players", &self.players().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl MatchView {
    /// Reads a match account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Match>("match", address, account)?;
        checked.version()?;
        let header: Match = checked.header()?;
        checked.exact_length(Match::space(header.players_max))?;
        let status =
            MatchStatus::try_from(header.status).map_err(|error| checked.field(error.to_string()))?;
        let mode = Mode::try_from(header.mode).map_err(|error| checked.field(error.to_string()))?;
        let table = header
            .rules
            .get(..usize::from(header.rules_len))
            .ok_or_else(|| checked.field(format!("a rules table of {} bytes", header.rules_len)))?;
        let rules = Rules::from_bytes(table).map_err(|error| checked.field(error.to_string()))?;
        let slots: Vec<PlayerSlot> = checked
            .data
            .get(Match::HEADER_END..)
            .unwrap_or_default()
            .chunks_exact(PlayerSlot::LEN)
            .map(bytemuck::pod_read_unaligned)
            .collect();
        if usize::from(header.slots_used) > slots.len() {
            return Err(checked.field(format!("{} slots used of {}", header.slots_used, slots.len())));
        }
        Ok(Self {
            address,
            header: Box::new(header),
            status,
            mode,
            rules,
            slots,
        })
    }

    /// What the instruction builders need.
    pub fn reference(&self) -> MatchRef {
        MatchRef {
            key: self.address,
            mint: self.header.mint,
            token_program: self.header.token_program,
            operator: self.header.operator,
        }
    }

    /// Where it takes its randomness from.
    pub fn randomness_source(&self) -> RandomnessSource {
        RandomnessSource {
            program: self.header.randomness_program,
            queue: self.header.randomness_queue,
        }
    }

    /// Its randomness account; `None` before `init_randomness` and after it was closed.
    pub fn randomness(&self) -> Option<Pubkey> {
        (self.header.randomness != Pubkey::default()).then_some(self.header.randomness)
    }

    /// All slots, free ones too.
    pub fn slots(&self) -> &[PlayerSlot] {
        &self.slots
    }

    /// The players, by index.
    pub fn players(&self) -> impl Iterator<Item = Player> + '_ {
        self.slots
            .iter()
            .zip(0u8..)
            .filter(|(slot, _)| slot.has(PlayerSlot::ENTERED))
            .map(|(slot, index)| Player {
                index,
                wallet: slot.player,
                paid: slot.paid,
                payout: slot.payout,
                warriors: slot.warriors,
                first_warrior: slot.first_warrior,
                late: slot.has(PlayerSlot::LATE),
                claimed: slot.has(PlayerSlot::CLAIMED),
                refunded: slot.has(PlayerSlot::REFUNDED),
                compensated: slot.has(PlayerSlot::COMPENSATED),
                cosigned: slot.has(PlayerSlot::COSIGNED),
            })
    }

    /// What a player gets of a slashed bond, in the mint's smallest unit: nothing when nothing was slashed, or
    /// when their late entry was never admitted.
    pub fn compensation(&self, player: &Player) -> u64 {
        let admitted = player.first_warrior < self.header.warriors_admitted;
        if self.header.slash == 0 || !admitted {
            return 0;
        }
        self.header.compensation_per_warrior * u64::from(player.warriors)
    }

    /// Whether shares of a slashed bond are paid in `slot`: it was collected, and has waited long enough.
    pub fn slash_payable(&self, slot: u64) -> bool {
        self.header.slash_collected != 0 && slot >= self.header.slash_payable_slot
    }

    /// The player with this wallet.
    pub fn player(&self, wallet: &Pubkey) -> Option<Player> {
        self.players().find(|player| player.wallet == *wallet)
    }

    /// Owners (player indexes) of all warriors known so far, in warrior order. Right from the start of the match on.
    pub fn owners(&self) -> Vec<u8> {
        let mut players: Vec<Player> = self.players().collect();
        players.sort_by_key(|player| player.first_warrior);
        players
            .iter()
            .flat_map(|player| std::iter::repeat_n(player.index, usize::from(player.warriors)))
            .collect()
    }

    /// What each player paid, by player index, up to the last slot used: what `arena::share_out` takes.
    pub fn paid(&self) -> Vec<u64> {
        self.slots
            .iter()
            .take(usize::from(self.header.slots_used))
            .map(|slot| slot.paid)
            .collect()
    }
}
