//! The rules tables of the demonstration.

use arena::Rules;
use protocol::directory::Mode;

/// The table for a mode, shortened on demand: the same game in 16 (Blitz) or 30 (Siege) seconds, with its own
/// hash.
pub fn table(mode: Mode, quick: bool) -> Rules {
    match (mode, quick) {
        (Mode::Blitz, false) => Rules::BLITZ,
        (Mode::Siege, false) => Rules::SIEGE,
        (Mode::Blitz, true) => shortened(Rules::BLITZ, 960),
        (Mode::Siege, true) => Rules {
            late_entry_ticks: 420,
            ..shortened(Rules::SIEGE, 1_800)
        },
    }
}

/// The same proportions in less time.
fn shortened(rules: Rules, length_ticks: u16) -> Rules {
    let scale = |ticks: u16| {
        let scaled = u32::from(ticks) * u32::from(length_ticks) / u32::from(rules.length_ticks);
        // Smaller than the original, so it fits.
        u16::try_from(scaled.max(1)).unwrap_or(ticks)
    };
    Rules {
        length_ticks,
        shrink_start_ticks: scale(rules.shrink_start_ticks),
        shrink_every_ticks: scale(rules.shrink_every_ticks),
        environment_ticks: scale(rules.environment_ticks),
        power_up_every_ticks: scale(rules.power_up_every_ticks),
        event_every_ticks: scale(rules.event_every_ticks),
        growth_ticks: scale(rules.growth_ticks),
        ..rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_validates_and_the_short_ones_are_short() {
        for mode in [Mode::Blitz, Mode::Siege] {
            for quick in [false, true] {
                let rules = table(mode, quick);
                rules.validate().unwrap();
                assert_eq!(rules.mode() as u8, mode as u8);
            }
            assert!(table(mode, true).length_ticks < table(mode, false).length_ticks / 5);
        }
        assert_eq!(table(Mode::Blitz, true).length_ticks, 960);
        // Late entry ends before the short Siege does, and begins at a segment.
        assert!(table(Mode::Siege, true).late_entry_ticks < table(Mode::Siege, true).length_ticks);
    }
}
