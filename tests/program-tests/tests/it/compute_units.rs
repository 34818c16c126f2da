//! What each instruction costs, with its budget. `make cu` prints the table.

use client::instruction::{self, CloseMatch, Leave};
use program_tests::{quick_siege, Landed, MatchOptions, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

struct Table(Vec<(&'static str, u64, u64)>);

impl Table {
    fn row(&mut self, name: &'static str, budget: u64, units: u64) {
        self.0.push((name, units, budget));
    }

    fn check(self) {
        println!("{:<38} {:>9} {:>9}", "instruction", "units", "budget");
        for (name, units, budget) in &self.0 {
            println!("{name:<38} {units:>9} {budget:>9}");
        }
        let over: Vec<_> = self
            .0
            .iter()
            .filter(|(_, units, budget)| units > budget)
            .collect();
        assert!(over.is_empty(), "over budget: {over:?}");
    }
}

#[test]
fn every_instruction_keeps_its_budget() {
    let mut world = World::new();
    let mut table = Table(Vec::new());
    let operator = world.operator.insecure_clone();
    let payer = world.payer.pubkey();
    let treasury = world.treasury.pubkey();

    // A full Blitz: 20 warriors of 20 players, the largest roster the program walks.
    let mut played = world.open_match(MatchOptions::default());
    for _ in 0..19 {
        world.enter(&mut played, 1);
    }
    let last = world.player(2_000_000);
    let enter = world.enter_instruction(&played, &last.pubkey(), 1);
    table.row(
        "enter (20th of 20)",
        45_000,
        world.send(&[enter], &[&last]).compute_units,
    );
    let leave = instruction::leave(
        &played.of,
        &Leave {
            player: last.pubkey(),
            rent_payer: payer,
        },
    );
    table.row("leave", 45_000, world.send(&[leave], &[&last]).compute_units);
    let enter = world.enter_instruction(&played, &last.pubkey(), 1);
    world.send(&[enter], &[&last]);
    played.players.push(last);
    let lock = world.lock_instruction(&played);
    table.row(
        "lock_match (commit inside)",
        60_000,
        world.send(&[lock], &[&operator]).compute_units,
    );
    world.pass_slots(2);
    let reveal = world.oracle_answer(&played);
    let start = world.start_instruction(&played, &reveal);
    // Simulated first, so that the game can be set going by the usual way.
    let units = world.simulate(&[start], &[]);
    table.row("start_match (20, reveal inside)", 120_000, units);
    world.start(&mut played);
    let mut worst = 0;
    while !played.game.ended() {
        let checkpoint = played.game.checkpoint_of(vec![full_inputs(20); 2]);
        let post = world.checkpoint_instruction(&played, &checkpoint);
        worst = worst.max(world.send(&[post], &[&operator]).compute_units);
    }
    table.row("post_checkpoint (full inputs)", 12_000, worst);
    let submit = instruction::submit_result(played.of.key, played.game.state_bytes());
    table.row(
        "submit_result (20)",
        60_000,
        world.send(&[submit], &[]).compute_units,
    );
    let deadline = world.match_state(&played.of).header.challenge_deadline;
    world.go_to_slot(deadline + 1);
    let finalize = instruction::finalize(&played.of);
    table.row("finalize", 20_000, world.send(&[finalize], &[]).compute_units);
    let slots = world.match_state(&played.of).slots;
    let mut claims = 0;
    for (player, _) in played
        .players
        .iter()
        .zip(&slots)
        .filter(|(_, slot)| slot.payout > 0)
    {
        let claim = instruction::claim(&played.of, payer, &player.pubkey());
        claims = claims.max(world.send(&[claim], &[]).compute_units);
    }
    table.row("claim", 40_000, claims);
    let sweep = world
        .send(&[instruction::sweep_fee(&played.of, &treasury)], &[])
        .compute_units;
    table.row("sweep_fee", 40_000, sweep);
    table.row(
        "burn",
        40_000,
        world
            .send(&[instruction::burn(&played.of, &treasury)], &[])
            .compute_units,
    );
    let mut closes = 0;
    for player in &played.players {
        let close = instruction::close_entry(played.of.key, &player.pubkey(), payer);
        closes = closes.max(world.send(&[close], &[]).compute_units);
    }
    table.row("close_entry", 20_000, closes);
    let close = CloseMatch {
        caller: payer,
        rent_payer: payer,
        treasury_of_surplus: None,
    };
    let close = world
        .send(&[instruction::close_match(&played.of, &close)], &[])
        .compute_units;
    table.row("close_match", 40_000, close);

    let options = MatchOptions {
        rules: quick_siege(),
        warriors_max: 100,
        players_max: 20,
        ..Default::default()
    };
    let mut siege = world.opened_as(options, &[5; 20]);
    world.lock(&siege);
    world.pass_slots(2);
    let reveal = world.oracle_answer(&siege);
    let start = world.start_instruction(&siege, &reveal);
    let units = world.simulate(&[start], &[]);
    table.row("start_match (100, reveal inside)", 400_000, units);
    world.start(&mut siege);
    let checkpoint = siege.game.checkpoint_of(vec![full_inputs(100)]);
    let post = world.checkpoint_instruction(&siege, &checkpoint);
    table.row(
        "post_checkpoint (100, full inputs)",
        12_000,
        world.send(&[post], &[&operator]).compute_units,
    );
    table.check();
}

#[test]
fn bonds_and_exits_keep_their_budgets() {
    let mut world = World::new();
    let mut table = Table(Vec::new());
    let operator = world.operator.insecure_clone();
    let payer = world.payer.pubkey();
    let of = world.bond_ref(&operator);
    let depositor = world.player(1_000);
    let mut row = |name, budget, landed: Landed| table.row(name, budget, landed.compute_units);

    let deposit = instruction::deposit_bond(&of, depositor.pubkey(), 1_000);
    row("deposit_bond", 40_000, world.send(&[deposit], &[&depositor]));
    let request = instruction::request_bond_withdrawal(&of, 1_000);
    row(
        "request_bond_withdrawal",
        20_000,
        world.send(&[request], &[&operator]),
    );
    let ready = world.operator_state(&of.operator()).withdrawal_slot;
    world.go_to_slot(ready);
    let withdraw = instruction::withdraw_bond(&of);
    row("withdraw_bond", 45_000, world.send(&[withdraw], &[&operator]));

    let set = instruction::set_crank_key(&of, depositor.pubkey());
    let open = world.opened(&[1; 20]);
    row("set_crank_key", 20_000, world.send(&[set], &[&operator]));
    let hand_over = instruction::hand_over_match(&open.of);
    row("hand_over_match", 20_000, world.send(&[hand_over], &[]));
    let back = instruction::set_crank_key(&of, operator.pubkey());
    world.send(&[back, instruction::hand_over_match(&open.of)], &[&operator]);
    let player = open.players[0].insecure_clone();
    let rotate = instruction::rotate_session_key(&open.of, player.pubkey(), payer);
    row("rotate_session_key", 20_000, world.send(&[rotate], &[&player]));
    let cancel = instruction::cancel(&open.of, operator.pubkey());
    row("cancel", 20_000, world.send(&[cancel], &[&operator]));

    let proposed = world.proposed(&[1; 20]);
    let players: Vec<&Keypair> = proposed.players.iter().collect();
    let one = world.cosign_instructions(&proposed, &players[..1], u64::MAX);
    row("cosign_result (1 signature)", 30_000, world.send(&one, &[]));
    let four = world.cosign_instructions(&proposed, &players[1..5], u64::MAX);
    row("cosign_result (4 signatures)", 60_000, world.send(&four, &[]));

    let live = world.live(&[1; 20]);
    let reporter = world.player(0);
    let deadline = world.match_state(&live.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let void = instruction::void_match(&live.of, reporter.pubkey());
    row(
        "void_match (20, slash)",
        20_000,
        world.send(&[void], &[&reporter]),
    );
    let collect = instruction::collect_slash(&live.of);
    row("collect_slash", 45_000, world.send(&[collect], &[]));
    let payable = world.match_state(&live.of).header.slash_payable_slot;
    world.go_to_slot(payable);
    let refund = instruction::refund(&live.of, payer, &live.players[0].pubkey());
    row("refund (stake and share)", 40_000, world.send(&[refund], &[]));
    let award = instruction::claim_award(&live.of, payer, &reporter.pubkey());
    row("claim_award", 40_000, world.send(&[award], &[]));
    table.check();
}

#[test]
fn the_dearest_proofs_keep_their_budgets() {
    let mut table = Table(Vec::new());
    for (name, budget, units) in crate::fraud_cost::rows() {
        table.row(name, budget, units);
    }
    table.check();
}

/// Inputs in which every warrior changes its heading ten times in a segment: the most the rules take.
fn full_inputs(warriors: u8) -> Vec<u8> {
    let rules = if warriors > 20 {
        quick_siege()
    } else {
        program_tests::quick_blitz()
    };
    let slots = rules.slots_per_segment();
    let mask = usize::from(warriors).div_ceil(8);
    let mut bytes = vec![0u8; 1 + slots * mask];
    for slot in 0..10 {
        for warrior in 0..usize::from(warriors) {
            bytes[1 + slot * mask + warrior / 8] |= 1 << (warrior % 8);
        }
    }
    bytes.extend(std::iter::repeat_n(0x21, usize::from(warriors) * 10 / 2));
    bytes
}
