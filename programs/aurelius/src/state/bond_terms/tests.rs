#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use super::*;

#[test]
fn nothing_is_made_or_lost_and_the_burnt_part_is_never_rounded_down() {
    for slash in [0, 1, 9, 10_000, 123_456_789, u64::MAX] {
        for burn_bps in [100, 5_000, 9_000, 10_000] {
            for reporter_bps in [0, 1, 1_000] {
                if burn_bps + reporter_bps > 10_000 {
                    continue;
                }
                for warriors in [0, 2, 3, 20, 100] {
                    let division = divide(slash, burn_bps, reporter_bps, warriors);
                    let players = division.per_warrior * u64::from(warriors);
                    assert_eq!(division.burnt + division.award + players, slash);
                    let of = |bps: u16| u128::from(slash) * u128::from(bps);
                    assert!(u128::from(division.burnt) * 10_000 >= of(burn_bps));
                    assert!(u128::from(division.award) * 10_000 <= of(reporter_bps));
                }
            }
        }
    }
}

#[test]
fn a_requirement_covers_the_pot_and_is_rounded_up() {
    let terms = BondTerms {
        factor_bps: 10_001,
        ..BondTerms::DEFAULT
    };
    assert_eq!(terms.requirement(1, 2).unwrap(), 3);
    assert_eq!(terms.requirement(10_000, 1).unwrap(), 10_001);
    assert!(terms.requirement(u64::MAX, 20).is_err());
}

#[test]
fn terms_that_protect_nobody_are_refused() {
    let good = BondTerms::DEFAULT;
    good.validate().unwrap();
    let changes: [fn(&mut BondTerms); 8] = [
        |terms| terms.factor_bps = 9_999,
        |terms| terms.factor_bps = 1_000_001,
        |terms| terms.factor_bps = 19_999, // burns a unit less than the pot
        |terms| terms.burn_bps = 4_999,
        |terms| terms.reporter_bps = 1_001,
        |terms| terms.burn_bps = 9_001, // with the reporter's share more than everything
        |terms| terms.withdraw_slots = 0,
        |terms| terms.withdraw_slots = WINDOW_SLOTS_MAX + 1,
    ];
    for change in changes {
        let mut bad = good;
        change(&mut bad);
        assert!(bad.validate().is_err(), "{bad:?}");
    }
}

/// For every valid kind of terms, every number of own warriors and every way to be caught: whoever owns them
/// loses at least the whole pot, which is more than honest play could ever have won back.
#[test]
fn whoever_cheats_with_own_warriors_loses_at_least_the_pot() {
    for (factor_bps, burn_bps) in [
        (10_000, 10_000),
        (12_500, 8_000),
        (20_000, 5_000),
        (1_000_000, 100),
    ] {
        for reporter_bps in [0, 1, 999, 1_000] {
            let terms = BondTerms {
                factor_bps,
                burn_bps,
                reporter_bps,
                ..BondTerms::DEFAULT
            };
            if terms.validate().is_err() {
                continue;
            }
            for stake in [1, 7, 1_000_000, 123_456_789_012] {
                for warriors_max in [2u8, 3, 20, 100] {
                    let bond = terms.requirement(stake, warriors_max).unwrap();
                    for admitted in 2..=warriors_max {
                        let division = divide(bond, burn_bps, reporter_bps, admitted);
                        for own in 0..=admitted {
                            // Stakes come back whatever happens; the own award is the self-report.
                            let back = division.award + division.per_warrior * u64::from(own);
                            let loss = bond - back;
                            assert!(
                                loss >= stake * u64::from(warriors_max),
                                "{terms:?} {own}/{admitted}"
                            );
                        }
                    }
                }
            }
        }
    }
}
