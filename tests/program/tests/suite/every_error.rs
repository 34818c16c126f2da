//! Every error of the program is asserted by name somewhere in this suite, or is on the list below with the reason why
//! no transaction can reach it.

use aurelius::error::AureliusError;

const UNREACHABLE: &[(AureliusError, &str)] = &[
    (
        AureliusError::MintUninitialized,
        "Anchor refuses to load a mint that is not initialised",
    ),
    (
        AureliusError::SlotOverflow,
        "windows are bounded to about a month of slots",
    ),
    (
        AureliusError::DepositShort,
        "only a mint with a transfer fee could, and it is not listed",
    ),
    (
        AureliusError::RandomnessNotRevealedNow,
        "the reveal is called in the same instruction",
    ),
    (
        AureliusError::RandomnessValueMismatch,
        "the oracle's program writes the value that it was given",
    ),
    (
        AureliusError::RandomnessAddressWrong,
        "asserted beside the adapter, with accounts of its own making",
    ),
    (
        AureliusError::RandomnessAccountForbidden,
        "asserted beside the adapter, with accounts of its own making",
    ),
    (
        AureliusError::GenesisFailed,
        "the roster was checked entry by entry",
    ),
    (AureliusError::SettlementFailed, "the state was checked before"),
];

#[test]
fn every_error_is_reached_or_excused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
    let sources: String = std::fs::read_dir(folder)
        .expect("the suite's folder")
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a source file"))
        .collect();
    for error in AureliusError::ALL {
        let name = format!("E::{error:?}");
        let reached = sources
            .match_indices(&name)
            .any(|(at, _)| !sources[at + name.len()..].starts_with(|next: char| next.is_alphanumeric()));
        let excused = UNREACHABLE.iter().any(|(excused, _)| excused == error);
        assert!(reached || excused, "{error:?} is never asserted");
        assert!(!(reached && excused), "{error:?} is asserted and excused");
    }
}
