//! Where a match's checkpoints lead.

use arena::{State, StateBuf};

/// The match's last state, if its checkpoints lead to one.
pub(super) struct End {
    pub(super) state: StateBuf,
    pub(super) leaf: [u8; 32],
}

impl End {
    pub(super) fn view(&self) -> State<'_> {
        self.state.view()
    }
}
