//! Checked views over state bytes.

use core::ops::Deref;

use super::check::check;
use super::{state_len, Header, PowerUp, Warrior, HEADER_LEN, WARRIOR_LEN};
use crate::error::ArenaError;
use crate::rules::Rules;

/// A state that may only be read. Its existence means that the bytes were checked.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    bytes: &'a [u8],
    header: &'a Header,
    warriors: &'a [Warrior],
    power_ups: &'a [PowerUp],
}

/// A state that a step may change. Its existence means that the bytes were checked.
#[derive(Debug)]
pub struct StateMut<'a> {
    pub(crate) header: &'a mut Header,
    /// All slots, the absent ones too.
    pub(crate) warriors: &'a mut [Warrior],
    pub(crate) power_ups: &'a mut [PowerUp],
}

fn wrong_length(got: usize, expected: usize) -> ArenaError {
    ArenaError::Length {
        what: "state",
        got,
        expected,
    }
}

/// The capacity byte decides how long the rest must be.
fn expected_len(bytes: &[u8]) -> Result<usize, ArenaError> {
    let capacity = bytes.get(4).map_or(0, |&capacity| usize::from(capacity));
    let expected = state_len(capacity);
    if bytes.len() == expected {
        Ok(expected)
    } else {
        Err(wrong_length(bytes.len(), expected))
    }
}

impl<'a> State<'a> {
    /// Checks length, ranges, counts, cells and zero bytes: whatever passes can be stepped without a panic.
    ///
    /// # Errors
    /// [`ArenaError::Length`] or [`ArenaError::State`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, ArenaError> {
        let state = Self::cast(bytes)?;
        check(state.header(), state.slots(), state.power_ups())?;
        Ok(state)
    }

    /// A view of bytes that are known to hold a valid state; checks the length alone.
    pub(super) fn cast(bytes: &'a [u8]) -> Result<Self, ArenaError> {
        let expected = expected_len(bytes)?;
        let wrong = |_| wrong_length(bytes.len(), expected);
        let (head, rest) = bytes.split_at(HEADER_LEN);
        let header: &Header = bytemuck::try_from_bytes(head).map_err(wrong)?;
        let (warriors, power_ups) = rest.split_at(WARRIOR_LEN * header.capacity().min(crate::MAX_WARRIORS));
        Ok(Self {
            bytes,
            header,
            warriors: bytemuck::try_cast_slice(warriors).map_err(wrong)?,
            power_ups: bytemuck::try_cast_slice(power_ups).map_err(wrong)?,
        })
    }

    /// The bytes, as hashed.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The header; its accessors can also be called on the state itself.
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// The warriors that have entered, dead or alive, in roster order.
    pub fn warriors(&self) -> &'a [Warrior] {
        self.warriors
            .get(..self.header.present())
            .unwrap_or(self.warriors)
    }

    /// The warrior with this index; `None` for one that has not entered.
    pub fn warrior(&self, index: usize) -> Option<&'a Warrior> {
        self.warriors().get(index)
    }

    /// All slots, those nobody has entered too.
    pub fn slots(&self) -> &'a [Warrior] {
        self.warriors
    }

    /// All power-up slots; skip the empty ones.
    pub fn power_ups(&self) -> &'a [PowerUp] {
        self.power_ups
    }

    /// Whether this state can belong to a match under `rules`: mode, arena, zone, ticks, hit points, capacity.
    ///
    /// # Errors
    /// [`ArenaError::State`] with the first field that cannot.
    pub fn check_rules(&self, rules: &Rules) -> Result<(), ArenaError> {
        super::check::check_header_rules(self.header, rules)?;
        super::check::check_hp_rules(self.warriors(), rules)
    }
}

impl<'a> StateMut<'a> {
    /// As [`State::from_bytes`].
    ///
    /// # Errors
    /// [`ArenaError::Length`] or [`ArenaError::State`].
    pub fn from_bytes(bytes: &'a mut [u8]) -> Result<Self, ArenaError> {
        let state = State::cast(bytes)?;
        check(state.header(), state.slots(), state.power_ups())?;
        Self::cast(bytes)
    }

    /// A view of bytes that are known to hold a valid state; checks the length alone.
    pub(crate) fn cast(bytes: &'a mut [u8]) -> Result<Self, ArenaError> {
        let expected = expected_len(bytes)?;
        let wrong = |_| wrong_length(expected, expected);
        let (head, rest) = bytes.split_at_mut(HEADER_LEN);
        let header: &mut Header = bytemuck::try_from_bytes_mut(head).map_err(wrong)?;
        let (warriors, power_ups) =
            rest.split_at_mut(WARRIOR_LEN * header.capacity().min(crate::MAX_WARRIORS));
        Ok(Self {
            header,
            warriors: bytemuck::try_cast_slice_mut(warriors).map_err(wrong)?,
            power_ups: bytemuck::try_cast_slice_mut(power_ups).map_err(wrong)?,
        })
    }

    /// The header; its accessors can also be called on the state itself.
    pub fn header(&self) -> &Header {
        self.header
    }

    /// The warriors that have entered, dead or alive, in roster order.
    pub fn warriors(&self) -> &[Warrior] {
        self.warriors
            .get(..self.header.present())
            .unwrap_or(self.warriors)
    }

    /// The warrior with this index; `None` for one that has not entered.
    pub fn warrior(&self, index: usize) -> Option<&Warrior> {
        self.warriors().get(index)
    }

    /// All power-up slots; skip the empty ones.
    pub fn power_ups(&self) -> &[PowerUp] {
        self.power_ups
    }

    /// As [`State::check_rules`].
    ///
    /// # Errors
    /// [`ArenaError::State`] with the first field that cannot.
    pub fn check_rules(&self, rules: &Rules) -> Result<(), ArenaError> {
        super::check::check_header_rules(self.header, rules)?;
        super::check::check_hp_rules(self.warriors(), rules)
    }
}

impl Deref for State<'_> {
    type Target = Header;
    fn deref(&self) -> &Header {
        self.header
    }
}

impl Deref for StateMut<'_> {
    type Target = Header;
    fn deref(&self) -> &Header {
        self.header
    }
}
