//! Every reason for which the program refuses something. One variant per reason; numbers are explicit
//! and never renumbered or reused. Hundreds: 60xx config, 61xx creation, 62xx status and deadlines,
//! 63xx entries, 64xx tokens, 65xx randomness, 66xx checkpoints and results, 67xx bonds, proofs and
//! co-signed results.

use anchor_lang::prelude::*;

/// The program's errors. The number is what a transaction reports as `Custom(n)`.
#[error_code(offset = 0)]
#[derive(PartialEq, Eq)]
pub enum AureliusError {
    // Config and governance.
    #[msg("the signer is not the upgrade authority of this program")]
    NotUpgradeAuthority = 6000,
    #[msg("the signer is not the authority of the config")]
    NotConfigAuthority = 6001,
    #[msg("no authority was proposed")]
    NoPendingAuthority = 6002,
    #[msg("the signer is not the proposed authority")]
    NotPendingAuthority = 6003,
    #[msg("the zero address cannot be an authority")]
    AuthorityInvalid = 6004,
    #[msg("the zero address cannot be the treasury")]
    TreasuryInvalid = 6005,
    #[msg("randomness program and queue must not be the zero address")]
    RandomnessSourceInvalid = 6006,
    #[msg("a window must be between its minimum (lock, entropy, result, challenge 150 slots, checkpoint 75) and 6480000 slots")]
    WindowOutOfRange = 6007,
    #[msg("the program is paused: no new matches and entries")]
    Paused = 6008,
    #[msg("the mint is on the list already")]
    MintAlreadyAllowed = 6009,
    #[msg("the mint is not on the config's list")]
    MintNotAllowed = 6010,
    #[msg("the list of mints is full")]
    MintListFull = 6011,
    #[msg("the rules hash is on the list already")]
    RulesAlreadyAllowed = 6012,
    #[msg("the rules hash is not on the config's list")]
    RulesNotAllowed = 6013,
    #[msg("the list of rules is full")]
    RulesListFull = 6014,
    #[msg("the mint carries a Token-2022 extension that endangers the escrow")]
    MintExtensionForbidden = 6015,
    #[msg("the mint is not initialised")]
    MintUninitialized = 6016,
    #[msg("the cluster must be the genesis hash of the chain, not zero")]
    ClusterInvalid = 6017,
    #[msg("the config's lists have gaps or duplicates")]
    ConfigListBroken = 6018,
    // Operators and creation.
    #[msg("the signer is not the operator of this match")]
    NotOperator = 6100,
    #[msg("the operator is not active")]
    OperatorInactive = 6101,
    #[msg("the operator is registered for another mint")]
    OperatorMintMismatch = 6102,
    #[msg("the match id is smaller than the operator's next id")]
    MatchIdUsed = 6103,
    #[msg("the rules table is malformed")]
    RulesInvalid = 6104,
    #[msg("the stake must be positive and all stakes together must fit 64 bits")]
    StakeInvalid = 6105,
    #[msg("players_max must be between 2 and the rules' warriors_max")]
    PlayersMaxInvalid = 6106,
    #[msg("warriors_max must be between the rules' minimum and maximum")]
    WarriorsMaxInvalid = 6107,
    #[msg("the scheduled slot must be in the future and within the longest window")]
    ScheduledSlotInvalid = 6108,
    #[msg("the drip root must not be zero")]
    DripRootInvalid = 6109,
    #[msg("the operator account does not belong to the signer")]
    OperatorMismatch = 6110,
    #[msg("the signer is not the crank key of this operator")]
    NotCrankKey = 6111,
    #[msg("the crank key must not be zero")]
    CrankKeyInvalid = 6112,
    #[msg("the match is run by the operator's crank key already")]
    CrankKeyUnchanged = 6113,
    #[msg("the expected terms differ from the match's")]
    TermsMismatch = 6114,
    #[msg("slot_us must be between 100,000 and 600,000")]
    SlotLengthInvalid = 6130,
    // Status and deadlines.
    #[msg("the match carries an unknown status")]
    StatusUnknown = 6200,
    #[msg("the match is not open")]
    MatchNotOpen = 6201,
    #[msg("the match is not locked")]
    MatchNotLocked = 6202,
    #[msg("the match is not live")]
    MatchNotLive = 6203,
    #[msg("the match has no proposed result")]
    MatchNotProposed = 6204,
    #[msg("the match is not settled")]
    MatchNotSettled = 6205,
    #[msg("the match is neither cancelled nor voided")]
    MatchNotRefunding = 6206,
    #[msg("the match is not over")]
    MatchNotOver = 6207,
    #[msg("only a locked or live match can be voided")]
    NotVoidable = 6208,
    #[msg("the lock deadline has passed")]
    LockDeadlinePassed = 6209,
    #[msg("the lock deadline has not passed")]
    LockDeadlineNotPassed = 6210,
    #[msg("the entropy deadline has passed")]
    EntropyDeadlinePassed = 6211,
    #[msg("the entropy deadline has not passed")]
    EntropyDeadlineNotPassed = 6212,
    #[msg("the deadline of the next checkpoint or result has passed")]
    ProgressDeadlinePassed = 6213,
    #[msg("the deadline of the next checkpoint or result has not passed")]
    ProgressDeadlineNotPassed = 6214,
    #[msg("the challenge window has not passed")]
    ChallengeWindowOpen = 6215,
    #[msg("the scheduled slot is not reached")]
    ScheduledSlotNotReached = 6216,
    #[msg("entries closed at the scheduled slot")]
    ScheduledSlotPassed = 6217,
    #[msg("a slot number overflowed")]
    SlotOverflow = 6218,
    #[msg("the match account has a wrong length")]
    MatchLengthWrong = 6219,
    #[msg("the account has a layout of another version of the program")]
    AccountVersionWrong = 6220,
    // Entries.
    #[msg("warriors must be between 1 and the rules' maximum per player")]
    WarriorsInvalid = 6300,
    #[msg("the expected stake differs from the match's")]
    StakeMismatch = 6301,
    #[msg("the expected rules hash differs from the match's")]
    RulesHashMismatch = 6302,
    #[msg("the session key must not be zero")]
    SessionKeyInvalid = 6303,
    #[msg("the match has no room for another player")]
    MatchFull = 6304,
    #[msg("the match has no room for that many warriors")]
    WarriorsFull = 6305,
    #[msg("the match takes no late entries now")]
    LateEntryClosed = 6306,
    #[msg("the match needs two players at least")]
    TooFewPlayers = 6307,
    #[msg("the match has fewer warriors than its rules demand")]
    TooFewWarriors = 6308,
    #[msg("the entry does not belong to this match or player")]
    EntryMismatch = 6309,
    #[msg("the entry and the match's slot disagree")]
    SlotMismatch = 6310,
    #[msg("something is still owed to this entry")]
    EntryStillOwed = 6311,
    #[msg("the entry would be late, or in time, and the player expected the other")]
    LateMismatch = 6312,
    // Tokens and vault.
    #[msg("the token account is not the vault of this match")]
    VaultMismatch = 6400,
    #[msg("the mint is not the match's mint")]
    MintMismatch = 6401,
    #[msg("the token program is not the one of the match's mint")]
    TokenProgramMismatch = 6402,
    #[msg("the token account is not the recipient's canonical one")]
    RecipientMismatch = 6403,
    #[msg("the recipient's token account changed its owner")]
    RecipientOwnerChanged = 6404,
    #[msg("the recipient's token account has a delegate: only its owner may claim into it")]
    RecipientHasDelegate = 6405,
    #[msg("the recipient's token account has a close authority: only its owner may claim into it")]
    RecipientHasCloseAuthority = 6406,
    #[msg("the recipient's token account does not exist")]
    RecipientAccountMissing = 6407,
    #[msg("an amount overflowed")]
    AmountOverflow = 6408,
    #[msg("the vault would hold less than the match owes")]
    VaultShort = 6409,
    #[msg("the vault received another amount than was paid")]
    DepositShort = 6410,
    #[msg("the payout was claimed already")]
    AlreadyClaimed = 6411,
    #[msg("the stake was refunded already")]
    AlreadyRefunded = 6412,
    #[msg("there is no payout for this entry")]
    NothingToClaim = 6413,
    #[msg("the fee was paid already, or there is none")]
    FeeAlreadySwept = 6414,
    #[msg("the burn share was burned already, or there is none")]
    AlreadyBurned = 6415,
    #[msg("the treasury's token account is needed here")]
    TreasuryAccountMissing = 6416,
    #[msg("the account is not the one that paid the rent")]
    RentPayerMismatch = 6417,
    #[msg("tokens are still owed by this match")]
    MatchNotEmpty = 6418,
    #[msg("entries of this match are still open")]
    EntriesStillOpen = 6419,
    #[msg("the randomness account is still open: close it first, or let its rent payer waive it")]
    RandomnessStillOpen = 6420,
    #[msg("the books of the match do not balance")]
    BooksUnbalanced = 6421,
    #[msg("the counts of the match are not what its slots say")]
    RosterUnbalanced = 6422,
    #[msg("what is owed goes to a holder only a day after the last deadline of the match")]
    HoldingTooEarly = 6423,
    #[msg("the token account is not the one of the owner's holder in this mint")]
    HoldingMismatch = 6424,
    #[msg("the account is not the memo program")]
    MemoProgramMismatch = 6425,
    // Randomness.
    #[msg("the match has a randomness account already")]
    RandomnessAlreadyInitialized = 6500,
    #[msg("the match has no randomness account")]
    RandomnessMissing = 6501,
    #[msg("the account is not the match's randomness account")]
    RandomnessMismatch = 6502,
    #[msg("the randomness account is not owned by the pinned program")]
    RandomnessOwnerWrong = 6503,
    #[msg("the randomness account is too short or has a wrong discriminator")]
    RandomnessMalformed = 6504,
    #[msg("the randomness account's authority is not the match")]
    RandomnessAuthorityWrong = 6505,
    #[msg("the randomness account or the queue is not of the pinned queue")]
    RandomnessQueueWrong = 6506,
    #[msg("the randomness program is not the pinned one")]
    RandomnessProgramWrong = 6507,
    #[msg("the randomness account was revealed before the commit")]
    RandomnessAlreadyUsed = 6508,
    #[msg("the seed slot is more than 9 slots before the lock")]
    RandomnessSeedSlotStale = 6509,
    #[msg("the seed slot is not the one of the lock")]
    RandomnessSeedSlotChanged = 6510,
    #[msg("the randomness was not revealed in this slot")]
    RandomnessNotRevealedNow = 6511,
    #[msg("the revealed value is not the submitted one")]
    RandomnessValueMismatch = 6512,
    #[msg("the account is not the slot hashes sysvar")]
    SlotHashesWrong = 6513,
    #[msg("the randomness address does not belong to this match and slot")]
    RandomnessAddressWrong = 6514,
    #[msg("the vault cannot be handed to the randomness program")]
    RandomnessAccountForbidden = 6515,
    // Checkpoints and results.
    #[msg("the trace does not belong to this match")]
    TraceMismatch = 6600,
    #[msg("the checkpoint is not the next one")]
    CheckpointOutOfOrder = 6601,
    #[msg("the match has no further checkpoints")]
    CheckpointBeyondEnd = 6602,
    #[msg("the drip key does not hash to the one before")]
    DripKeyWrong = 6603,
    #[msg("a checkpoint needs one leaf per segment")]
    LeafCountWrong = 6604,
    #[msg("a checkpoint needs one input block per segment")]
    InputsCountWrong = 6605,
    #[msg("an input block has an impossible length")]
    InputsLengthWrong = 6606,
    #[msg("more late warriors admitted than were paid for")]
    AdmitTooMany = 6607,
    #[msg("late warriors admitted after the cut-off")]
    AdmitTooLate = 6608,
    #[msg("an entry's warriors must be admitted together")]
    AdmitSplitsEntry = 6609,
    #[msg("the match has ended: its state no longer changes")]
    MatchAlreadyEnded = 6610,
    #[msg("an upload holds 8192 bytes at most")]
    UploadTooLong = 6611,
    #[msg("an upload needs a length")]
    UploadEmpty = 6612,
    #[msg("the bytes lie outside the upload")]
    UploadOutOfBounds = 6613,
    #[msg("the upload belongs to somebody else")]
    UploadOwnerWrong = 6614,
    #[msg("pass the state as an argument or as an upload")]
    ResultStateMissing = 6615,
    #[msg("the state does not hash to the last leaf")]
    ResultStateMismatch = 6616,
    #[msg("the state is malformed")]
    ResultStateInvalid = 6617,
    #[msg("the state is not the end of the match")]
    ResultNotEnded = 6618,
    #[msg("the genesis state could not be computed")]
    GenesisFailed = 6619,
    #[msg("the payouts could not be computed")]
    SettlementFailed = 6620,
    #[msg("the state is not of this match and its players")]
    ResultStateForeign = 6621,
    #[msg("pass the state as an argument or as an upload, not both")]
    ResultStateTwice = 6622,
    #[msg("the checkpoint goes on from another leaf or roster than the match's")]
    CheckpointForeign = 6623,
    #[msg("the slot that decides this checkpoint's rolls has not passed")]
    BeaconNotYet = 6640,
    #[msg("SlotHashes no longer holds the slot that decides this checkpoint's rolls")]
    BeaconGone = 6641,
    #[msg("the checkpoint was made with another slot's hash than the scheduled one")]
    BeaconMismatch = 6642,
    // Bonds.
    #[msg("bond terms: factor 10000 to 1000000 bps, reporter at most 1000, factor times burn at least 100000000, delay 1 to 6480000 slots")]
    BondTermsInvalid = 6700,
    #[msg("the operator's free bond does not cover the match")]
    BondInsufficient = 6701,
    #[msg("the token account is not the operator's bond vault")]
    BondVaultMismatch = 6702,
    #[msg("the bond vault would hold less than the bond")]
    BondVaultShort = 6703,
    #[msg("the books of the bond do not balance")]
    BondBooksUnbalanced = 6704,
    #[msg("a deposit must be positive")]
    BondAmountInvalid = 6705,
    #[msg("no withdrawal was requested")]
    NoWithdrawalRequested = 6706,
    #[msg("the delay of the withdrawal has not passed")]
    WithdrawalNotReady = 6707,
    // Slashes.
    #[msg("nothing was slashed in this match, or it was collected already")]
    NothingToCollect = 6710,
    #[msg("collect the slashed bond first")]
    SlashNotCollected = 6711,
    #[msg("there is no award, it is not collected yet, or it was paid already")]
    NoAward = 6712,
    #[msg("shares of a slash are paid when as many slots have passed as a withdrawal waits")]
    SlashNotPayable = 6713,
    #[msg("wrapped SOL cannot be burned: pass the incinerator's token account")]
    IncineratorMissing = 6714,
    // Proofs.
    #[msg("only a live or proposed match can be challenged")]
    NotProvable = 6720,
    #[msg("no such checkpoint was posted")]
    ProofBeyondTrace = 6721,
    #[msg("a checkpoint of this match has fewer segments")]
    ProofSegmentInvalid = 6722,
    #[msg("a proof needs two hashes a segment, less one")]
    ProofHashesWrong = 6723,
    #[msg("state, inputs, mixed key and hashes are not what the checkpoint committed to")]
    ProofNotOfTrace = 6724,
    #[msg("the state before the segment is none that the rules reach: prove an earlier segment")]
    ProofStateInvalid = 6725,
    #[msg("the segment is correct: the same inputs give the same leaf")]
    ProofSegmentCorrect = 6726,
    #[msg("pass state and inputs as arguments or as an upload")]
    ProofMissing = 6727,
    #[msg("pass state and inputs as arguments or as an upload, not both")]
    ProofTwice = 6728,
    // Co-signed results.
    #[msg("the signatures were valid until an earlier slot")]
    CosignExpired = 6740,
    #[msg("pass one entry account for each signature, and at least one")]
    CosignCountWrong = 6741,
    #[msg("the account is not the instructions sysvar")]
    CosignSysvarWrong = 6742,
    #[msg("the instruction is not an ed25519 verification without accounts")]
    CosignInstructionWrong = 6743,
    #[msg("the ed25519 instruction must hold one signature, key at 16, signature at 48, message at 112, and nothing else")]
    CosignLayoutWrong = 6744,
    #[msg("the signed message is not of this chain, program, match, result and slot")]
    CosignMessageWrong = 6745,
    #[msg("the signature is not by the entry's session key")]
    CosignKeyWrong = 6746,
    #[msg("the entry was never admitted: its stake goes back whatever the result is")]
    CosignNotAdmitted = 6747,
    #[msg("the player has signed the result already")]
    AlreadyCosigned = 6748,
    // Receipts.
    #[msg("the receipt key must not be zero")]
    ReceiptKeyInvalid = 6760,
    #[msg("the receipt is for a tick on which no input of this match takes effect")]
    ReceiptTickInvalid = 6761,
    #[msg("the verified message is not the receipt of this match, player, input, tick, warrior and heading")]
    ReceiptMessageWrong = 6762,
    #[msg("the receipt is not signed by the match's receipt key")]
    ReceiptKeyWrong = 6763,
    #[msg("the receipt was kept: the posted inputs hold what it promises")]
    ReceiptKept = 6764,
    #[msg("posted inputs are shown with two hashes a segment")]
    PostedHashesWrong = 6765,
}
