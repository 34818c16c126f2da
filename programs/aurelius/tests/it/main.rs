//! What the program's bytes look like to others: layouts of its accounts, and of the oracle's.

mod layout;
mod switchboard_parity;
