//! Which configurations are taken.

use super::*;

fn good() -> CrankConfig {
    let mint = Pubkey::new_from_array([5; 32]);
    let template = MatchTemplate {
        rules: Rules::BLITZ,
        mint,
        stake_per_warrior: 5,
        players_max: 8,
        warriors_max: 20,
    };
    CrankConfig {
        mints: vec![MintConfig {
            mint,
            symbol: "GOLD".into(),
        }],
        lobbies: vec![LobbyConfig {
            template: template.clone(),
            open_count: 1,
        }],
        calendar: vec![CalendarConfig {
            template: MatchTemplate {
                rules: Rules::SIEGE,
                warriors_max: 100,
                ..template
            },
            every: Duration::from_secs(600),
            open_before: Duration::from_secs(300),
        }],
        ..CrankConfig::new("data")
    }
}

#[test]
fn a_good_config_is_taken() {
    assert_eq!(good().validate(), Ok(()));
    assert_eq!(
        CrankConfig::new("data").validate(),
        Ok(()),
        "a crank that only finishes old matches"
    );
}

#[test]
fn every_wrong_field_is_named_with_an_example() {
    type Break = fn(&mut CrankConfig);
    let cases: [(&str, Break); 13] = [
        ("data_dir", |c| c.data_dir = PathBuf::new()),
        ("tick_threads", |c| c.tick_threads = 0),
        ("matches_max", |c| c.matches_max = 0),
        ("claims_per_transaction", |c| c.claims_per_transaction = 9),
        ("poll_interval", |c| c.poll_interval = Duration::ZERO),
        ("countdown", |c| c.countdown = Duration::from_secs(61)),
        ("mints.symbol", |c| c.mints[0].symbol = "a".repeat(17)),
        ("mint", |c| c.mints.clear()),
        ("stake_per_warrior", |c| {
            c.lobbies[0].template.stake_per_warrior = 0
        }),
        ("stake_per_warrior", |c| {
            c.lobbies[0].template.stake_per_warrior = u64::MAX
        }),
        ("warriors_max", |c| c.lobbies[0].template.warriors_max = 21),
        ("players_max", |c| c.lobbies[0].template.players_max = 1),
        ("calendar.open_before", |c| {
            c.calendar[0].open_before = Duration::from_secs(601)
        }),
    ];
    for (field, change) in cases {
        let mut config = good();
        change(&mut config);
        let error = config.validate().unwrap_err();
        assert_eq!(error.field, field);
        assert!(error.to_string().contains("for example"), "{error}");
    }
    let mut config = good();
    config.lobbies[0].template.rules.length_ticks = 7;
    assert_eq!(config.validate().unwrap_err().field, "rules");
}
