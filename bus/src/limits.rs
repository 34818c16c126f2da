//! How much the bus may hold.

/// How much the bus may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusLimits {
    /// Matches open at once, settled ones included until they are removed.
    pub matches_max: usize,
    /// Inputs waiting for one tick worker.
    pub inputs_per_match: usize,
    /// Frames kept and in flight per match. At a keyframe a second two seconds are 120.
    pub frames_per_match: usize,
    /// Events in flight per match.
    pub events_per_match: usize,
}

impl Default for BusLimits {
    fn default() -> Self {
        // 1,024 inputs: 100 warriors at 10 changes a second for one second. 256 events: more than the payouts
        // and the last checkpoints of a Siege together.
        Self {
            matches_max: 4096,
            inputs_per_match: 1024,
            frames_per_match: 256,
            events_per_match: 256,
        }
    }
}
