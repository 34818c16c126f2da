//! Which inputs may be accepted, and when they take effect.
//!
//! Each accepted input gets a tick of its own: the next slot tick on which its warrior has none yet. So every
//! change in the packed inputs is exactly one signed input, and none is silently merged into another.
//! Invariants: per warrior the ticks only grow, and per player they never fall, so that a player's inputs of
//! one segment are one unbroken run of their chain; in one segment a warrior has at most
//! `changes_per_warrior_max` of them; a change takes effect at most [`InputWindow`] from the tick that its
//! player had seen. Absent: signatures, which were checked before a [`VerifiedInput`] could exist.

use std::collections::VecDeque;

use arena::{Change, Rules, State, MAX_PLAYERS, MAX_WARRIORS};
use protocol::codes::RejectReason;
use protocol::input::{ChainHead, Input, SignedInput};
use protocol::{Hash, PlayerSlot, SessionKey, Tick};

/// How far a player's idea of the tick may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputWindow {
    /// Ticks ahead of the match.
    pub future_ticks: u32,
    /// Ticks behind the one on which the input takes effect.
    pub past_ticks: u32,
}

impl Default for InputWindow {
    /// A tenth of a second ahead (nobody can see a tick before it is made; this forgives a restart), ten
    /// seconds behind (far more than a working connection's delay).
    fn default() -> Self {
        Self {
            future_ticks: 60,
            past_ticks: 600,
        }
    }
}

/// Late warriors that entered on chain and wait to be admitted: one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateEntry {
    /// The player's slot, above all earlier ones.
    pub slot: PlayerSlot,
    /// How many warriors.
    pub warriors: u8,
}

/// A signed input whose signature is the player's session key's. Only [`VerifiedInput::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedInput {
    signed: SignedInput,
    hash: Hash,
}

impl VerifiedInput {
    /// Checks shape and signature.
    ///
    /// # Errors
    /// [`RejectReason::BadHeading`], [`RejectReason::BadSignature`].
    pub fn verify(signed: SignedInput, session: &SessionKey) -> Result<Self, RejectReason> {
        signed.check_shape()?;
        if !signed.is_signed_by(session) {
            return Err(RejectReason::BadSignature);
        }
        let hash = signed.input.hash();
        Ok(Self { signed, hash })
    }

    /// What was signed.
    pub fn signed(&self) -> &SignedInput {
        &self.signed
    }
}

/// An accepted change that is not applied yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pending {
    tick: u32,
    warrior: u8,
    heading: u8,
}

/// Where a player's inputs stand.
#[derive(Clone, Copy, Debug, Default)]
struct PlayerChain {
    head: ChainHead,
    /// The tick of the last accepted one; 0: none yet.
    tick: u32,
}

/// The last accepted change of a warrior.
#[derive(Clone, Copy, Debug, Default)]
struct LastChange {
    /// 0: none yet.
    tick: u32,
    /// Changes in the segment of `tick`, this one included.
    in_segment: u16,
}

/// Inputs on their way into a match.
#[derive(Debug)]
pub(super) struct Intake {
    slot_ticks: u32,
    segment_ticks: u32,
    length_ticks: u32,
    changes_max: u16,
    window: InputWindow,
    /// Player slot of every warrior that has entered.
    owners: Vec<u8>,
    /// By player slot; `None` for those without a warrior.
    chains: Vec<Option<PlayerChain>>,
    last: [LastChange; MAX_WARRIORS],
    /// Sorted by (tick, warrior).
    pending: VecDeque<Pending>,
}

impl Intake {
    pub(super) fn new(rules: &Rules, window: InputWindow, owners: &[u8]) -> Self {
        let mut chains = vec![None; MAX_PLAYERS];
        for &owner in owners {
            if let Some(chain) = chains.get_mut(usize::from(owner)) {
                *chain = Some(PlayerChain::default());
            }
        }
        Self {
            slot_ticks: u32::from(rules.slot_ticks.max(1)),
            segment_ticks: u32::from(rules.segment_ticks.max(1)),
            length_ticks: rules.length_ticks.into(),
            changes_max: rules.changes_per_warrior_max,
            window,
            owners: owners.to_vec(),
            chains,
            last: [LastChange::default(); MAX_WARRIORS],
            pending: VecDeque::with_capacity(MAX_WARRIORS),
        }
    }

    /// Player slot of every warrior that has entered, in roster order.
    pub(super) fn owners(&self) -> &[u8] {
        &self.owners
    }

    pub(super) fn chain(&self, slot: PlayerSlot) -> Option<ChainHead> {
        self.player(slot).map(|player| player.head)
    }

    fn player(&self, slot: PlayerSlot) -> Option<PlayerChain> {
        self.chains.get(usize::from(slot.0)).copied().flatten()
    }

    /// Admitted late entries own warriors from now on.
    pub(super) fn enter(&mut self, entries: &[LateEntry]) {
        for entry in entries {
            self.owners
                .extend(std::iter::repeat_n(entry.slot.0, entry.warriors.into()));
            if let Some(chain) = self.chains.get_mut(usize::from(entry.slot.0)) {
                // A restored match knows the player's inputs before it lets the player in again.
                chain.get_or_insert_default();
            }
        }
    }

    /// Puts an input back that was accepted before, whether or not its player is in the arena yet.
    ///
    /// # Errors
    /// The reason for which no crank has accepted it at this tick. Nothing of it is put back.
    pub(super) fn preload(&mut self, input: &VerifiedInput, tick: Tick) -> Result<(), RejectReason> {
        let message = &input.signed.input;
        let player = self.player(message.slot).unwrap_or_default();
        check_link(&player.head, message)?;
        let last = self.last.get(usize::from(message.warrior.0));
        let last = last.ok_or(RejectReason::NotYourWarrior)?;
        if tick.0 == 0 || tick.0 > self.length_ticks || !(tick.0 - 1).is_multiple_of(self.slot_ticks) {
            return Err(RejectReason::TickInFuture);
        }
        if tick.0 < player.tick || (last.tick > 0 && tick.0 <= last.tick) {
            return Err(RejectReason::TickTooOld);
        }
        if let Some(chain) = self.chains.get_mut(usize::from(message.slot.0)) {
            chain.get_or_insert_default();
        }
        self.accept(input, tick);
        Ok(())
    }

    pub(super) fn judge(&self, state: &State<'_>, input: &VerifiedInput) -> Result<Tick, RejectReason> {
        let message = &input.signed.input;
        let player = self.player(message.slot).ok_or(RejectReason::UnknownPlayer)?;
        check_link(&player.head, message)?;
        if self.owners.get(usize::from(message.warrior.0)) != Some(&message.slot.0) {
            return Err(RejectReason::NotYourWarrior);
        }
        let made = state.tick();
        if state.ended() {
            return Err(RejectReason::Ended);
        }
        if message.tick.0 > made.saturating_add(self.window.future_ticks) {
            return Err(RejectReason::TickInFuture);
        }
        if !state
            .warrior(message.warrior.0.into())
            .is_some_and(|warrior| warrior.alive())
        {
            return Err(RejectReason::WarriorAbsent);
        }
        let tick = self.place(made.max(player.tick.saturating_sub(1)), message.warrior.0)?;
        if message.tick.0.saturating_add(self.window.past_ticks) < tick.0 {
            return Err(RejectReason::TickTooOld);
        }
        Ok(tick)
    }

    /// The tick the warrior's next change would get, if it must come after `made` others.
    fn place(&self, made: u32, warrior: u8) -> Result<Tick, RejectReason> {
        let last = self.last.get(usize::from(warrior)).copied().unwrap_or_default();
        let next_slot = made.next_multiple_of(self.slot_ticks) + 1;
        let tick = match last.tick {
            0 => next_slot,
            tick => next_slot.max(tick + self.slot_ticks),
        };
        if tick > self.length_ticks {
            return Err(RejectReason::Ended);
        }
        if last.tick > 0
            && self.segment_of(tick) == self.segment_of(last.tick)
            && last.in_segment >= self.changes_max
        {
            return Err(RejectReason::TooManyChanges);
        }
        Ok(Tick(tick))
    }

    /// Puts the change at `tick` and moves the player's chain.
    pub(super) fn accept(&mut self, input: &VerifiedInput, tick: Tick) {
        let message = &input.signed.input;
        if let Some(Some(chain)) = self.chains.get_mut(usize::from(message.slot.0)) {
            chain.head = ChainHead {
                expected_sequence: message.sequence.saturating_add(1),
                head: input.hash,
            };
            chain.tick = tick.0;
        }
        let segment = self.segment_of(tick.0);
        if let Some(last) = self.last.get(usize::from(message.warrior.0)).copied() {
            let same = last.tick > 0 && self.segment_of(last.tick) == segment;
            let in_segment = if same {
                last.in_segment.saturating_add(1)
            } else {
                1
            };
            self.last[usize::from(message.warrior.0)] = LastChange {
                tick: tick.0,
                in_segment,
            };
        }
        let pending = Pending {
            tick: tick.0,
            warrior: message.warrior.0,
            heading: message.heading,
        };
        let at = self.pending.partition_point(|other| other < &pending);
        self.pending.insert(at, pending);
    }

    /// Moves the changes of `tick` to `out`, sorted by warrior; returns how many there are.
    pub(super) fn take_due(&mut self, tick: u32, out: &mut [Change; MAX_WARRIORS]) -> usize {
        let mut count = 0;
        while let Some(pending) = self
            .pending
            .front()
            .copied()
            .filter(|pending| pending.tick <= tick)
        {
            self.pending.pop_front();
            if let Some(change) = out.get_mut(count) {
                *change = Change {
                    warrior: pending.warrior,
                    heading: pending.heading,
                };
                count += 1;
            }
        }
        count
    }

    /// Segments and slots go by the number of ticks made before.
    fn segment_of(&self, tick: u32) -> u32 {
        tick.saturating_sub(1) / self.segment_ticks
    }
}

/// Whether an input is the next one of its player's chain.
fn check_link(chain: &ChainHead, message: &Input) -> Result<(), RejectReason> {
    if message.sequence != chain.expected_sequence {
        return Err(RejectReason::WrongSequence);
    }
    if message.previous != chain.head {
        return Err(RejectReason::WrongPrevious);
    }
    Ok(())
}
