//! A slash burns: nobody gets out of a bond by cheating, whoever owns the warriors and the reporter's key.

use aurelius::error::AureliusError as E;
use aurelius::payment::INCINERATOR;
use aurelius::state::MatchStatus;
use client::event::Event;
use client::instruction;
use program_tests::{case, quick_siege, swapped, MatchOptions, Played, World, BOND, BOND_TERMS};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Largest pot of a match with the world's options.
const POT: u64 = 20_000_000;
const RESERVED: u64 = 24_000_000;

/// How an operator is caught.
#[derive(Clone, Copy, Debug)]
enum Caught {
    /// Silent after the start.
    SilentLive,
    /// A lie, proven while the match is live.
    LieLive,
    /// A lie, proven when its result is in.
    LieProposed,
}

/// Voids a match of players with `entries` warriors, reported by `reporter`.
fn caught(world: &mut World, entries: &[u8], how: Caught, reporter: &Keypair) -> Played {
    let mut played = world.live(entries);
    match how {
        Caught::SilentLive => {
            let deadline = world.match_state(&played.of).header.progress_deadline;
            world.go_to_slot(deadline + 1);
            let void = instruction::void_match(&played.of, reporter.pubkey());
            world.send(&[void], &[reporter]);
        }
        Caught::LieLive | Caught::LieProposed => {
            let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[0][0] ^= 1);
            if matches!(how, Caught::LieProposed) {
                world.post_all(&mut played);
                world.submit(&played);
                assert_eq!(
                    world.match_state(&played.of).header.status,
                    MatchStatus::Proposed as u8
                );
            }
            world.prove(&played, &posted, 0, reporter);
        }
    }
    played
}

/// For every share of own warriors, every way to be caught and every reporter: what the operator and its own
/// wallets lose together is at least the largest pot, which is all that the match could ever have paid.
#[test]
fn c49_own_wallets_get_back_less_than_the_match_could_pay() {
    let _case = case(&[49]);
    let mut world = World::new();
    let stranger = world.player(0);
    for how in [Caught::SilentLive, Caught::LieLive, Caught::LieProposed] {
        for own in 0..=4usize {
            for self_report in [false, true] {
                let accomplice = world.player(0);
                let reporter = if self_report { &accomplice } else { &stranger };
                let before = world
                    .operator_state(&world.bond_ref(&world.operator).operator())
                    .bond;
                let played = caught(&mut world, &[5; 4], how, reporter);
                world.collect(&played.of);
                let payer = world.payer.pubkey();
                for player in &played.players {
                    world.send(&[instruction::refund(&played.of, payer, &player.pubkey())], &[]);
                }
                let award = instruction::claim_award(&played.of, payer, &reporter.pubkey());
                world.send(&[award], &[]);
                let bond = world.operator_state(&played.of.operator).bond;
                let stakes = 5_000_000 * own as u64;
                let wallets: u64 = played.players[..own]
                    .iter()
                    .map(|player| world.tokens(&player.pubkey()))
                    .sum();
                let award = world.tokens(&accomplice.pubkey());
                let loss = (before - bond) + stakes - wallets - award;
                assert!(
                    loss >= POT,
                    "{how:?}, {own} of 4, self-report {self_report}: lost {loss}"
                );
                // The others have their stakes back and more.
                for player in &played.players[own..] {
                    assert!(world.tokens(&player.pubkey()) > 5_000_000);
                }
            }
        }
    }
}

/// The operator's key lies about its own match and proves it: the way out of the bond is as long as any.
#[test]
fn c50_a_self_report_is_no_faster_than_a_withdrawal() {
    let _case = case(&[50]);
    let mut world = World::new();
    let accomplice = world.player(0);
    let played = caught(&mut world, &[5, 5], Caught::LieLive, &accomplice);
    let voided = world.slot();
    world.send(&[instruction::collect_slash(&played.of)], &[]);
    let payer = world.payer.pubkey();
    let award = instruction::claim_award(&played.of, payer, &accomplice.pubkey());
    let share = instruction::refund(&played.of, payer, &played.players[0].pubkey());
    world.send(std::slice::from_ref(&share), &[]); // the stake does not wait
    world.go_to_slot(voided + BOND_TERMS.withdraw_slots - 1);
    world.refuse(std::slice::from_ref(&award), &[], E::SlashNotPayable);
    world.refuse(std::slice::from_ref(&share), &[], E::SlashNotPayable);
    world.go_to_slot(voided + BOND_TERMS.withdraw_slots);
    world.send(&[award, share], &[]);
}

/// Late entries that no checkpoint admitted share nothing of a slash.
#[test]
fn c51_late_entries_that_were_never_admitted_share_no_slash() {
    let _case = case(&[51]);
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 1]);
    for _ in 0..3 {
        world.enter(&mut played, 5);
    }
    let stranger = world.player(0);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let void = instruction::void_match(&played.of, stranger.pubkey());
    world.send(&[void], &[&stranger]);
    let header = world.match_state(&played.of).header;
    assert_eq!((header.warriors_total, header.warriors_admitted), (17, 2));
    // 24,000,000 − 20,160,000 − 2,400,000, for two warriors.
    assert_eq!(header.compensation_per_warrior, 720_000);
    world.collect(&played.of);
    let payer = world.payer.pubkey();
    for (player, tokens) in played
        .players
        .iter()
        .zip([1_720_000, 1_720_000, 5_000_000, 5_000_000, 5_000_000])
    {
        let refund = instruction::refund(&played.of, payer, &player.pubkey());
        world.send(std::slice::from_ref(&refund), &[]);
        assert_eq!(world.tokens(&player.pubkey()), tokens);
        world.refuse(&[refund], &[], E::AlreadyRefunded);
        let close = instruction::close_entry(played.of.key, &player.pubkey(), payer);
        world.send(&[close], &[]);
    }
}

#[test]
fn the_burnt_part_of_wrapped_sol_goes_where_nobody_reaches_it() {
    let mut world = World::new();
    world.use_mint(client::address::WRAPPED_SOL_MINT);
    let operator = world.operator.insecure_clone();
    let stranger = world.player(0);
    let played = caught(&mut world, &[1, 1], Caught::SilentLive, &stranger);
    let collect = instruction::collect_slash(&played.of);
    let fire = played.of.token_account(&INCINERATOR);
    world.refuse(std::slice::from_ref(&collect), &[], E::RecipientAccountMissing);
    let mine = played.of.token_account(&operator.pubkey());
    let theft = swapped(collect.clone(), &fire, &mine);
    world.refuse(&[theft], &[], E::RecipientMismatch);
    let without = swapped(collect.clone(), &fire, &aurelius::ID);
    world.refuse(&[without], &[], E::IncineratorMissing);
    world.fund(&INCINERATOR, 0);
    let landed = world.send(&[collect], &[]);
    let Some(Event::SlashCollected(event)) = landed.events().pop() else {
        panic!("no event")
    };
    assert_eq!((event.burnt, event.burnt_to), (RESERVED * 84 / 100, fire));
    assert_eq!(world.token_amount(&fire), event.burnt);
}

/// The hot key runs matches and moves no bond; the cold one replaces it, also in matches that exist.
#[test]
fn a_crank_key_that_leaked_is_replaced_and_never_touched_the_bond() {
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let of = world.bond_ref(&operator);
    let (hot, next) = (world.player(1_000), world.player(0));
    let played = world.opened(&[1, 1]);
    let set = |key: &Keypair| instruction::set_crank_key(&of, key.pubkey());
    let foreign = swapped(set(&hot), &operator.pubkey(), &hot.pubkey());
    world.refuse(&[foreign], &[&hot], E::OperatorMismatch);
    let none = instruction::set_crank_key(&of, Default::default());
    world.refuse(&[none], &[&operator], E::CrankKeyInvalid);
    let hand_over = instruction::hand_over_match(&played.of);
    world.refuse(std::slice::from_ref(&hand_over), &[], E::CrankKeyUnchanged);
    world.send(&[set(&hot)], &[&operator]);
    world.send(std::slice::from_ref(&hand_over), &[]);

    // The hot key locks; the cold one no longer does.
    let cold = world.lock_instruction(&played);
    world.refuse(std::slice::from_ref(&cold), &[&operator], E::NotOperator);
    let lock = swapped(cold, &operator.pubkey(), &hot.pubkey());
    world.simulate(&[lock], &[&hot]);
    // And creates: the operator's account is the same.
    let options = MatchOptions::default();
    let game = program_tests::Game::new(options.rules, [1; 32]);
    let mut create = world.next_create();
    let args = world.create_args(&options, &game);
    let by_cold = instruction::create_match(&create, args.clone());
    world.refuse(&[by_cold], &[&operator], E::NotCrankKey);
    create.crank = hot.pubkey();
    world.send(&[instruction::create_match(&create, args)], &[&hot]);

    // It asks for no bond and gets none.
    for wanted in [
        instruction::request_bond_withdrawal(&of, 1),
        instruction::set_crank_key(&of, next.pubkey()),
    ] {
        let wanted = swapped(wanted, &operator.pubkey(), &hot.pubkey());
        world.refuse(&[wanted], &[&hot], E::OperatorMismatch);
    }
    world.send(&[set(&next)], &[&operator]);
    world.send(&[hand_over], &[]);
    let lock = swapped(world.lock_instruction(&played), &operator.pubkey(), &hot.pubkey());
    world.refuse(&[lock], &[&hot], E::NotOperator);
    assert_eq!(world.operator_state(&of.operator()).bond, BOND);
}
