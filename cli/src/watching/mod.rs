//! A followed match, told in words and pictures.

mod cast;
mod feed;
mod layout;
mod screen;

pub use cast::Cast;
pub use feed::{event_line, tick_line};
pub use layout::Size;
pub use screen::{money_of, Screen, View};
