//! The tally of faults, and listeners that are slow.

use super::*;

#[test]
fn every_fault_is_open_until_something_becomes_of_it() {
    let reporter = Reporter::new(4);
    let match_key = Pubkey::new_from_array([1; 32]);
    let fault = || Report::Fault {
        match_key,
        fault: Fault::Silent { deadline: 1 },
    };
    for _ in 0..4 {
        reporter.report(fault());
    }
    assert_eq!((reporter.tally().open(), reporter.tally().unpunished()), (4, 4));
    reporter.report(Report::ProvenByOthers { match_key });
    reporter.report(Report::TooLate { match_key });
    reporter.report(Report::Withdrawn {
        match_key,
        reason: String::new(),
    });
    let tally = reporter.tally();
    assert_eq!((tally.open(), tally.unpunished(), tally.punished()), (1, 2, 1));
}

#[tokio::test]
async fn a_slow_listener_loses_the_oldest_and_is_told() {
    let reporter = Reporter::new(2);
    let mut listener = reporter.subscribe();
    for index in 0..3 {
        reporter.report(Report::Checked {
            match_key: Pubkey::default(),
            index,
        });
    }
    assert!(matches!(
        listener.recv().await,
        Err(broadcast::error::RecvError::Lagged(1))
    ));
    assert!(matches!(
        listener.recv().await,
        Ok(Report::Checked { index: 1, .. })
    ));
}
