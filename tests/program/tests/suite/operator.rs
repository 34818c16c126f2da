use aurelius::error::AureliusError as E;
use client::address;
use client::instruction;
use program_tests::{Game, MatchOptions, World};
use solana_signer::Signer;

#[test]
fn a_new_operator_waits_for_the_authority() {
    let mut world = World::new();
    let newcomer = world.wallet();
    let register = instruction::register_operator(newcomer.pubkey(), world.payer.pubkey(), world.mint);
    world.send(&[register], &[&newcomer]);
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let mut create = world.next_create();
    create.authority = newcomer.pubkey();
    create.match_id = 0;
    let create = instruction::create_match(&create, args);
    world.refuse(std::slice::from_ref(&create), &[&newcomer], E::OperatorInactive);
    let authority = world.authority.insecure_clone();
    let account = address::operator(&newcomer.pubkey(), &world.mint);
    world.send(
        &[instruction::set_operator_active(
            authority.pubkey(),
            account,
            true,
        )],
        &[&authority],
    );
    world.send(&[create], &[&newcomer]);
}

#[test]
fn an_operator_registers_once_and_for_a_listed_mint() {
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let again = instruction::register_operator(operator.pubkey(), world.payer.pubkey(), world.mint);
    world.refuse_code(&[again], &[&operator], 0);
    let mint = solana_keypair::Keypair::new();
    world.create_mint(&mint, 2);
    let unlisted = instruction::register_operator(operator.pubkey(), world.payer.pubkey(), mint.pubkey());
    world.refuse(&[unlisted], &[&operator], E::MintNotAllowed);
}
