/** Written by tools/codegen from idl/aurelius.json: do not edit. */

/** The program's own errors. */
export const AureliusErrorCode = {
  /** the signer is not the upgrade authority of this program */
  NotUpgradeAuthority: 6000,
  /** the signer is not the authority of the config */
  NotConfigAuthority: 6001,
  /** no authority was proposed */
  NoPendingAuthority: 6002,
  /** the signer is not the proposed authority */
  NotPendingAuthority: 6003,
  /** the zero address cannot be an authority */
  AuthorityInvalid: 6004,
  /** the zero address cannot be the treasury */
  TreasuryInvalid: 6005,
  /** randomness program and queue must not be the zero address */
  RandomnessSourceInvalid: 6006,
  /** a window must be between its minimum (lock, entropy, result, challenge 150 slots, checkpoint 75) and 6480000 slots */
  WindowOutOfRange: 6007,
  /** the program is paused: no new matches and entries */
  Paused: 6008,
  /** the mint is on the list already */
  MintAlreadyAllowed: 6009,
  /** the mint is not on the config's list */
  MintNotAllowed: 6010,
  /** the list of mints is full */
  MintListFull: 6011,
  /** the rules hash is on the list already */
  RulesAlreadyAllowed: 6012,
  /** the rules hash is not on the config's list */
  RulesNotAllowed: 6013,
  /** the list of rules is full */
  RulesListFull: 6014,
  /** the mint carries a Token-2022 extension that endangers the escrow */
  MintExtensionForbidden: 6015,
  /** the mint is not initialised */
  MintUninitialized: 6016,
  /** the cluster must be the genesis hash of the chain, not zero */
  ClusterInvalid: 6017,
  /** the config's lists have gaps or duplicates */
  ConfigListBroken: 6018,
  /** the signer is not the operator of this match */
  NotOperator: 6100,
  /** the operator is not active */
  OperatorInactive: 6101,
  /** the operator is registered for another mint */
  OperatorMintMismatch: 6102,
  /** the match id is smaller than the operator's next id */
  MatchIdUsed: 6103,
  /** the rules table is malformed */
  RulesInvalid: 6104,
  /** the stake must be positive and all stakes together must fit 64 bits */
  StakeInvalid: 6105,
  /** players_max must be between 2 and the rules' warriors_max */
  PlayersMaxInvalid: 6106,
  /** warriors_max must be between the rules' minimum and maximum */
  WarriorsMaxInvalid: 6107,
  /** the scheduled slot must be in the future and within the longest window */
  ScheduledSlotInvalid: 6108,
  /** the drip root must not be zero */
  DripRootInvalid: 6109,
  /** the operator account does not belong to the signer */
  OperatorMismatch: 6110,
  /** the signer is not the crank key of this operator */
  NotCrankKey: 6111,
  /** the crank key must not be zero */
  CrankKeyInvalid: 6112,
  /** the match is run by the operator's crank key already */
  CrankKeyUnchanged: 6113,
  /** the expected terms differ from the match's */
  TermsMismatch: 6114,
  /** slot_us must be between 100,000 and 600,000 */
  SlotLengthInvalid: 6130,
  /** the match carries an unknown status */
  StatusUnknown: 6200,
  /** the match is not open */
  MatchNotOpen: 6201,
  /** the match is not locked */
  MatchNotLocked: 6202,
  /** the match is not live */
  MatchNotLive: 6203,
  /** the match has no proposed result */
  MatchNotProposed: 6204,
  /** the match is not settled */
  MatchNotSettled: 6205,
  /** the match is neither cancelled nor voided */
  MatchNotRefunding: 6206,
  /** the match is not over */
  MatchNotOver: 6207,
  /** only a locked or live match can be voided */
  NotVoidable: 6208,
  /** the lock deadline has passed */
  LockDeadlinePassed: 6209,
  /** the lock deadline has not passed */
  LockDeadlineNotPassed: 6210,
  /** the entropy deadline has passed */
  EntropyDeadlinePassed: 6211,
  /** the entropy deadline has not passed */
  EntropyDeadlineNotPassed: 6212,
  /** the deadline of the next checkpoint or result has passed */
  ProgressDeadlinePassed: 6213,
  /** the deadline of the next checkpoint or result has not passed */
  ProgressDeadlineNotPassed: 6214,
  /** the challenge window has not passed */
  ChallengeWindowOpen: 6215,
  /** the scheduled slot is not reached */
  ScheduledSlotNotReached: 6216,
  /** entries closed at the scheduled slot */
  ScheduledSlotPassed: 6217,
  /** a slot number overflowed */
  SlotOverflow: 6218,
  /** the match account has a wrong length */
  MatchLengthWrong: 6219,
  /** the account has a layout of another version of the program */
  AccountVersionWrong: 6220,
  /** warriors must be between 1 and the rules' maximum per player */
  WarriorsInvalid: 6300,
  /** the expected stake differs from the match's */
  StakeMismatch: 6301,
  /** the expected rules hash differs from the match's */
  RulesHashMismatch: 6302,
  /** the session key must not be zero */
  SessionKeyInvalid: 6303,
  /** the match has no room for another player */
  MatchFull: 6304,
  /** the match has no room for that many warriors */
  WarriorsFull: 6305,
  /** the match takes no late entries now */
  LateEntryClosed: 6306,
  /** the match needs two players at least */
  TooFewPlayers: 6307,
  /** the match has fewer warriors than its rules demand */
  TooFewWarriors: 6308,
  /** the entry does not belong to this match or player */
  EntryMismatch: 6309,
  /** the entry and the match's slot disagree */
  SlotMismatch: 6310,
  /** something is still owed to this entry */
  EntryStillOwed: 6311,
  /** the entry would be late, or in time, and the player expected the other */
  LateMismatch: 6312,
  /** the token account is not the vault of this match */
  VaultMismatch: 6400,
  /** the mint is not the match's mint */
  MintMismatch: 6401,
  /** the token program is not the one of the match's mint */
  TokenProgramMismatch: 6402,
  /** the token account is not the recipient's canonical one */
  RecipientMismatch: 6403,
  /** the recipient's token account changed its owner */
  RecipientOwnerChanged: 6404,
  /** the recipient's token account has a delegate: only its owner may claim into it */
  RecipientHasDelegate: 6405,
  /** the recipient's token account has a close authority: only its owner may claim into it */
  RecipientHasCloseAuthority: 6406,
  /** the recipient's token account does not exist */
  RecipientAccountMissing: 6407,
  /** an amount overflowed */
  AmountOverflow: 6408,
  /** the vault would hold less than the match owes */
  VaultShort: 6409,
  /** the vault received another amount than was paid */
  DepositShort: 6410,
  /** the payout was claimed already */
  AlreadyClaimed: 6411,
  /** the stake was refunded already */
  AlreadyRefunded: 6412,
  /** there is no payout for this entry */
  NothingToClaim: 6413,
  /** the fee was paid already, or there is none */
  FeeAlreadySwept: 6414,
  /** the burn share was burned already, or there is none */
  AlreadyBurned: 6415,
  /** the treasury's token account is needed here */
  TreasuryAccountMissing: 6416,
  /** the account is not the one that paid the rent */
  RentPayerMismatch: 6417,
  /** tokens are still owed by this match */
  MatchNotEmpty: 6418,
  /** entries of this match are still open */
  EntriesStillOpen: 6419,
  /** the randomness account is still open: close it first, or let its rent payer waive it */
  RandomnessStillOpen: 6420,
  /** the books of the match do not balance */
  BooksUnbalanced: 6421,
  /** the counts of the match are not what its slots say */
  RosterUnbalanced: 6422,
  /** what is owed goes to a holder only a day after the last deadline of the match */
  HoldingTooEarly: 6423,
  /** the token account is not the one of the owner's holder in this mint */
  HoldingMismatch: 6424,
  /** the account is not the memo program */
  MemoProgramMismatch: 6425,
  /** the match has a randomness account already */
  RandomnessAlreadyInitialized: 6500,
  /** the match has no randomness account */
  RandomnessMissing: 6501,
  /** the account is not the match's randomness account */
  RandomnessMismatch: 6502,
  /** the randomness account is not owned by the pinned program */
  RandomnessOwnerWrong: 6503,
  /** the randomness account is too short or has a wrong discriminator */
  RandomnessMalformed: 6504,
  /** the randomness account's authority is not the match */
  RandomnessAuthorityWrong: 6505,
  /** the randomness account or the queue is not of the pinned queue */
  RandomnessQueueWrong: 6506,
  /** the randomness program is not the pinned one */
  RandomnessProgramWrong: 6507,
  /** the randomness account was revealed before the commit */
  RandomnessAlreadyUsed: 6508,
  /** the seed slot is more than 9 slots before the lock */
  RandomnessSeedSlotStale: 6509,
  /** the seed slot is not the one of the lock */
  RandomnessSeedSlotChanged: 6510,
  /** the randomness was not revealed in this slot */
  RandomnessNotRevealedNow: 6511,
  /** the revealed value is not the submitted one */
  RandomnessValueMismatch: 6512,
  /** the account is not the slot hashes sysvar */
  SlotHashesWrong: 6513,
  /** the randomness address does not belong to this match and slot */
  RandomnessAddressWrong: 6514,
  /** the vault cannot be handed to the randomness program */
  RandomnessAccountForbidden: 6515,
  /** the trace does not belong to this match */
  TraceMismatch: 6600,
  /** the checkpoint is not the next one */
  CheckpointOutOfOrder: 6601,
  /** the match has no further checkpoints */
  CheckpointBeyondEnd: 6602,
  /** the drip key does not hash to the one before */
  DripKeyWrong: 6603,
  /** a checkpoint needs one leaf per segment */
  LeafCountWrong: 6604,
  /** a checkpoint needs one input block per segment */
  InputsCountWrong: 6605,
  /** an input block has an impossible length */
  InputsLengthWrong: 6606,
  /** more late warriors admitted than were paid for */
  AdmitTooMany: 6607,
  /** late warriors admitted after the cut-off */
  AdmitTooLate: 6608,
  /** an entry's warriors must be admitted together */
  AdmitSplitsEntry: 6609,
  /** the match has ended: its state no longer changes */
  MatchAlreadyEnded: 6610,
  /** an upload holds 8192 bytes at most */
  UploadTooLong: 6611,
  /** an upload needs a length */
  UploadEmpty: 6612,
  /** the bytes lie outside the upload */
  UploadOutOfBounds: 6613,
  /** the upload belongs to somebody else */
  UploadOwnerWrong: 6614,
  /** pass the state as an argument or as an upload */
  ResultStateMissing: 6615,
  /** the state does not hash to the last leaf */
  ResultStateMismatch: 6616,
  /** the state is malformed */
  ResultStateInvalid: 6617,
  /** the state is not the end of the match */
  ResultNotEnded: 6618,
  /** the genesis state could not be computed */
  GenesisFailed: 6619,
  /** the payouts could not be computed */
  SettlementFailed: 6620,
  /** the state is not of this match and its players */
  ResultStateForeign: 6621,
  /** pass the state as an argument or as an upload, not both */
  ResultStateTwice: 6622,
  /** the checkpoint goes on from another leaf or roster than the match's */
  CheckpointForeign: 6623,
  /** the slot that decides this checkpoint's rolls has not passed */
  BeaconNotYet: 6640,
  /** SlotHashes no longer holds the slot that decides this checkpoint's rolls */
  BeaconGone: 6641,
  /** the checkpoint was made with another slot's hash than the scheduled one */
  BeaconMismatch: 6642,
  /** bond terms: factor 10000 to 1000000 bps, reporter at most 1000, factor times burn at least 100000000, delay 1 to 6480000 slots */
  BondTermsInvalid: 6700,
  /** the operator's free bond does not cover the match */
  BondInsufficient: 6701,
  /** the token account is not the operator's bond vault */
  BondVaultMismatch: 6702,
  /** the bond vault would hold less than the bond */
  BondVaultShort: 6703,
  /** the books of the bond do not balance */
  BondBooksUnbalanced: 6704,
  /** a deposit must be positive */
  BondAmountInvalid: 6705,
  /** no withdrawal was requested */
  NoWithdrawalRequested: 6706,
  /** the delay of the withdrawal has not passed */
  WithdrawalNotReady: 6707,
  /** nothing was slashed in this match, or it was collected already */
  NothingToCollect: 6710,
  /** collect the slashed bond first */
  SlashNotCollected: 6711,
  /** there is no award, it is not collected yet, or it was paid already */
  NoAward: 6712,
  /** shares of a slash are paid when as many slots have passed as a withdrawal waits */
  SlashNotPayable: 6713,
  /** wrapped SOL cannot be burned: pass the incinerator's token account */
  IncineratorMissing: 6714,
  /** only a live or proposed match can be challenged */
  NotProvable: 6720,
  /** no such checkpoint was posted */
  ProofBeyondTrace: 6721,
  /** a checkpoint of this match has fewer segments */
  ProofSegmentInvalid: 6722,
  /** a proof needs two hashes a segment, less one */
  ProofHashesWrong: 6723,
  /** state, inputs, mixed key and hashes are not what the checkpoint committed to */
  ProofNotOfTrace: 6724,
  /** the state before the segment is none that the rules reach: prove an earlier segment */
  ProofStateInvalid: 6725,
  /** the segment is correct: the same inputs give the same leaf */
  ProofSegmentCorrect: 6726,
  /** pass state and inputs as arguments or as an upload */
  ProofMissing: 6727,
  /** pass state and inputs as arguments or as an upload, not both */
  ProofTwice: 6728,
  /** the signatures were valid until an earlier slot */
  CosignExpired: 6740,
  /** pass one entry account for each signature, and at least one */
  CosignCountWrong: 6741,
  /** the account is not the instructions sysvar */
  CosignSysvarWrong: 6742,
  /** the instruction is not an ed25519 verification without accounts */
  CosignInstructionWrong: 6743,
  /** the ed25519 instruction must hold one signature, key at 16, signature at 48, message at 112, and nothing else */
  CosignLayoutWrong: 6744,
  /** the signed message is not of this chain, program, match, result and slot */
  CosignMessageWrong: 6745,
  /** the signature is not by the entry's session key */
  CosignKeyWrong: 6746,
  /** the entry was never admitted: its stake goes back whatever the result is */
  CosignNotAdmitted: 6747,
  /** the player has signed the result already */
  AlreadyCosigned: 6748,
  /** the receipt key must not be zero */
  ReceiptKeyInvalid: 6760,
  /** the receipt is for a tick on which no input of this match takes effect */
  ReceiptTickInvalid: 6761,
  /** the verified message is not the receipt of this match, player, input, tick, warrior and heading */
  ReceiptMessageWrong: 6762,
  /** the receipt is not signed by the match's receipt key */
  ReceiptKeyWrong: 6763,
  /** the receipt was kept: the posted inputs hold what it promises */
  ReceiptKept: 6764,
  /** posted inputs are shown with two hashes a segment */
  PostedHashesWrong: 6765,
} as const;
export type AureliusErrorName = keyof typeof AureliusErrorCode;
