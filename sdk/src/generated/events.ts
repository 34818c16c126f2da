/** Written by tools/codegen from idl/aurelius.json: do not edit. */
import type { Decoder } from "@solana/kit";
import {
  getAuthorityAcceptedEventDecoder,
  type AuthorityAcceptedEvent,
  getAuthorityProposedEventDecoder,
  type AuthorityProposedEvent,
  getAwardPaidEventDecoder,
  type AwardPaidEvent,
  getBondDepositedEventDecoder,
  type BondDepositedEvent,
  getBondWithdrawalRequestedEventDecoder,
  type BondWithdrawalRequestedEvent,
  getBondWithdrawnEventDecoder,
  type BondWithdrawnEvent,
  getBurnedEventDecoder,
  type BurnedEvent,
  getCheckpointPostedEventDecoder,
  type CheckpointPostedEvent,
  getClaimedEventDecoder,
  type ClaimedEvent,
  getConfigInitializedEventDecoder,
  type ConfigInitializedEvent,
  getConfigUpdatedEventDecoder,
  type ConfigUpdatedEvent,
  getCrankKeySetEventDecoder,
  type CrankKeySetEvent,
  getEnteredEventDecoder,
  type EnteredEvent,
  getEntryClosedEventDecoder,
  type EntryClosedEvent,
  getFeeSweptEventDecoder,
  type FeeSweptEvent,
  getFraudProvenEventDecoder,
  type FraudProvenEvent,
  getHoldingWithdrawnEventDecoder,
  type HoldingWithdrawnEvent,
  getLeftEventDecoder,
  type LeftEvent,
  getMatchCancelledEventDecoder,
  type MatchCancelledEvent,
  getMatchClosedEventDecoder,
  type MatchClosedEvent,
  getMatchCreatedEventDecoder,
  type MatchCreatedEvent,
  getMatchHandedOverEventDecoder,
  type MatchHandedOverEvent,
  getMatchLockedEventDecoder,
  type MatchLockedEvent,
  getMatchSettledEventDecoder,
  type MatchSettledEvent,
  getMatchStartedEventDecoder,
  type MatchStartedEvent,
  getMatchVoidedEventDecoder,
  type MatchVoidedEvent,
  getMintAllowedEventDecoder,
  type MintAllowedEvent,
  getMintDisallowedEventDecoder,
  type MintDisallowedEvent,
  getOmissionProvenEventDecoder,
  type OmissionProvenEvent,
  getOperatorActiveSetEventDecoder,
  type OperatorActiveSetEvent,
  getOperatorRegisteredEventDecoder,
  type OperatorRegisteredEvent,
  getPausedSetEventDecoder,
  type PausedSetEvent,
  getRandomnessClosedEventDecoder,
  type RandomnessClosedEvent,
  getRandomnessInitializedEventDecoder,
  type RandomnessInitializedEvent,
  getRefundedEventDecoder,
  type RefundedEvent,
  getResultCosignedEventDecoder,
  type ResultCosignedEvent,
  getResultSubmittedEventDecoder,
  type ResultSubmittedEvent,
  getRulesAllowedEventDecoder,
  type RulesAllowedEvent,
  getRulesDisallowedEventDecoder,
  type RulesDisallowedEvent,
  getSessionKeyRotatedEventDecoder,
  type SessionKeyRotatedEvent,
  getSlashCollectedEventDecoder,
  type SlashCollectedEvent,
} from "./types/index.js";

/** An event of the program, by its name there. */
export type AureliusEvent =
  | { readonly name: "AuthorityAccepted"; readonly data: AuthorityAcceptedEvent }
  | { readonly name: "AuthorityProposed"; readonly data: AuthorityProposedEvent }
  | { readonly name: "AwardPaid"; readonly data: AwardPaidEvent }
  | { readonly name: "BondDeposited"; readonly data: BondDepositedEvent }
  | { readonly name: "BondWithdrawalRequested"; readonly data: BondWithdrawalRequestedEvent }
  | { readonly name: "BondWithdrawn"; readonly data: BondWithdrawnEvent }
  | { readonly name: "Burned"; readonly data: BurnedEvent }
  | { readonly name: "CheckpointPosted"; readonly data: CheckpointPostedEvent }
  | { readonly name: "Claimed"; readonly data: ClaimedEvent }
  | { readonly name: "ConfigInitialized"; readonly data: ConfigInitializedEvent }
  | { readonly name: "ConfigUpdated"; readonly data: ConfigUpdatedEvent }
  | { readonly name: "CrankKeySet"; readonly data: CrankKeySetEvent }
  | { readonly name: "Entered"; readonly data: EnteredEvent }
  | { readonly name: "EntryClosed"; readonly data: EntryClosedEvent }
  | { readonly name: "FeeSwept"; readonly data: FeeSweptEvent }
  | { readonly name: "FraudProven"; readonly data: FraudProvenEvent }
  | { readonly name: "HoldingWithdrawn"; readonly data: HoldingWithdrawnEvent }
  | { readonly name: "Left"; readonly data: LeftEvent }
  | { readonly name: "MatchCancelled"; readonly data: MatchCancelledEvent }
  | { readonly name: "MatchClosed"; readonly data: MatchClosedEvent }
  | { readonly name: "MatchCreated"; readonly data: MatchCreatedEvent }
  | { readonly name: "MatchHandedOver"; readonly data: MatchHandedOverEvent }
  | { readonly name: "MatchLocked"; readonly data: MatchLockedEvent }
  | { readonly name: "MatchSettled"; readonly data: MatchSettledEvent }
  | { readonly name: "MatchStarted"; readonly data: MatchStartedEvent }
  | { readonly name: "MatchVoided"; readonly data: MatchVoidedEvent }
  | { readonly name: "MintAllowed"; readonly data: MintAllowedEvent }
  | { readonly name: "MintDisallowed"; readonly data: MintDisallowedEvent }
  | { readonly name: "OmissionProven"; readonly data: OmissionProvenEvent }
  | { readonly name: "OperatorActiveSet"; readonly data: OperatorActiveSetEvent }
  | { readonly name: "OperatorRegistered"; readonly data: OperatorRegisteredEvent }
  | { readonly name: "PausedSet"; readonly data: PausedSetEvent }
  | { readonly name: "RandomnessClosed"; readonly data: RandomnessClosedEvent }
  | { readonly name: "RandomnessInitialized"; readonly data: RandomnessInitializedEvent }
  | { readonly name: "Refunded"; readonly data: RefundedEvent }
  | { readonly name: "ResultCosigned"; readonly data: ResultCosignedEvent }
  | { readonly name: "ResultSubmitted"; readonly data: ResultSubmittedEvent }
  | { readonly name: "RulesAllowed"; readonly data: RulesAllowedEvent }
  | { readonly name: "RulesDisallowed"; readonly data: RulesDisallowedEvent }
  | { readonly name: "SessionKeyRotated"; readonly data: SessionKeyRotatedEvent }
  | { readonly name: "SlashCollected"; readonly data: SlashCollectedEvent }
;

/** Name and decoder by discriminator in hex; the decoder reads what follows it. */
export const AURELIUS_EVENTS: Readonly<Record<string, readonly [AureliusEvent["name"], () => Decoder<object>]>> = {
  "a6c0dbbc29d1c31a": ["AuthorityAccepted", getAuthorityAcceptedEventDecoder],
  "f4755e7035972359": ["AuthorityProposed", getAuthorityProposedEventDecoder],
  "8e7aeab516affa91": ["AwardPaid", getAwardPaidEventDecoder],
  "d2952fe84880f899": ["BondDeposited", getBondDepositedEventDecoder],
  "5b78d4be6c47a069": ["BondWithdrawalRequested", getBondWithdrawalRequestedEventDecoder],
  "6fc09ae73a738267": ["BondWithdrawn", getBondWithdrawnEventDecoder],
  "cf25fb9aefe50e43": ["Burned", getBurnedEventDecoder],
  "fa7a40766e610937": ["CheckpointPosted", getCheckpointPostedEventDecoder],
  "d9c07b486c96f821": ["Claimed", getClaimedEventDecoder],
  "b531c89c13a7b25b": ["ConfigInitialized", getConfigInitializedEventDecoder],
  "28f1e67a0b13c6c2": ["ConfigUpdated", getConfigUpdatedEventDecoder],
  "6cd69a84ba7a562a": ["CrankKeySet", getCrankKeySetEventDecoder],
  "f7a415dedbb2eda0": ["Entered", getEnteredEventDecoder],
  "ee2683fc0edeec24": ["EntryClosed", getEntryClosedEventDecoder],
  "29762ad32a000fe8": ["FeeSwept", getFeeSweptEventDecoder],
  "8cee5de63ba764fe": ["FraudProven", getFraudProvenEventDecoder],
  "a7348a5fbcf5970c": ["HoldingWithdrawn", getHoldingWithdrawnEventDecoder],
  "e14efde942fe98a4": ["Left", getLeftEventDecoder],
  "6356167a52f73c71": ["MatchCancelled", getMatchCancelledEventDecoder],
  "e642c1fa1e615ef7": ["MatchClosed", getMatchClosedEventDecoder],
  "97b00b1822e1e310": ["MatchCreated", getMatchCreatedEventDecoder],
  "6a8efb97c59285d2": ["MatchHandedOver", getMatchHandedOverEventDecoder],
  "e97d91b1ef99c27f": ["MatchLocked", getMatchLockedEventDecoder],
  "f3c98697c183df96": ["MatchSettled", getMatchSettledEventDecoder],
  "45b3a9f9437ba3ad": ["MatchStarted", getMatchStartedEventDecoder],
  "061d72b555e468f3": ["MatchVoided", getMatchVoidedEventDecoder],
  "50d482787dd86ff0": ["MintAllowed", getMintAllowedEventDecoder],
  "c579e83227508d94": ["MintDisallowed", getMintDisallowedEventDecoder],
  "21119ec1deb13212": ["OmissionProven", getOmissionProvenEventDecoder],
  "99907298eb82bb35": ["OperatorActiveSet", getOperatorActiveSetEventDecoder],
  "addce66975611685": ["OperatorRegistered", getOperatorRegisteredEventDecoder],
  "ab7d7f9ce9514442": ["PausedSet", getPausedSetEventDecoder],
  "3210fda00a338581": ["RandomnessClosed", getRandomnessClosedEventDecoder],
  "8b875c9247505fe7": ["RandomnessInitialized", getRandomnessInitializedEventDecoder],
  "236795f6c47bdd63": ["Refunded", getRefundedEventDecoder],
  "039d2c5d76227ace": ["ResultCosigned", getResultCosignedEventDecoder],
  "9c99a359f5903f5e": ["ResultSubmitted", getResultSubmittedEventDecoder],
  "21205f61729ccc18": ["RulesAllowed", getRulesAllowedEventDecoder],
  "ea35d57c4d1d5240": ["RulesDisallowed", getRulesDisallowedEventDecoder],
  "ac5742931aae8c5a": ["SessionKeyRotated", getSessionKeyRotatedEventDecoder],
  "472cc66cd95ba344": ["SlashCollected", getSlashCollectedEventDecoder],
};
