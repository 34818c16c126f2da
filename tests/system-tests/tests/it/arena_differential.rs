//! The rules give the same bytes in the virtual machine as on the host.
//!
//! `SOAK_TICKS=5000000` makes the random matches as many ticks long.

use crate::support::arena_sbf::Machine;
use crate::support::playing::{random_owners, Game, Lot, Setup};
use arena::{genesis, share_out, state_len, HostSha256, Mode, Rules, State, StateBuf, MAX_PLAYERS};

/// Ticks of a run when nothing else is asked for.
const TICKS_DEFAULT: u64 = 120_000;

fn ticks_wanted() -> u64 {
    match std::env::var("SOAK_TICKS") {
        Ok(text) => text
            .replace('_', "")
            .parse()
            .expect("SOAK_TICKS is a number of ticks, such as 5000000"),
        Err(_) => TICKS_DEFAULT,
    }
}

/// Plays one match to its end in both places, one segment a transaction; returns the ticks compared.
fn compare_match(machine: &mut Machine, mode: Mode, number: u64) -> u64 {
    let mut game = Game::new(Setup::random(mode, number));
    machine.load(game.state.as_bytes());
    let mut ticks = 0;
    while !game.state.view().ended() {
        let before = game.state.view().tick();
        let played = game.play_segment();
        let outcome = machine.segment(&game.rules, &played.key, &game.owners, &played.inputs);
        assert!(outcome.accepted, "{mode:?} match {number} at tick {before}");
        assert_eq!(
            machine.state(),
            game.state.as_bytes(),
            "{mode:?} match {number} after tick {before}"
        );
        ticks += u64::from(game.state.view().tick() - before);
    }
    let paid = random_payments(&mut Lot(number));
    let mut payouts = vec![0; paid.len()];
    share_out(&game.rules, &game.state.view(), &paid, &mut payouts).unwrap();
    let returned = machine.share_out(&game.rules, &paid).returned;
    let onchain: Vec<u64> = returned
        .chunks(8)
        .map(|bytes| u64::from_le_bytes(padded(bytes)))
        .chain(std::iter::repeat(0))
        .take(paid.len())
        .collect();
    assert_eq!(onchain, payouts, "{mode:?} match {number}: payouts");
    ticks
}

/// The machine cuts zero bytes off the end of return data.
fn padded(bytes: &[u8]) -> [u8; 8] {
    let mut whole = [0; 8];
    whole[..bytes.len()].copy_from_slice(bytes);
    whole
}

fn random_payments(lot: &mut Lot) -> Vec<u64> {
    (0..MAX_PLAYERS)
        .map(|_| lot.next() >> (8 + lot.below(50)))
        .collect()
}

#[test]
fn random_matches_give_the_same_bytes_in_the_virtual_machine() {
    let mut machine = Machine::new();
    let (mut ticks, mut matches) = (0, 0);
    while ticks < ticks_wanted() {
        // Blitz matches are shorter: three of them for one Siege.
        let mode = if matches % 4 == 3 {
            Mode::Siege
        } else {
            Mode::Blitz
        };
        ticks += compare_match(&mut machine, mode, 50_000 + matches);
        matches += 1;
    }
    println!("{ticks} ticks of {matches} matches compared");
}

#[test]
fn genesis_gives_the_same_bytes_in_the_virtual_machine() {
    let mut machine = Machine::new();
    let mut lot = Lot(1);
    for number in 0..200u64 {
        let rules = if number % 2 == 0 {
            Rules::BLITZ
        } else {
            Rules::SIEGE
        };
        let capacity = 2 + lot.below(usize::from(rules.warriors_max) - 1);
        let warriors = 2 + lot.below(capacity - 1);
        let owners = random_owners(&mut lot, warriors, 5);
        let seed = [number as u8; 32];
        let expected = genesis::<HostSha256>(&rules, &owners, capacity, &seed).unwrap();
        machine.load(&vec![0xFF; state_len(capacity)]);
        assert!(machine.genesis(&rules, &seed, &owners).accepted);
        assert_eq!(machine.state(), expected.as_bytes());
    }
}

/// Changes a few bytes of a state and of packed inputs: both places must agree on what is refused, and on the result
/// of what is not.
#[test]
fn damaged_bytes_are_refused_alike() {
    let mut machine = Machine::new();
    let mut lot = Lot(2);
    let mut accepted = 0;
    let mut refused = 0;
    for number in 0..40 {
        let mode = if number % 2 == 0 { Mode::Blitz } else { Mode::Siege };
        let mut game = Game::new(Setup::random(mode, 90_000 + number));
        for _ in 0..20 {
            let played = game.play_segment();
            let mut state = played.before.as_bytes().to_vec();
            let mut inputs = played.inputs.clone();
            for _ in 0..lot.below(3) {
                let at = lot.below(state.len());
                state[at] = state[at].wrapping_add(1 << lot.below(8));
            }
            if lot.below(3) == 0 {
                let at = lot.below(inputs.len());
                inputs[at] ^= 1 << lot.below(8);
            }
            machine.load(&state);
            let valid = machine.check().accepted;
            assert_eq!(valid, State::from_bytes(&state).is_ok());
            let outcome = machine.segment(&game.rules, &played.key, &game.owners, &inputs);
            match host_segment(&game, &played.key, &state, &inputs) {
                Ok(after) => {
                    assert!(outcome.accepted);
                    assert_eq!(machine.state(), after.as_bytes());
                    accepted += 1;
                }
                Err(_) => {
                    assert!(!outcome.accepted);
                    assert_eq!(machine.state(), state);
                    refused += 1;
                }
            }
        }
    }
    assert!(
        accepted > 50 && refused > 50,
        "both outcomes must be common: {accepted} accepted, {refused} refused"
    );
}

fn host_segment(
    game: &Game,
    key: &[u8; 32],
    state: &[u8],
    inputs: &[u8],
) -> Result<StateBuf, arena::ArenaError> {
    let mut state = StateBuf::from_bytes(state)?;
    let inputs = arena::SegmentInputs::parse(&game.rules, state.view().capacity(), inputs)?;
    let mut scratch = Box::new(arena::Scratch::new());
    let mut view = state.view_mut();
    arena::step_segment::<HostSha256>(
        &game.rules,
        &mut view,
        &mut scratch,
        key,
        &inputs,
        &game.owners,
        &mut (),
    )?;
    Ok(state)
}
