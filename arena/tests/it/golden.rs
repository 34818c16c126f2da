//! Fixed matches whose states are known: one text file a match, one line a second.
//!
//! `UPDATE_GOLDEN=1 cargo test -p arena --test it golden` writes the files anew. A difference that nobody intended means
//! that matches already played can no longer be verified.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::support::{Game, Setup, Style};
use arena::{leaf, places, HostSha256, Mode, Rules, StateBuf};

fn line(second: u32, state: &StateBuf) -> String {
    let view = state.view();
    format!(
        "{second:>3} {} alive {:>3} of {:>3}\n",
        hex::encode(leaf::<HostSha256>(state.as_bytes())),
        view.alive(),
        view.present()
    )
}

/// Plays the match to its end and compares every second with the file.
fn check(name: &str, setup: Setup) {
    let mut game = Game::new(setup);
    let mut text = format!("rules {}\n", hex::encode(game.rules.hash::<HostSha256>()));
    text += &line(0, &game.state);
    for second in 1..=game.rules.segment_count() {
        game.play_segment();
        text += &line(second, &game.state);
        if game.state.view().ended() {
            break;
        }
    }
    let view = game.state.view();
    assert!(view.ended());
    let places: Vec<String> = places(&view)
        .iter()
        .filter(|&&place| place > 0)
        .map(u8::to_string)
        .collect();
    writeln!(text, "places {}", places.join(" ")).unwrap();
    compare(name, &text);
}

fn compare(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
        .with_extension("txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 writes it", path.display()));
    for (number, (got, want)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, want, "{name}, line {}", number + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{name}");
}

#[test]
fn blitz_duel() {
    check("blitz_duel", Setup::uniform(Rules::BLITZ, 2, 1, Style::Hunt, 1));
}

#[test]
fn blitz_of_eight_hunters() {
    check(
        "blitz_of_eight_hunters",
        Setup::uniform(Rules::BLITZ, 8, 1, Style::Hunt, 2),
    );
}

#[test]
fn blitz_of_twenty_in_teams_of_five() {
    check(
        "blitz_of_twenty_in_teams_of_five",
        Setup::uniform(Rules::BLITZ, 20, 5, Style::Flee, 3),
    );
}

#[test]
fn blitz_of_idlers() {
    check(
        "blitz_of_idlers",
        Setup::uniform(Rules::BLITZ, 6, 2, Style::Idle, 4),
    );
}

#[test]
fn blitz_of_mixed_players() {
    check("blitz_of_mixed_players", Setup::random(Mode::Blitz, 5));
}

#[test]
fn siege_of_a_hundred() {
    check(
        "siege_of_a_hundred",
        Setup::uniform(Rules::SIEGE, 100, 1, Style::Wander, 6),
    );
}

#[test]
fn siege_of_a_hundred_hunters_in_teams_of_four() {
    check(
        "siege_of_a_hundred_hunters_in_teams_of_four",
        Setup::uniform(Rules::SIEGE, 100, 4, Style::Hunt, 7),
    );
}

#[test]
fn siege_with_late_entries() {
    check("siege_with_late_entries", Setup::random(Mode::Siege, 9));
}

#[test]
fn siege_against_the_walls() {
    check(
        "siege_against_the_walls",
        Setup::uniform(Rules::SIEGE, 51, 3, Style::Wall, 10),
    );
}

/// The hashes that bind a match together, for fixed arguments: a second implementation can be held against these.
#[test]
fn digests() {
    let (a, b) = ([1u8; 32], [2u8; 32]);
    let text = [
        ("match_seed", arena::match_seed::<HostSha256>(&a, &b)),
        ("checkpoint_key", arena::checkpoint_key::<HostSha256>(&a, &b)),
        ("drip_parent", arena::drip_parent::<HostSha256>(&a)),
        (
            "checkpoint_digest",
            arena::checkpoint_digest::<HostSha256>(7, &a, &b, &[(b, a), (a, b)]),
        ),
        ("blitz", Rules::BLITZ.hash::<HostSha256>()),
        ("siege", Rules::SIEGE.hash::<HostSha256>()),
    ]
    .map(|(name, digest)| format!("{name} {}\n", hex::encode(digest)))
    .concat();
    compare("digests", &text);
}
