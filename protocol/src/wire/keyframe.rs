//! A whole snapshot in bits.

use serde::{Deserialize, Serialize};

use super::bits::{BitReader, BitWriter};
use super::event::{put_events, take_events};
use super::view::{
    below, power_up_slots, put_power_up, put_special, put_warrior, take_power_up, take_special, take_warrior,
};
use arena::Mode;

use super::error::WireError;
use super::event::TickEvent;
use super::head::{expect_kind, KEYFRAME_BYTE};
use super::view::{Ending, Snapshot};
use crate::key::Tick;

/// A frame that stands alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyframe {
    /// Everything that is drawn.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// What happened on its tick.
    pub events: Vec<TickEvent>,
}

impl Keyframe {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + 7 * self.snapshot.warriors.len());
        encode(&self.snapshot, &self.events, &mut out);
        out
    }

    /// From the frame's bytes.
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = BitReader::new(expect_kind(bytes, KEYFRAME_BYTE)?);
        let tick = Tick(reader.take(16)?);
        let mode = if reader.take_bit()? {
            Mode::Siege
        } else {
            Mode::Blitz
        };
        let ending = Ending::take(&mut reader)?;
        let side = reader.take(6)? as u8;
        let zone = reader.take(6)? as u8;
        let special = take_special(&mut reader)?;
        let capacity = below(
            reader.take(7)?,
            arena::MAX_WARRIORS as u32 + 1,
            "the capacity",
            "at most 100",
        )?;
        let present = below(
            reader.take(7)?,
            u32::from(capacity) + 1,
            "the number of warriors",
            "at most the capacity",
        )?;
        let warriors = (0..present)
            .map(|_| take_warrior(&mut reader))
            .collect::<Result<_, _>>()?;
        let power_ups = (0..power_up_slots(capacity))
            .map(|_| take_power_up(&mut reader))
            .collect::<Result<_, _>>()?;
        let events = take_events(&mut reader)?;
        reader.finish()?;
        let snapshot = Snapshot {
            tick,
            mode,
            ending,
            side,
            zone,
            special,
            capacity,
            warriors,
            power_ups,
        };
        Ok(Self { snapshot, events })
    }
}

/// Appends a keyframe to `out`.
pub(super) fn encode(snapshot: &Snapshot, events: &[TickEvent], out: &mut Vec<u8>) {
    out.push(KEYFRAME_BYTE);
    let mut writer = BitWriter::new(out);
    writer.put(snapshot.tick.0, 16);
    writer.put(snapshot.mode as u32, 1);
    writer.put(snapshot.ending as u32, 2);
    writer.put(u32::from(snapshot.side), 6);
    writer.put(u32::from(snapshot.zone), 6);
    put_special(&mut writer, snapshot.special);
    writer.put(u32::from(snapshot.capacity), 7);
    writer.put(snapshot.warriors.len() as u32, 7);
    snapshot
        .warriors
        .iter()
        .for_each(|warrior| put_warrior(&mut writer, warrior));
    for slot in 0..power_up_slots(snapshot.capacity) {
        put_power_up(&mut writer, snapshot.power_ups.get(slot).copied().flatten());
    }
    put_events(&mut writer, events);
    writer.finish();
}
