//! A client of the game: what plays and what watches, as anybody's own client would.
//!
//! | room | what it owns |
//! |---|---|
//! | [`connection`] | one WebSocket to a relay, past its `Hello` |
//! | [`relays`] | the relays that serve the same matches, one of them in use |
//! | [`following`] | one match, or the list of matches, through lost connections |
//! | [`sight`] | the arena as a player sees it |
//! | [`chain`] | a wallet's way to the chain: balances, money, confirmed transactions |
//! | [`keyfile`] | key pairs in files |
//! | [`bots`] | who decides, signs, plays and agrees with the result |
//!
//! **Invariant.** Nothing here knows more than the wire and the chain tell everybody.
//! **Deliberately absent:** the terminal, settings, and the services on the other side.

pub mod bots;
pub mod chain;
pub mod connection;
pub mod following;
pub mod keyfile;
pub mod relays;
pub mod sight;
