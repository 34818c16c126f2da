//! What the exit status and the last line say.

use super::*;

#[test]
fn the_exit_status_tells_whether_faults_stand() {
    let tally = |faults, withdrawn, proven, too_late| Tally {
        faults,
        withdrawn,
        proven,
        too_late,
        ..Tally::default()
    };
    for (tally, unseen, outcome, words) in [
        (tally(0, 0, 0, 0), 0, Outcome::Success, "nothing wrong;"),
        (tally(1, 1, 0, 0), 0, Outcome::Success, "nothing wrong;"),
        (tally(0, 0, 0, 0), 2, Outcome::Unseen, "2 matches could not be"),
        (
            tally(2, 0, 2, 0),
            0,
            Outcome::Punished,
            "every fault was punished",
        ),
        (tally(2, 0, 1, 0), 0, Outcome::Rejected, "UNPUNISHED"),
        (tally(2, 0, 1, 1), 1, Outcome::Rejected, "UNPUNISHED"),
    ] {
        assert_eq!(outcome_of(&tally, unseen), outcome, "{tally:?}");
        assert!(describe_tally(&tally, unseen).contains(words), "{tally:?}");
    }
}

#[test]
fn nothing_is_called_right_while_money_is_overdue() {
    for proven in [0, 1] {
        let tally = Tally {
            faults: proven,
            proven,
            overdue: 3,
            ..Tally::default()
        };
        assert_eq!(outcome_of(&tally, 0).code(), 5);
        let words = describe_tally(&tally, 0);
        assert!(words.contains("MONEY IS OVERDUE in 3 steps"), "{words}");
        assert!(!words.contains("nothing wrong"), "{words}");
    }
}

#[test]
fn report_01_a_match_that_could_not_be_read_is_no_good_match() {
    let key = Pubkey::new_from_array([1; 32]);
    let trouble = Report::Trouble {
        match_key: Some(key),
        what: "its history cannot be read".to_owned(),
    };
    let mut unseen = Unseen::default();
    unseen.hear(&trouble);
    unseen.hear(&trouble);
    assert_eq!(unseen.0.len(), 1);
    assert_eq!(outcome_of(&Tally::default(), 1).code(), 4);
    unseen.hear(&Report::ProvenByOthers { match_key: key });
    assert!(unseen.0.is_empty());
}
