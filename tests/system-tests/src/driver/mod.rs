//! Whole matches over RPC, through the client alone: no crank, no relay.
//!
//! [`Scene`] is a local chain with the escrow set up on it; [`Contest`] computes a match as an honest operator would;
//! [`MatchDriver`] takes a match from `create_match` to `close_match`, one step at a time, so that a test can look, or
//! interfere, between any two of them.
//! **Deliberately absent:** dishonesty. A test that wants some changes what the driver is about to send.

mod contest;
mod match_driver;
pub mod oracle;
mod scene;

pub use contest::{Contest, Contestant, Posted};
pub use match_driver::{MatchDriver, MatchTerms};
pub use scene::{Scene, DECIMALS, PURSE, SOL};

use arena::Rules;

/// A Blitz of six seconds: three checkpoints.
pub fn quick_blitz() -> Rules {
    Rules {
        length_ticks: 360,
        shrink_start_ticks: 180,
        ..Rules::BLITZ
    }
}

/// A Siege of six seconds: six checkpoints, late entry for three.
pub fn quick_siege() -> Rules {
    Rules {
        length_ticks: 360,
        late_entry_ticks: 180,
        shrink_start_ticks: 180,
        ..Rules::SIEGE
    }
}
