#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use arena::{HostSha256, Rules};
use bytemuck::Zeroable;

use super::*;

/// A locked match with players of these numbers of warriors; 0 is an empty slot.
fn locked(rules: &Rules, warriors: &[u8]) -> (Match, Vec<PlayerSlot>) {
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.set_status(MatchStatus::Locked);
    header.players_max = warriors.len() as u8;
    header.slots_used = header.players_max;
    header.warriors_max = rules.warriors_max;
    header.warriors_total = warriors.iter().sum();
    header.late_entry_ticks = u32::from(rules.late_entry_ticks);
    header.rules[..arena::RULES_LEN].copy_from_slice(rules.as_bytes());
    header.rules_len = arena::RULES_LEN as u16;
    header.windows.checkpoint_slots = 50;
    let slots = warriors
        .iter()
        .map(|count| PlayerSlot {
            warriors: *count,
            flags: if *count > 0 { PlayerSlot::ENTERED } else { 0 },
            ..PlayerSlot::default()
        })
        .collect();
    (header, slots)
}

#[test]
fn the_genesis_leaf_is_that_of_the_rules_crate() {
    for rules in [Rules::BLITZ, Rules::SIEGE] {
        let (mut header, mut slots) = locked(&rules, &[2, 0, 1, 3, 0]);
        let match_key = Pubkey::new_from_array([3; 32]);
        let event = start(&mut header, &mut slots, &match_key, &[4; 32], 1_000).unwrap();
        let owners = [0, 0, 2, 3, 3, 3];
        assert_eq!(event.owners, owners);
        let capacity = if rules.late_entry_ticks > 0 { 100 } else { 6 };
        assert_eq!(usize::from(header.capacity), capacity);
        let seed = arena::match_seed::<HostSha256>(&[3; 32], &[4; 32]);
        let genesis = arena::genesis::<HostSha256>(&rules, &owners, capacity, &seed).unwrap();
        assert_eq!(header.genesis_leaf, arena::leaf::<HostSha256>(genesis.as_bytes()));
        assert_eq!(header.last_leaf, header.genesis_leaf);
        assert_eq!(header.seed, seed);
    }
}

#[test]
fn warriors_are_numbered_in_the_order_of_slots() {
    let (mut header, mut slots) = locked(&Rules::BLITZ, &[2, 0, 1, 3, 0]);
    fix_roster(&mut header, &mut slots);
    let firsts: Vec<u8> = slots.iter().map(|slot| slot.first_warrior).collect();
    assert_eq!(firsts, [0, 0, 2, 3, 0]);
    // A late entry may take slot 4: nobody is in it or behind it.
    assert_eq!(header.slots_used, 4);
}

#[test]
fn deadlines_count_from_the_start() {
    let (mut header, mut slots) = locked(&Rules::SIEGE, &[1, 1]);
    start(&mut header, &mut slots, &Pubkey::default(), &[1; 32], 1_000).unwrap();
    assert_eq!(header.progress_deadline, 1_050);
    // 60 seconds in slots of 400 ms.
    assert_eq!(header.late_entry_deadline, 1_150);
    let (mut header, mut slots) = locked(&Rules::BLITZ, &[1, 1]);
    start(&mut header, &mut slots, &Pubkey::default(), &[1; 32], 1_000).unwrap();
    assert_eq!(header.late_entry_deadline, 0);
}
