//! Which matches to make: lobbies that are always open, and a calendar.
//!
//! Pure: from what is offered, what exists and what time it is to what is missing. Invariant: never more
//! matches than the limits say, and never two for one place in the calendar.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::{CalendarConfig, CrankConfig, LobbyConfig, MatchTemplate};
use crate::slots::slots_of;

/// A match that exists, as matchmaking sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is about.
    pub template: MatchTemplate,
    /// Its time, 0 for a lobby.
    pub scheduled_slot: u64,
    /// Players can still enter, or will be able to in a moment.
    pub open: bool,
}

/// A match to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is about.
    pub template: MatchTemplate,
    /// Its time, 0 for a lobby.
    pub scheduled_slot: u64,
}

/// The chain's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The newest slot.
    pub slot: u64,
    /// The length of slots; before it is known nothing is made for the calendar.
    pub slot_length: Option<Duration>,
}

/// In the last moments before an appointment nobody could enter any more.
const TOO_SOON: Duration = Duration::from_secs(4);

/// The next match to make, if one is missing.
///
/// `known` are all matches that are not settled, `own` how many of them this crank runs, `made` how many this
/// process made so far.
pub fn next_match(config: &CrankConfig, known: &[Known], own: usize, made: u64, now: Now) -> Option<Wanted> {
    let over = own >= config.matches_max || config.matches_total.is_some_and(|total| made >= total);
    if over {
        return None;
    }
    lobby(config, known).or_else(|| appointment(config, known, now))
}

/// Whether a match that was wished for is missing still, now that these are known.
pub fn is_missing(config: &CrankConfig, known: &[Known], wanted: &Wanted) -> bool {
    match wanted.scheduled_slot {
        0 => config
            .lobbies
            .iter()
            .any(|lobby| lobby.template == wanted.template && lacks(lobby, known)),
        slot => !is_scheduled(known, &wanted.template, slot..=slot),
    }
}

/// Whether fewer of these lobbies are open than are offered.
fn lacks(lobby: &LobbyConfig, known: &[Known]) -> bool {
    let open = known
        .iter()
        .filter(|other| other.open && other.scheduled_slot == 0 && other.template == lobby.template);
    open.count() < lobby.open_count
}

/// Whether there is a match for this place in the calendar.
fn is_scheduled(known: &[Known], template: &MatchTemplate, place: RangeInclusive<u64>) -> bool {
    known
        .iter()
        .any(|other| other.template == *template && place.contains(&other.scheduled_slot))
}

fn lobby(config: &CrankConfig, known: &[Known]) -> Option<Wanted> {
    config
        .lobbies
        .iter()
        .find(|lobby| lacks(lobby, known))
        .map(|lobby| Wanted {
            template: lobby.template.clone(),
            scheduled_slot: 0,
        })
}

fn appointment(config: &CrankConfig, known: &[Known], now: Now) -> Option<Wanted> {
    let length = now.slot_length?;
    let missing = |entry: &CalendarConfig| missing_appointment(entry, known, now.slot, length);
    config.calendar.iter().find_map(missing)
}

fn missing_appointment(
    entry: &CalendarConfig,
    known: &[Known],
    slot: u64,
    length: Duration,
) -> Option<Wanted> {
    let every = slots_of(entry.every, length).max(1);
    let scheduled_slot = (slot / every + 1) * every;
    let opens = scheduled_slot.saturating_sub(slots_of(entry.open_before, length));
    let soon = scheduled_slot - slot < slots_of(TOO_SOON, length);
    // Where slots have become shorter or longer since, or another crank measures them otherwise, a match was
    // made for the same place with another slot: it is the only one ahead within half the span.
    let place = scheduled_slot.saturating_sub(every / 2).max(slot + 1)..=scheduled_slot + every / 2;
    let there = is_scheduled(known, &entry.template, place);
    (slot >= opens && !soon && !there).then(|| Wanted {
        template: entry.template.clone(),
        scheduled_slot,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::prelude::Pubkey;
    use arena::Rules;

    fn template(stake_per_warrior: u64) -> MatchTemplate {
        let mint = Pubkey::new_from_array([1; 32]);
        MatchTemplate {
            rules: Rules::BLITZ,
            mint,
            stake_per_warrior,
            players_max: 8,
            warriors_max: 8,
        }
    }

    fn at(slot: u64) -> Now {
        Now {
            slot,
            slot_length: Some(Duration::from_millis(400)),
        }
    }

    fn known(wanted: &Wanted, open: bool) -> Known {
        Known {
            template: wanted.template.clone(),
            scheduled_slot: wanted.scheduled_slot,
            open,
        }
    }

    fn config() -> CrankConfig {
        CrankConfig {
            lobbies: vec![
                LobbyConfig {
                    template: template(5),
                    open_count: 2,
                },
                LobbyConfig {
                    template: template(50),
                    open_count: 1,
                },
            ],
            ..CrankConfig::new("data")
        }
    }

    /// Makes what is wanted until nothing is.
    fn fill(config: &CrankConfig, all: &mut Vec<Known>, slot: u64) -> Vec<Wanted> {
        let mut made = Vec::new();
        while let Some(wanted) = next_match(config, all, all.len(), made.len() as u64, at(slot)) {
            all.push(known(&wanted, true));
            made.push(wanted);
        }
        made
    }

    #[test]
    fn as_many_lobbies_are_open_as_are_offered() {
        let mut all = Vec::new();
        let stakes: Vec<_> = fill(&config(), &mut all, 0)
            .iter()
            .map(|wanted| wanted.template.stake_per_warrior)
            .collect();
        assert_eq!(stakes, [5, 5, 50]);
        all[0].open = false;
        assert_eq!(
            fill(&config(), &mut all, 0).len(),
            1,
            "a lobby that locked is replaced"
        );
    }

    #[test]
    fn limits_hold() {
        let few = CrankConfig {
            matches_max: 2,
            ..config()
        };
        assert_eq!(fill(&few, &mut Vec::new(), 0).len(), 2);
        let one = CrankConfig {
            matches_total: Some(1),
            ..config()
        };
        assert_eq!(fill(&one, &mut Vec::new(), 0).len(), 1);
        assert_eq!(next_match(&one, &[], 0, 1, at(0)), None);
    }

    #[test]
    fn the_calendar_falls_on_the_same_slots_whenever_the_crank_starts() {
        let entry = CalendarConfig {
            template: template(7),
            every: Duration::from_secs(400),
            open_before: Duration::from_secs(100),
        };
        let config = CrankConfig {
            calendar: vec![entry],
            ..CrankConfig::new("data")
        };
        // 400 s are 1,000 slots, 100 s are 250.
        for (slot, expected) in [
            (700, None),
            (750, Some(1_000)),
            (985, Some(1_000)),
            (995, None),
            (1_000, None),
            (1_750, Some(2_000)),
        ] {
            let wanted = next_match(&config, &[], 0, 0, at(slot)).map(|wanted| wanted.scheduled_slot);
            assert_eq!(wanted, expected, "slot {slot}");
        }
        let mut all = Vec::new();
        assert_eq!(fill(&config, &mut all, 760).len(), 1);
        assert_eq!(
            fill(&config, &mut all, 800).len(),
            0,
            "one place in the calendar, one match"
        );
        assert_eq!(fill(&config, &mut all, 1_760).len(), 1);
    }

    #[test]
    fn report_04_the_calendar_keeps_its_times_when_slots_become_shorter() {
        let entry = CalendarConfig {
            template: template(7),
            every: Duration::from_secs(400),
            open_before: Duration::from_secs(100),
        };
        let config = CrankConfig {
            calendar: vec![entry],
            ..CrankConfig::new("data")
        };
        let shorter = |slot| Now {
            slot,
            slot_length: Some(Duration::from_millis(200)),
        };
        // 400 s are 2,000 slots now, 100 s are 500.
        for (slot, expected) in [
            (1_400, None),
            (1_500, Some(2_000)),
            (1_975, Some(2_000)),
            (1_985, None),
        ] {
            let wanted = next_match(&config, &[], 0, 0, shorter(slot)).map(|wanted| wanted.scheduled_slot);
            assert_eq!(wanted, expected, "slot {slot}");
        }
        let unmeasured = Now {
            slot: 1_500,
            slot_length: None,
        };
        assert_eq!(next_match(&config, &[], 0, 0, unmeasured), None);
        // A match that was made for slot 1,600 when slots were thought to be a little longer holds the place
        // of 2,000.
        let made = Wanted {
            template: template(7),
            scheduled_slot: 1_600,
        };
        let there = [known(&made, true)];
        assert_eq!(next_match(&config, &there, 1, 1, shorter(1_550)), None);
        assert!(
            next_match(&config, &there, 1, 1, shorter(1_600)).is_some(),
            "its time has come"
        );
    }
}
