//! Who is in the match: stakes, caps and the roster.

use arena::Rules;

use super::report::Report;
use crate::record::{MatchRecord, PlayerRecord, StartRecord};
use crate::verdict::Place;

/// Player index of every warrior, late ones included, in warrior order: the order of indexes, because a late entry
/// takes an index above all earlier ones.
pub(crate) fn owners(record: &MatchRecord, start: &StartRecord) -> Vec<u8> {
    let late = record.players.iter().filter(|player| player.late.is_some());
    start
        .owners
        .iter()
        .copied()
        .chain(late.flat_map(warriors_of))
        .collect()
}

fn warriors_of(player: &PlayerRecord) -> impl Iterator<Item = u8> {
    std::iter::repeat_n(player.index, usize::from(player.warriors))
}

pub(super) fn check(record: &MatchRecord, rules: &Rules, report: &mut Report) {
    check_players(record, rules, report);
    check_roster(record, report);
    for irregularity in &record.irregularities {
        report.fail("entries", Place::Setup, irregularity, "refused", "done");
    }
    let warriors: usize = record
        .players
        .iter()
        .map(|player| usize::from(player.warriors))
        .sum();
    let paid: u128 = record.players.iter().map(|player| u128::from(player.paid)).sum();
    let detail = format!(
        "{} players, {warriors} warriors, {paid} paid",
        record.players.len()
    );
    report.pass_unless_failed("entries", detail);
}

fn check_players(record: &MatchRecord, rules: &Rules, report: &mut Report) {
    const NAME: &str = "entries";
    for player in &record.players {
        let index = player.index;
        if player.warriors == 0 || player.warriors > rules.warriors_per_player_max {
            let expected = format!("1 to {}", rules.warriors_per_player_max);
            let what = format!("warriors of player {index}");
            report.fail(NAME, Place::Setup, what, &expected, &player.warriors.to_string());
        }
        let stake = record.terms.stake_per_warrior;
        let expected = stake.map(|stake| u128::from(stake) * u128::from(player.warriors));
        if let Some(expected) = expected.filter(|expected| *expected != u128::from(player.paid)) {
            let what = format!("what player {index} paid");
            report.fail(
                NAME,
                Place::Setup,
                what,
                &expected.to_string(),
                &player.paid.to_string(),
            );
        }
    }
    for pair in record.players.windows(2) {
        if let [first, second] = pair {
            if first.index == second.index {
                let what = format!("two players in slot {}", first.index);
                report.fail(NAME, Place::Setup, what, "one player a slot", "two");
            }
        }
    }
    let warriors: usize = record
        .players
        .iter()
        .map(|player| usize::from(player.warriors))
        .sum();
    let warriors_max = usize::from(record.terms.warriors_max.unwrap_or(rules.warriors_max));
    if warriors > warriors_max {
        report.fail(
            NAME,
            Place::Setup,
            "warriors",
            &format!("at most {warriors_max}"),
            &warriors.to_string(),
        );
    }
    if let Some(players_max) = record.terms.players_max {
        if record.players.len() > usize::from(players_max) {
            let found = record.players.len().to_string();
            report.fail(
                NAME,
                Place::Setup,
                "players",
                &format!("at most {players_max}"),
                &found,
            );
        }
    }
}

/// The roster that the program fixed must follow from the entries.
fn check_roster(record: &MatchRecord, report: &mut Report) {
    const NAME: &str = "entries";
    let Some(start) = &record.start else { return };
    let at_start = record.players.iter().filter(|player| player.late.is_none());
    let expected: Vec<u8> = at_start.flat_map(warriors_of).collect();
    if expected != start.owners {
        let found = format!("{:?}", start.owners);
        report.fail(
            NAME,
            Place::Setup,
            "the roster at the start",
            &format!("{expected:?}"),
            &found,
        );
    }
    let mut first = start.owners.len();
    for player in &record.players {
        let Some(late) = player.late else { continue };
        if let Some(assigned) = late
            .first_warrior
            .filter(|assigned| usize::from(*assigned) != first)
        {
            let what = format!("the first warrior of late player {}", player.index);
            report.fail(
                NAME,
                Place::Setup,
                what,
                &first.to_string(),
                &assigned.to_string(),
            );
        }
        first += usize::from(player.warriors);
    }
    if first > usize::from(start.capacity) {
        let expected = format!("at most {}", start.capacity);
        report.fail(
            NAME,
            Place::Setup,
            "warriors, late ones included",
            &expected,
            &first.to_string(),
        );
    }
}
