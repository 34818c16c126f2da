//! An account before it is believed: owner, discriminator, length and version.

use anchor_lang::prelude::Pubkey;
use anchor_lang::Discriminator;
use solana_account::Account;

/// An account that is not what it was asked for as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {address}: {reason}")]
pub struct ViewError {
    /// What it should be.
    pub what: &'static str,
    /// Where it was read.
    pub address: Pubkey,
    /// What is wrong.
    pub reason: ViewFault,
}

/// What is wrong with an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewFault {
    /// There is none.
    #[error("no such account; is this the right cluster?")]
    Missing,
    /// Another program's.
    #[error("owned by {found}, expected {expected}; is this the right program id?")]
    Owner {
        /// Its owner.
        found: Pubkey,
        /// Whose it should be.
        expected: Pubkey,
    },
    /// Another type of account.
    #[error("its discriminator {found:02x?} is not that of this account type")]
    Discriminator {
        /// Its first bytes.
        found: Vec<u8>,
    },
    /// Too short or too long.
    #[error("it has {found} bytes, expected {expected}")]
    Length {
        /// Its length.
        found: usize,
        /// The right length.
        expected: usize,
    },
    /// A layout this client does not know.
    #[error("its layout version is {found}, this client knows {expected}; update the client")]
    Version {
        /// Its version byte.
        found: u8,
        /// Ours.
        expected: u8,
    },
    /// A field out of its range.
    #[error("{0}")]
    Field(String),
}

/// The bytes of an account after owner and discriminator were checked, and who it is for error texts.
pub(super) struct Checked<'a> {
    pub(super) what: &'static str,
    pub(super) address: Pubkey,
    pub(super) data: &'a [u8],
}

impl<'a> Checked<'a> {
    pub(super) fn open<T: Discriminator>(
        what: &'static str,
        address: Pubkey,
        account: &'a Account,
    ) -> Result<Self, ViewError> {
        let checked = Self {
            what,
            address,
            data: &account.data,
        };
        if account.owner != aurelius::ID {
            return Err(checked.fault(ViewFault::Owner {
                found: account.owner,
                expected: aurelius::ID,
            }));
        }
        if !account.data.starts_with(T::DISCRIMINATOR) {
            let found = account
                .data
                .iter()
                .take(T::DISCRIMINATOR.len())
                .copied()
                .collect();
            return Err(checked.fault(ViewFault::Discriminator { found }));
        }
        Ok(checked)
    }

    pub(super) fn fault(&self, reason: ViewFault) -> ViewError {
        ViewError {
            what: self.what,
            address: self.address,
            reason,
        }
    }

    pub(super) fn field(&self, reason: impl Into<String>) -> ViewError {
        self.fault(ViewFault::Field(reason.into()))
    }

    /// Checks the version byte, which follows the discriminator in every account.
    pub(super) fn version(&self) -> Result<(), ViewError> {
        let expected = aurelius::state::ACCOUNT_VERSION;
        match self.data.get(aurelius::state::DISCRIMINATOR_LEN).copied() {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(self.fault(ViewFault::Version { found, expected })),
            None => Err(self.length(aurelius::state::DISCRIMINATOR_LEN + 1)),
        }
    }

    pub(super) fn length(&self, expected: usize) -> ViewError {
        self.fault(ViewFault::Length {
            found: self.data.len(),
            expected,
        })
    }

    pub(super) fn exact_length(&self, expected: usize) -> Result<(), ViewError> {
        if self.data.len() == expected {
            Ok(())
        } else {
            Err(self.length(expected))
        }
    }

    /// The fixed part after the discriminator, copied so that alignment does not matter.
    pub(super) fn header<T: bytemuck::AnyBitPattern>(&self) -> Result<T, ViewError> {
        let start = aurelius::state::DISCRIMINATOR_LEN;
        let end = start + std::mem::size_of::<T>();
        let bytes = self.data.get(start..end).ok_or_else(|| self.length(end))?;
        Ok(bytemuck::pod_read_unaligned(bytes))
    }
}
