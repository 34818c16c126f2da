//! What one instance holds, and what can be done with it. No `unsafe` here.

use core::fmt::Write;

use arena::{
    ArenaError, Change, Digest, Event, EventSink, Rules, Scratch, SegmentInputs, Sha256, State, StateMut,
    MAX_INPUTS_LEN, MAX_PLAYERS, MAX_STATE_LEN, MAX_WARRIORS, RULES_LEN,
};
use bytemuck::Zeroable;

const BYTES_LEN: usize = 6144;
const MESSAGE_LEN: usize = 160;
/// As many as a frame carries.
const EVENTS_MAX: usize = 512;
const _: () = assert!(MAX_INPUTS_LEN <= BYTES_LEN);

/// SHA-256 without the standard library.
struct SoftSha256;

impl Sha256 for SoftSha256 {
    fn sha256(parts: &[&[u8]]) -> Digest {
        use sha2::Digest as _;
        let mut hasher = sha2::Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// Bytes that numbers of the state can be read from in place.
#[derive(Clone, Copy, Zeroable)]
#[repr(C, align(8))]
struct Aligned<const N: usize>([u8; N]);

/// All buffers of a match and the work space of a step.
///
/// `Zeroable` holds this to plain data for which all zeroes are valid: no rules, no state, no message.
#[derive(Clone, Copy, Zeroable)]
#[repr(C)]
pub(crate) struct Room {
    scratch: Scratch,
    state: Aligned<MAX_STATE_LEN>,
    paid: [u64; MAX_PLAYERS],
    payouts: [u64; MAX_PLAYERS],
    totals: [u64; 4],
    rules: Aligned<RULES_LEN>,
    owners: [u8; MAX_WARRIORS],
    seed: [u8; 32],
    key: [u8; 32],
    bytes: [u8; BYTES_LEN],
    digest: [u8; 32],
    places: [u8; MAX_PLAYERS],
    message: [u8; MESSAGE_LEN],
    events: Events,
    state_len: usize,
}

/// What happened on one tick, in order.
#[derive(Clone, Copy, Zeroable)]
#[repr(C)]
struct Events {
    bytes: [[u8; 4]; EVENTS_MAX],
    count: usize,
}

impl EventSink for Events {
    fn event(&mut self, event: Event) {
        let bytes = match event {
            Event::Hit {
                attacker,
                target,
                damage_centi,
            } => [0, attacker, target, damage_centi.div_ceil(100).min(255) as u8],
            Event::Kill {
                attacker,
                victim,
                streak,
            } => [1, attacker, victim, streak],
            Event::Died { warrior, cause } => [2, warrior, cause as u8, 0],
            Event::Pickup { warrior, kind } => [3, warrior, kind as u8, 0],
            Event::Ended { reason } => [4, reason as u8, 0, 0],
            // States show these by themselves.
            Event::Admitted { .. }
            | Event::SpawnPowerUp { .. }
            | Event::ExpirePowerUp { .. }
            | Event::SpecialEvent { .. }
            | Event::Shrink { .. }
            | Event::Pushed { .. } => return,
        };
        if let Some(room) = self.bytes.get_mut(self.count) {
            *room = bytes;
            self.count += 1;
        }
    }
}

/// Why a call is refused.
enum Refusal {
    Rules(ArenaError),
    /// An argument is longer than its buffer.
    TooLong,
    /// There is no state yet.
    Stateless,
}

impl From<ArenaError> for Refusal {
    fn from(error: ArenaError) -> Self {
        Self::Rules(error)
    }
}

type Answer = Result<i32, Refusal>;

impl Room {
    pub(crate) fn buffer(&mut self, which: u32) -> Option<&mut [u8]> {
        Some(match which {
            0 => &mut self.rules.0,
            1 => &mut self.owners,
            2 => &mut self.seed,
            3 => &mut self.key,
            4 => &mut self.state.0,
            5 => &mut self.bytes,
            6 => &mut self.digest,
            7 => bytemuck::cast_slice_mut(&mut self.paid),
            8 => bytemuck::cast_slice_mut(&mut self.payouts),
            9 => bytemuck::cast_slice_mut(&mut self.totals),
            10 => &mut self.places,
            11 => &mut self.message,
            12 => self.events.bytes.as_flattened_mut(),
            _ => return None,
        })
    }

    pub(crate) fn start(&mut self, owners: usize, capacity: usize) -> i32 {
        let answer = self.try_start(owners, capacity);
        self.answer(answer)
    }

    pub(crate) fn load(&mut self, len: usize) -> i32 {
        let answer = self.try_load(len);
        self.answer(answer)
    }

    pub(crate) fn segment(&mut self, owners: usize, len: usize) -> i32 {
        let answer = self.try_segment(owners, len);
        self.answer(answer)
    }

    pub(crate) fn tick(&mut self, owners: usize, len: usize) -> i32 {
        let answer = self.try_tick(owners, len);
        self.answer(answer)
    }

    pub(crate) fn events(&self) -> i32 {
        self.events.count as i32
    }

    pub(crate) fn share_out(&mut self, players: usize) -> i32 {
        let answer = self.try_share_out(players);
        self.answer(answer)
    }

    pub(crate) fn places(&mut self) -> i32 {
        let answer = self.try_places();
        self.answer(answer)
    }

    pub(crate) fn hash(&mut self, len: usize) -> i32 {
        let answer = self.try_hash(len);
        self.answer(answer)
    }

    fn try_start(&mut self, owners: usize, capacity: usize) -> Answer {
        let rules = Rules::from_bytes(&self.rules.0)?;
        let owners = part(&self.owners, owners)?;
        if capacity > MAX_WARRIORS {
            return Err(Refusal::TooLong);
        }
        let made = arena::genesis::<SoftSha256>(&rules, owners, capacity, &self.seed)?;
        let bytes = made.as_bytes();
        self.state.0[..bytes.len()].copy_from_slice(bytes);
        self.state_len = bytes.len();
        self.digest = arena::leaf::<SoftSha256>(bytes);
        Ok(bytes.len() as i32)
    }

    fn try_load(&mut self, len: usize) -> Answer {
        let bytes = part(&self.state.0, len)?;
        let tick = State::from_bytes(bytes)?.header().tick();
        self.digest = arena::leaf::<SoftSha256>(bytes);
        self.state_len = len;
        Ok(tick as i32)
    }

    fn try_segment(&mut self, owners: usize, len: usize) -> Answer {
        let rules = Rules::from_bytes(&self.rules.0)?;
        let owners = part(&self.owners, owners)?;
        let packed = part(&self.bytes, len)?;
        let bytes = begun(&mut self.state.0, self.state_len)?;
        let mut state = StateMut::from_bytes(bytes)?;
        let inputs = SegmentInputs::parse(&rules, state.header().capacity(), packed)?;
        let (scratch, events) = (&mut self.scratch, &mut self.events);
        events.count = 0;
        // The same sink as for single ticks: another would be another copy of the rules in the module.
        arena::step_segment::<SoftSha256>(&rules, &mut state, scratch, &self.key, &inputs, owners, events)?;
        let tick = state.header().tick();
        self.digest = arena::leaf::<SoftSha256>(bytes);
        Ok(tick as i32)
    }

    fn try_tick(&mut self, owners: usize, len: usize) -> Answer {
        let rules = Rules::from_bytes(&self.rules.0)?;
        let owners = part(&self.owners, owners)?;
        let packed = part(&self.bytes, len)?;
        let mut state = StateMut::from_bytes(begun(&mut self.state.0, self.state_len)?)?;
        let inputs = SegmentInputs::parse(&rules, state.header().capacity(), packed)?;
        let of_segment = state.header().tick() % u32::from(rules.segment_ticks);
        let slot_ticks = u32::from(rules.slot_ticks);
        let mut changes = [Change::default(); MAX_WARRIORS];
        let mut count = 0;
        if of_segment.is_multiple_of(slot_ticks) {
            let slot = of_segment / slot_ticks;
            for found in inputs.changes().filter(|found| u32::from(found.slot) == slot) {
                if let Some(room) = changes.get_mut(count) {
                    *room = found.change;
                    count += 1;
                }
            }
        }
        let present = state.header().present();
        let admit = if of_segment == 0 {
            usize::from(inputs.admit())
        } else {
            0
        };
        let admitted = owners.get(present..present + admit).ok_or(Refusal::TooLong)?;
        self.scratch.rebuild_from(&state);
        self.events.count = 0;
        let (scratch, key) = (&mut self.scratch, &self.key);
        arena::step::<SoftSha256>(
            &rules,
            &mut state,
            scratch,
            key,
            admitted,
            &changes[..count],
            &mut self.events,
        )?;
        Ok(state.header().tick() as i32)
    }

    fn try_share_out(&mut self, players: usize) -> Answer {
        let rules = Rules::from_bytes(&self.rules.0)?;
        let state = State::from_bytes(part(&self.state.0, self.state_len)?)?;
        let paid = part(&self.paid, players)?;
        self.payouts = [0; MAX_PLAYERS];
        let settled = arena::share_out(&rules, &state, paid, &mut self.payouts[..players])?;
        self.totals = [settled.pot, settled.fee, settled.burn, settled.refunded];
        Ok(0)
    }

    fn try_places(&mut self) -> Answer {
        let state = State::from_bytes(part(&self.state.0, self.state_len)?)?;
        self.places = arena::places(&state);
        Ok(0)
    }

    fn try_hash(&mut self, len: usize) -> Answer {
        self.digest = SoftSha256::sha256(&[part(&self.bytes, len)?]);
        Ok(0)
    }

    /// The number of an answer; of a refusal minus the length of its message.
    fn answer(&mut self, answer: Answer) -> i32 {
        let refusal = match answer {
            Ok(number) => return number,
            Err(refusal) => refusal,
        };
        let mut text = Text {
            room: &mut self.message,
            len: 0,
        };
        // A message that is too long is cut.
        let _ = match refusal {
            Refusal::Rules(error) => write!(text, "{error}"),
            Refusal::TooLong => write!(text, "an argument is longer than its buffer"),
            Refusal::Stateless => write!(text, "there is no state: call start or load first"),
        };
        -(text.len.max(1) as i32)
    }
}

/// The first `len` elements.
fn part<T>(whole: &[T], len: usize) -> Result<&[T], Refusal> {
    whole.get(..len).ok_or(Refusal::TooLong)
}

/// The `len` bytes of the state that steps go on from.
fn begun(state: &mut [u8], len: usize) -> Result<&mut [u8], Refusal> {
    let bytes = state.get_mut(..len).filter(|bytes| !bytes.is_empty());
    bytes.ok_or(Refusal::Stateless)
}

/// A text in a buffer.
struct Text<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.room.get_mut(self.len..).unwrap_or_default();
        let count = room.len().min(text.len());
        room[..count].copy_from_slice(&text.as_bytes()[..count]);
        self.len += count;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
