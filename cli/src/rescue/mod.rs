//! A player's way to their money without an operator: what each match of a wallet owes, and every step to it.

pub mod perform;
pub mod plan;
