//! Following a match over the relay's WebSocket, and telling it in words and pictures.

mod cast;
mod directory;
mod feed;
mod follow;
mod screen;

pub use cast::Cast;
pub use directory::{pick_latest, Directory};
pub use feed::{event_line, tick_line};
pub use follow::{fetch_detail, Follower, Role, Update};
pub use screen::{money_of, Screen};
