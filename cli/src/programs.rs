//! The compiled programs that a local chain is started with, built into this command.

use std::path::Path;
use std::sync::Arc;

use client::Pubkey;
use localnet::{ElfSource, ProgramSpec};

use crate::chain::mock_oracle;

/// The escrow program, as committed.
const AURELIUS: &[u8] = include_bytes!("../../programs/aurelius/artifact/aurelius.so");
/// The stand-in for Switchboard, as committed.
const MOCK_SWITCHBOARD: &[u8] =
    include_bytes!("../../programs/mock-switchboard/artifact/mock_switchboard.so");

/// The programs of a local chain; `upgrade_authority` may initialise the escrow's config. `aurelius` replaces
/// the built-in ELF of the escrow.
pub fn local_programs(upgrade_authority: Pubkey, aurelius: Option<&Path>) -> Vec<ProgramSpec> {
    let built_in = |bytes: &[u8]| ElfSource::Bytes(Arc::from(bytes));
    vec![
        ProgramSpec {
            id: client::PROGRAM_ID,
            elf: aurelius.map_or_else(|| built_in(AURELIUS), |path| ElfSource::Path(path.to_owned())),
            upgrade_authority: Some(upgrade_authority),
        },
        ProgramSpec {
            id: mock_oracle::PROGRAM,
            elf: built_in(MOCK_SWITCHBOARD),
            upgrade_authority: None,
        },
    ]
}
