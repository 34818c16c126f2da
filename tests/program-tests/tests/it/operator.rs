use aurelius::error::AureliusError as E;
use client::address;
use client::instruction;
use program_tests::{Game, MatchOptions, World};
use solana_signer::Signer;

/// Anchor: an address does not follow from its seeds.
const WRONG_SEEDS: u32 = 2006;

#[test]
fn a_new_operator_waits_for_the_authority() {
    let mut world = World::new();
    let newcomer = world.wallet();
    let register = instruction::register_operator(
        newcomer.pubkey(),
        world.payer.pubkey(),
        world.mint,
        anchor_spl::token::ID,
    );
    world.send(&[register], &[&newcomer]);
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let mut create = world.next_create();
    (create.authority, create.crank) = (newcomer.pubkey(), newcomer.pubkey());
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
    // Switched on, they still have to put up a bond.
    world.refuse(std::slice::from_ref(&create), &[&newcomer], E::BondInsufficient);
    world.fund(&newcomer.pubkey(), 24_000_000);
    world.deposit_bond(&newcomer, 24_000_000);
    world.send(&[create], &[&newcomer]);
    assert_eq!(world.operator_state(&account).free_bond(), 0);
}

#[test]
fn a_registered_operator_has_an_empty_bond_vault_of_its_own() {
    let mut world = World::new();
    let newcomer = world.wallet();
    let register = instruction::register_operator(
        newcomer.pubkey(),
        world.payer.pubkey(),
        world.mint,
        anchor_spl::token::ID,
    );
    let account = address::operator(&newcomer.pubkey(), &world.mint);
    let vault = address::bond_vault(&account);
    // Somebody else's bond vault does not pass for theirs, whatever it holds.
    let rich = address::bond_vault(&address::operator(&world.operator.pubkey(), &world.mint));
    let wrong = program_tests::swapped(register.clone(), &vault, &rich);
    world.refuse_code(&[wrong], &[&newcomer], WRONG_SEEDS);
    world.send(&[register], &[&newcomer]);
    let operator = world.operator_state(&account);
    assert_eq!(
        (
            operator.authority,
            operator.mint,
            operator.bond_vault,
            operator.active
        ),
        (newcomer.pubkey(), world.mint, vault, false)
    );
    assert_eq!(
        [
            operator.bond,
            operator.reserved_bond,
            operator.slashed,
            operator.withdrawal_amount,
            operator.next_match_id
        ],
        [0; 5]
    );
    assert_eq!(world.token_amount(&vault), 0);
}

#[test]
fn an_operator_registers_once_and_for_a_listed_mint() {
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let again = instruction::register_operator(
        operator.pubkey(),
        world.payer.pubkey(),
        world.mint,
        anchor_spl::token::ID,
    );
    world.refuse_code(&[again], &[&operator], 0);
    let mint = solana_keypair::Keypair::new();
    world.create_mint(&mint, 2);
    let unlisted = instruction::register_operator(
        operator.pubkey(),
        world.payer.pubkey(),
        mint.pubkey(),
        anchor_spl::token::ID,
    );
    world.refuse(&[unlisted], &[&operator], E::MintNotAllowed);
}
