//! What several of these tests need: a running command, and a chain to run it on.

pub(crate) mod installation;
pub(crate) mod process;
pub(crate) mod town;
