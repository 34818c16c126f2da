//! Whether a result became final in a way that the rules of the escrow know: signed by every player who took part, or
//! unchallenged to the end of its window.

use super::end::End;
use super::entries::owners;
use super::report::Report;
use crate::record::{FinalityRecord, MatchRecord};
use crate::verdict::Place;

const NAME: &str = "finality";

/// Nothing is reported of a match without a final result.
pub(super) fn check(record: &MatchRecord, end: Option<&End>, report: &mut Report) {
    let Some(finality) = &record.finality else { return };
    if finality.cosigned {
        check_signers(record, finality, end, report);
    } else {
        check_window(finality, report);
    }
}

/// Everybody with a warrior in play has signed. Players who were never admitted have no say.
fn check_signers(record: &MatchRecord, finality: &FinalityRecord, end: Option<&End>, report: &mut Report) {
    let Some(end) = end else {
        return report.skip(NAME, "there is no final state to tell who took part");
    };
    let present = end.view().present();
    let owners = record
        .start
        .as_ref()
        .map(|start| owners(record, start))
        .unwrap_or_default();
    let mut players: Vec<u8> = owners.into_iter().take(present).collect();
    players.dedup();
    for player in &players {
        if !finality.signers.contains(player) {
            report.fail(
                NAME,
                Place::Settlement,
                format!("the signature of player {player} under the result"),
                "there",
                "missing",
            );
        }
    }
    report.pass_unless_failed(
        NAME,
        format!("all {} players have signed the result", players.len()),
    );
}

fn check_window(finality: &FinalityRecord, report: &mut Report) {
    match finality.challenge_deadline {
        Some(deadline) if finality.slot <= deadline => report.fail(
            NAME,
            Place::Settlement,
            "the slot in which the result became final",
            &format!("after {deadline}"),
            &finality.slot.to_string(),
        ),
        Some(deadline) => report.pass(NAME, format!("unchallenged until slot {deadline}")),
        None => report.skip(NAME, "the challenge window is not on record"),
    }
}
