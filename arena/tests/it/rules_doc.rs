//! `docs/RULES.md` says what the tables say.
//!
//! `UPDATE_GOLDEN=1 cargo test -p arena --test it rules_doc` writes the generated parts anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use arena::{HostSha256, Rules, RULES_LEN, TICKS_PER_SECOND};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/RULES.md")
}

/// The text between two markers, and what it must be.
fn replaced(document: &str, name: &str, body: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let from = document.find(&begin).expect("the page has its markers") + begin.len();
    let to = document.find(&end).expect("the page has its markers");
    format!("{}{body}{}", &document[..from], &document[to..])
}

fn hashes() -> String {
    [("Blitz", Rules::BLITZ), ("Siege", Rules::SIEGE)]
        .map(|(name, rules)| {
            let hash = rules.hash::<HostSha256>();
            let hex = hash
                .iter()
                .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            format!("- {name}: `{hex}`\n")
        })
        .concat()
}

fn table() -> String {
    let mut text = String::from("| offset | bytes | field | Blitz | Siege |\n|---|---|---|---|---|\n");
    let mut end = 0;
    macro_rules! row {
        ($field:ident) => {{
            let offset = std::mem::offset_of!(Rules, $field);
            let bytes = size_of_val(&Rules::BLITZ.$field);
            assert_eq!(offset, end, "fields are listed in their order, without a gap");
            end = offset + bytes;
            let (blitz, siege) = (format!("{:?}", Rules::BLITZ.$field), format!("{:?}", Rules::SIEGE.$field));
            writeln!(text, "| {offset} | {bytes} | `{}` | {blitz} | {siege} |", stringify!($field)).unwrap();
        }};
        ($($field:ident)+) => { $(row!($field);)+ };
    }
    row!(version mode warriors_min warriors_max warriors_per_player_max arena_side zone_side_final
        segments_per_checkpoint length_ticks segment_ticks slot_ticks late_entry_ticks fee_bps burn_bps place_bps
        changes_per_warrior_max hp_max_centi hp_late_centi move_ticks move_fast_ticks attack_ticks damage_min_centi
        damage_max_centi growth_ticks growth_bps rage_bps underdog_bps shield_bps kill_heal_centi environment_ticks
        environment_damage_centi zone_ticks zone_damage_centi shrink_start_ticks shrink_every_ticks
        power_up_every_ticks power_up_chance_bps power_up_life_ticks effect_ticks heal_centi event_every_ticks
        event_chance_bps event_ticks frenzy_bps);
    let reserved = RULES_LEN - end;
    writeln!(text, "| {end} | {reserved} | zero | | |").unwrap();
    text
}

#[test]
fn the_generated_parts_are_up_to_date() {
    let document = std::fs::read_to_string(path()).unwrap();
    let fresh = replaced(&replaced(&document, "hashes", &hashes()), "table", &table());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(), &fresh).unwrap();
        return;
    }
    for (number, (got, want)) in document.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(
            got,
            want,
            "docs/RULES.md, line {}: UPDATE_GOLDEN=1 writes it anew",
            number + 1
        );
    }
    assert_eq!(document, fresh);
}

fn seconds(ticks: u16) -> String {
    let ticks = u32::from(ticks);
    assert_eq!(ticks % TICKS_PER_SECOND, 0, "a whole number of seconds");
    match ticks / TICKS_PER_SECOND {
        1 => "second".to_owned(),
        count => format!("{count} s"),
    }
}

fn percent(bps: u16) -> String {
    assert_eq!(bps % 100, 0);
    format!("{} %", bps / 100)
}

fn factor(bps: u16) -> String {
    format!("×{}", f64::from(bps) / 10_000.0)
}

fn hp(centi: u16) -> String {
    assert_eq!(centi % 100, 0);
    format!("{} HP", centi / 100)
}

/// Every sentence with a number in it, made from the tables.
fn sentences() -> Vec<String> {
    let (b, s) = (Rules::BLITZ, Rules::SIEGE);
    vec![
        format!("\"every {} ticks\"", b.environment_ticks),
        format!("A *segment* is {} ticks", b.segment_ticks),
        format!(
            "{} segments in Blitz and {} in Siege",
            b.segments_per_checkpoint, s.segments_per_checkpoint
        ),
        format!("Blitz: {} to {} warriors", b.warriors_min, b.warriors_max),
        format!(
            "Siege: {} to {}. At most {} of one player",
            s.warriors_min, s.warriors_max, s.warriors_per_player_max
        ),
        format!("A warrior has {}", hp(b.hp_max_centi)),
        format!(
            "{0} × {0} cells in Blitz and {1} × {1} in Siege",
            b.arena_side, s.arena_side
        ),
        format!("on every {}rd tick in Siege", s.slot_ticks),
        format!("at most {} times in a segment", b.changes_per_warrior_max),
        format!(
            "steps every {} ticks, every {} ticks with *speed*",
            b.move_ticks, b.move_fast_ticks
        ),
        format!("its last attack is {} ticks past", b.attack_ticks),
        format!(
            "from {}.00 to {}.00 HP",
            b.damage_min_centi / 100,
            b.damage_max_centi / 100
        ),
        format!(
            "+{} for each {} survived",
            percent(b.growth_bps),
            seconds(b.growth_ticks)
        ),
        format!(
            "*rage* {} in Blitz and {} in Siege",
            factor(b.rage_bps),
            factor(s.rage_bps)
        ),
        format!("+{} for the underdog", percent(b.underdog_bps)),
        format!("*frenzy* {}", factor(b.frenzy_bps)),
        format!("*shield* {}.", factor(b.shield_bps)),
        format!(
            "The killer heals {}, up to {}",
            hp(b.kill_heal_centi),
            b.hp_max_centi / 100
        ),
        format!(
            "loses {} every {} in Blitz and {} every {} in Siege",
            hp(b.environment_damage_centi),
            seconds(b.environment_ticks),
            hp(s.environment_damage_centi),
            seconds(s.environment_ticks)
        ),
        format!(
            "From {} in Blitz ({} in Siege)",
            seconds(b.shrink_start_ticks),
            seconds(s.shrink_start_ticks)
        ),
        format!(
            "on each side every {} ({})",
            seconds(b.shrink_every_ticks),
            seconds(s.shrink_every_ticks)
        ),
        format!(
            "until its side is {} cells ({})",
            b.zone_side_final, s.zone_side_final
        ),
        format!(
            "outside loses {} every {}",
            hp(b.zone_damage_centi),
            seconds(b.zone_ticks)
        ),
        format!(
            "Every {} in Blitz and every {} in Siege one may appear, with a probability of {}",
            seconds(b.power_up_every_ticks),
            seconds(s.power_up_every_ticks),
            percent(b.power_up_chance_bps)
        ),
        format!(
            "each for {}, and *heal* ({} at once",
            seconds(b.effect_ticks),
            hp(b.heal_centi)
        ),
        format!("disappears after {}", seconds(b.power_up_life_ticks)),
        format!(
            "Every {} in Blitz and every {} in Siege one may begin, with a probability of {}, for {}",
            seconds(b.event_every_ticks),
            seconds(s.event_every_ticks),
            percent(b.event_chance_bps),
            seconds(b.event_ticks)
        ),
        format!("*frenzy* (attacks {})", factor(b.frenzy_bps)),
        format!(
            "at or before {}, on a drawn free cell of the zone, with {}",
            seconds(s.late_entry_ticks),
            hp(s.hp_late_centi)
        ),
        format!(
            "or after {} ({})",
            seconds(b.length_ticks),
            seconds(s.length_ticks)
        ),
        format!(
            "{} of it are the fee, {} are burned",
            percent(b.fee_bps),
            percent(b.burn_bps)
        ),
        format!("the first takes {} of the pot", percent(b.place_bps[0])),
        format!(
            "take {}, {} and {}",
            percent(s.place_bps[0]),
            percent(s.place_bps[1]),
            percent(s.place_bps[2])
        ),
        format!("{} bytes for 20 warriors, 1,728 for 100", arena::state_len(20)),
    ]
}

#[test]
fn the_sentences_hold_the_numbers_of_the_tables() {
    let document = std::fs::read_to_string(path()).unwrap();
    // Line breaks are no part of a sentence.
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in sentences() {
        assert!(
            document.contains(&sentence),
            "docs/RULES.md does not say: {sentence}"
        );
    }
}

/// The page names one number for both modes in these places.
#[test]
fn what_the_page_says_of_both_modes_is_the_same_in_both() {
    let (b, s) = (Rules::BLITZ, Rules::SIEGE);
    let common = Rules {
        mode: b.mode,
        warriors_max: b.warriors_max,
        arena_side: b.arena_side,
        zone_side_final: b.zone_side_final,
        segments_per_checkpoint: b.segments_per_checkpoint,
        length_ticks: b.length_ticks,
        slot_ticks: b.slot_ticks,
        late_entry_ticks: b.late_entry_ticks,
        place_bps: b.place_bps,
        rage_bps: b.rage_bps,
        environment_ticks: b.environment_ticks,
        environment_damage_centi: b.environment_damage_centi,
        shrink_start_ticks: b.shrink_start_ticks,
        shrink_every_ticks: b.shrink_every_ticks,
        power_up_every_ticks: b.power_up_every_ticks,
        event_every_ticks: b.event_every_ticks,
        ..s
    };
    assert_eq!(common, b, "the page would have to name both numbers");
    assert_eq!(
        Rules::BLITZ.slot_ticks,
        1,
        "inputs take effect on every tick in Blitz"
    );
}
