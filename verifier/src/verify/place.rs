//! Places in a match.

use arena::Rules;

use crate::verdict::Place;

/// The beginning of a checkpoint.
pub(super) fn checkpoint_place(rules: &Rules, checkpoint: u32) -> Place {
    Place::Checkpoint {
        checkpoint,
        segment: 0,
        tick: checkpoint.saturating_mul(rules.checkpoint_ticks()),
    }
}
