//! The verdict over the whole suite, when everything else has run: every error of the program was asserted by a
//! refused transaction, or is on the list below with the reason why no transaction can reach it; every case of
//! the adversarial list was proven by a test that ran to its end.
//!
//! The name is the last one in the order in which tests start. What is still running then is waited for.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use aurelius::error::AureliusError;
use program_tests::proven;

/// Cases of the adversarial list: C01 to C46, of which there is no C19, and from C47 on those in which an
/// operator cheats.
fn cases() -> BTreeSet<u32> {
    let listed = (1..=46).filter(|number| *number != 19);
    listed
        .chain([49, 50, 51, 53, 54, 55, 56, 58, 59, 70, 71, 72, 73])
        .collect()
}

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

/// Without a transaction for so long, nothing is running any more.
const QUIET: Duration = Duration::from_secs(120);

/// What the suite owes: errors and cases that no assertion has reported.
fn missing() -> (Vec<AureliusError>, BTreeSet<u32>) {
    let asserted = proven::errors();
    let errors = AureliusError::ALL
        .iter()
        .filter(|error| !asserted.contains(&error.code()) && !excused(error))
        .copied()
        .collect();
    (errors, &cases() - &proven::cases())
}

fn excused(error: &AureliusError) -> bool {
    UNREACHABLE.iter().any(|(excused, _)| excused == error)
}

/// Whether the test runner was told to leave tests out: then there is nothing to judge.
fn is_partial() -> bool {
    let takes_a_value = |flag: &str| {
        [
            "--test-threads",
            "--format",
            "--color",
            "--logfile",
            "--shuffle-seed",
            "-Z",
        ]
        .contains(&flag)
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if takes_a_value(&argument) {
            arguments.next();
        } else if !argument.starts_with('-') || argument == "--skip" || argument == "--ignored" {
            return true;
        }
    }
    false
}

#[test]
fn every_error_and_every_case_was_asserted_by_a_test_that_ran() {
    if std::env::var_os("NEXTEST").is_some() {
        // There each test is a process of its own, so the suite runs once more in one.
        let suite = std::env::current_exe().expect("this binary");
        let status = Command::new(suite)
            .env_remove("NEXTEST")
            .status()
            .expect("it runs");
        assert!(status.success(), "the suite failed in one process");
        return;
    }
    if is_partial() {
        println!("a part of the suite: nothing to judge");
        return;
    }
    let (mut last, mut since) = (proven::transactions(), Instant::now());
    while missing() != (vec![], BTreeSet::new()) {
        let now = proven::transactions();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        let (errors, cases) = missing();
        assert!(
            since.elapsed() < QUIET,
            "never asserted: {errors:?}; cases without a test: {cases:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let asserted = proven::errors();
    for (error, reason) in UNREACHABLE {
        assert!(
            !asserted.contains(&error.code()),
            "{error:?} was asserted, and is excused: {reason}"
        );
    }
}

#[test]
fn a_case_is_proven_only_by_an_assertion_that_held() {
    const NOBODY: &[u32] = &[1_000];
    drop(program_tests::case(NOBODY));
    assert!(!proven::cases().contains(&1_000), "nothing was asserted");
    let panicked = std::thread::spawn(|| {
        let mut world = program_tests::World::new();
        let _case = program_tests::case(NOBODY);
        world.settled(&[1, 1]);
        panic!("a later assertion of the same test fails");
    });
    assert!(panicked.join().is_err());
    assert!(!proven::cases().contains(&1_000), "the test panicked");
    let mut world = program_tests::World::new();
    let case = program_tests::case(NOBODY);
    world.opened(&[1, 1]);
    drop(case);
    assert!(proven::cases().contains(&1_000));
}
