//! The crank as a whole: one task that owns every match, tick threads, and jobs.
//!
//! [`Crank::start`] checks the configuration against the chain, takes up what an earlier process left, and
//! runs until it is told to stop. Absent: making config, mints or operators; that is the operator's, by the
//! command line.
//!
//! | room | what it owns |
//! |---|---|
//! | [`crank`], [`preflight`], [`handle`] | starting, what must be true before, what the starter holds |
//! | [`reclaim`] | matches that the chain has and the store does not |
//! | [`outlook`] | what will not work, said at the start |
//! | [`driver`] | the loop |
//! | [`flow`] | what is known of one match |
//! | [`station`], [`tools`], [`job`] | what every concern, and every job, may use |
//! | [`arena`] | a match onto a tick thread and off it, its last state offered to its players |
//! | [`beacon`] | the hashes of slots that the rolls hang on |
//! | [`books`] | history, outcome and replay |
//! | [`roster`] | who plays |
//! | [`sends`] | what is sent for a match |
//! | [`making`] | new matches |
//! | [`sharing`] | this crank among others |
//! | [`display`] | the match on the bus |
//! | [`condition`] | whether disk and descriptors are there for what would be begun |
//! | [`deadline`] | how far each live match is from forfeiting its bond |
//! | [`monitor`] | metrics, and what `/health` is told |

mod arena;
mod beacon;
mod books;
mod condition;
mod crank;
mod deadline;
mod display;
mod driver;
mod flow;
mod handle;
mod job;
mod making;
mod monitor;
mod outlook;
mod preflight;
mod reclaim;
mod roster;
mod sends;
mod sharing;
mod station;
mod tools;

pub use crank::{Crank, CrankParts};
pub use handle::{CrankFailure, CrankHandle, CrankStatus, Shutdown};
pub use preflight::StartError;
