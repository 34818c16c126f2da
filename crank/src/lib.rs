//! crank (module map follows when the parts are in place)

pub mod clock;
pub mod drip;
pub mod journal;
pub mod live;
pub mod secrets;
pub mod worker;
