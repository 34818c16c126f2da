//! What a relay shows, followed through lost connections: one match, or the list of matches.

mod directory;
mod follow;

pub use directory::{pick_latest, Directory};
pub use follow::{fetch_detail, Follower, Role, Update};
