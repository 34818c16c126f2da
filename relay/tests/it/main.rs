//! The relay from outside: sockets and HTTP, over matches made up by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cosign;
mod drain;
mod fleet;
mod frames;
mod hostile;
mod http;
mod list;
mod moving;
mod pages;
mod play;
mod reports;
mod sign_in;
mod slow;
mod support;
