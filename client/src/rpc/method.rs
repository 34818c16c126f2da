//! The JSON-RPC methods that are used, and what an endpoint must be good at to answer them.

use std::fmt;

/// A method of the chain's JSON-RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    AccountInfo,
    Balance,
    EpochInfo,
    GenesisHash,
    LatestBlockhash,
    LocalHalt,
    LocalResume,
    LocalRollBack,
    LocalSkipSlots,
    LocalSlotTime,
    MinimumBalance,
    MultipleAccounts,
    ProgramAccounts,
    RecentPerformanceSamples,
    RecentPrioritizationFees,
    RequestAirdrop,
    SendTransaction,
    SignatureStatuses,
    SignaturesForAddress,
    SimulateTransaction,
    Slot,
    Transaction,
}

/// Methods that an endpoint answers well or badly together. Its health is counted for each of them apart: a node whose
/// account index hangs still tells its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The tip, blockhashes, fees: answered from memory.
    Tip,
    /// Single accounts.
    Accounts,
    /// All accounts of a program.
    Scan,
    /// Transactions of the past.
    Ledger,
    /// Simulating and forwarding.
    Sending,
}

impl Class {
    /// How many there are.
    pub(crate) const COUNT: usize = 5;
    /// All of them.
    pub(crate) const ALL: [Self; Self::COUNT] =
        [Self::Tip, Self::Accounts, Self::Scan, Self::Ledger, Self::Sending];

    /// Its place in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// For metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Accounts => "accounts",
            Self::Scan => "scan",
            Self::Ledger => "ledger",
            Self::Sending => "sending",
        }
    }
}

impl Method {
    /// As the wire spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AccountInfo => "getAccountInfo",
            Self::Balance => "getBalance",
            Self::EpochInfo => "getEpochInfo",
            Self::GenesisHash => "getGenesisHash",
            Self::LatestBlockhash => "getLatestBlockhash",
            Self::LocalHalt => "localnet_halt",
            Self::LocalResume => "localnet_resume",
            Self::LocalRollBack => "localnet_rollBack",
            Self::LocalSkipSlots => "localnet_skipSlots",
            Self::LocalSlotTime => "localnet_setSlotTime",
            Self::MinimumBalance => "getMinimumBalanceForRentExemption",
            Self::MultipleAccounts => "getMultipleAccounts",
            Self::ProgramAccounts => "getProgramAccounts",
            Self::RecentPerformanceSamples => "getRecentPerformanceSamples",
            Self::RecentPrioritizationFees => "getRecentPrioritizationFees",
            Self::RequestAirdrop => "requestAirdrop",
            Self::SendTransaction => "sendTransaction",
            Self::SignatureStatuses => "getSignatureStatuses",
            Self::SignaturesForAddress => "getSignaturesForAddress",
            Self::SimulateTransaction => "simulateTransaction",
            Self::Slot => "getSlot",
            Self::Transaction => "getTransaction",
        }
    }

    pub(crate) const fn class(self) -> Class {
        match self {
            Self::AccountInfo | Self::Balance | Self::MultipleAccounts => Class::Accounts,
            Self::ProgramAccounts => Class::Scan,
            Self::SignatureStatuses | Self::SignaturesForAddress | Self::Transaction => Class::Ledger,
            Self::LocalHalt
            | Self::LocalResume
            | Self::LocalRollBack
            | Self::LocalSkipSlots
            | Self::LocalSlotTime
            | Self::RequestAirdrop
            | Self::SendTransaction
            | Self::SimulateTransaction => Class::Sending,
            Self::EpochInfo
            | Self::GenesisHash
            | Self::LatestBlockhash
            | Self::MinimumBalance
            | Self::RecentPerformanceSamples
            | Self::RecentPrioritizationFees
            | Self::Slot => Class::Tip,
        }
    }

    /// Whether a second request has no effect that the first has not had. The same signed transaction lands once.
    pub(crate) const fn is_repeatable(self) -> bool {
        !matches!(
            self,
            Self::RequestAirdrop | Self::LocalRollBack | Self::LocalSkipSlots
        )
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
