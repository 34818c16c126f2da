//! What every command takes that an operator signs.

use clap::Args;

use crate::commands::escrow::{MintArgs, SignArgs};

/// Flags of commands that need to know the operator and nothing else.
#[derive(Debug, Args)]
pub(super) struct OperatorSign {
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}
