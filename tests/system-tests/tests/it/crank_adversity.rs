//! The crank when something around it fails or somebody else is faster: gateway down, RPC gone, strangers, recipients who
//! cannot be paid, transactions that were signed and never sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use crate::support::world::serving::{self, Endpoints};
use crate::support::world::{players, until, World, PURSE, SHORT_BLITZ, SLOT_MS};
use anchor_lang::prelude::Pubkey;
use client::entropy::switchboard::Randomness;
use client::entropy::{EntropyClient, Reach};
use client::view::{fetch, MatchStatus, MatchView};
use client::{address, instruction, token};
use crank::{CrankConfig, Shutdown};
use protocol::MatchKey;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::{Attempt, Intent, IntentId, IntentKind, IntentState, MatchRecord, Store};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// An address where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// How long the chain cannot be reached: longer than beacons are known ahead.
const CUT: Duration = Duration::from_secs(6);

fn blitz(folder: &tempfile::TempDir, at: &Endpoints) -> CrankConfig {
    serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 2, 4)
}

async fn two_enter(world: &World) -> MatchView {
    let view = world.the_match().await;
    players::enter(world, &view, 0, 2).await;
    players::enter(world, &view, 1, 2).await;
    view
}

async fn purse(world: &World, number: u8) -> u64 {
    world.balance(&players::wallet(number).pubkey()).await
}

/// A gateway that never answers; and no subscriptions, so that polling has to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_randomness_a_match_is_voided_and_refunded() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = CrankConfig {
        gateway: Some(NOWHERE.into()),
        ..blitz(&folder, &at)
    };
    let (handle, bus, _store) = serving::start_polling(&at, config).await;
    let key = two_enter(&world).await.address;
    world.until_status(&key, MatchStatus::Locked).await;
    let deadline = world.view(&key).await.header.entropy_deadline;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        world.view(&key).await.status,
        MatchStatus::Locked,
        "it was given up before its deadline"
    );
    world.warp(deadline).await;
    let view = world.until_paid(&key).await;
    assert_eq!(view.status, MatchStatus::Voided);
    assert_eq!((purse(&world, 0).await, purse(&world, 1).await), (PURSE, PURSE));
    until("the refunds to be shown", || async {
        let detail = bus.detail(&MatchKey(key.to_bytes())).unwrap();
        detail
            .players
            .iter()
            .all(|player| player.refunded && player.claimed_in.is_some())
    })
    .await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

/// The operator's gateway is down, a stranger's is not; later the stranger claims faster, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_may_take_any_open_step() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = CrankConfig {
        gateway: Some(NOWHERE.into()),
        ..blitz(&folder, &at)
    };
    let (handle, bus, _store) = serving::start(&at, config).await;
    let key = two_enter(&world).await.address;
    world.until_status(&key, MatchStatus::Locked).await;
    start_as_a_stranger(&world, &key, &at.gateway).await;
    let view = world.until_paid(&key).await;
    assert_eq!(view.status, MatchStatus::Settled);
    world.check_money(&view).await;
    until("the stranger's transaction to be found", || async {
        bus.detail(&MatchKey(key.to_bytes()))
            .unwrap()
            .started_in
            .is_some()
    })
    .await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

async fn start_as_a_stranger(world: &World, key: &Pubkey, gateway: &str) {
    let view = world.view(key).await;
    let randomness = view.randomness().unwrap();
    let account = world.rpc.account(&randomness).await.unwrap().unwrap();
    let committed = Randomness::decode(&account, &mock_switchboard::ID).unwrap();
    let entropy = EntropyClient::new(Reach::Loopback, Duration::from_secs(5)).unwrap();
    let reveal = entropy
        .reveal(gateway, &committed.commitment(randomness).unwrap())
        .await
        .unwrap();
    let stranger = players::wallet(5);
    let source = view.randomness_source();
    let start = instruction::start_match(
        &source,
        stranger.pubkey(),
        *key,
        randomness,
        committed.oracle,
        &reveal,
    );
    world.send(&[start], &stranger, &[]).await;
}

/// The winner has closed their token account: their payout waits, nobody else's does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_who_cannot_be_paid_holds_up_nobody() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    // An operator who makes no accounts for others.
    let config = CrankConfig {
        accounts_made_daily_max: 0,
        ..blitz(&folder, &at)
    };
    let (handle, _bus, _store) = serving::start(&at, config).await;
    let key = two_enter(&world).await.address;
    // Who will win is not known: both close theirs.
    for number in [0, 1] {
        close_token_account(&world, &players::wallet(number)).await;
    }
    until("fee and burn", || async {
        let header = world.view(&key).await.header;
        header.fee_swept == 1 && header.burn_done == 1
    })
    .await;
    let view = world.view(&key).await;
    assert!(view.header.owed > 0, "paid into an account that does not exist");
    assert_eq!(world.balance(&world.treasury.pubkey()).await, view.header.fee);
    // The accounts come back; whoever claims, the money is still there.
    let winner = view.players().find(|player| player.payout > 0).unwrap();
    let stranger = players::wallet(5);
    let mint = world.mint.pubkey();
    let account =
        token::create_token_account(&stranger.pubkey(), &winner.wallet, &mint, &anchor_spl::token::ID);
    let claim = instruction::claim(&view.reference(), stranger.pubkey(), &winner.wallet);
    world.send(&[account, claim], &stranger, &[]).await;
    assert_eq!(world.balance(&winner.wallet).await, winner.payout);
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

/// As above, with an operator who makes the account: the winner is paid, and everything closes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_11_a_winner_who_closed_their_token_account_is_paid_into_a_new_one() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = CrankConfig {
        close_delay: Some(Duration::from_secs(5)),
        ..blitz(&folder, &at)
    };
    let (handle, _bus, _store) = serving::start(&at, config).await;
    let key = two_enter(&world).await.address;
    for number in [0, 1] {
        close_token_account(&world, &players::wallet(number)).await;
    }
    let view = world.until_paid(&key).await;
    let winner = view.players().find(|player| player.payout > 0).unwrap();
    assert_eq!(world.balance(&winner.wallet).await, winner.payout);
    until("the match account to be closed", || async {
        world.matches().await.is_empty()
    })
    .await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

async fn close_token_account(world: &World, owner: &Keypair) {
    use anchor_spl::token::spl_token;
    let (program, mint) = (anchor_spl::token::ID, world.mint.pubkey());
    let account = address::token_account(&owner.pubkey(), &mint, &program);
    let rest = world.balance(&owner.pubkey()).await;
    let burn = spl_token::instruction::burn(&program, &account, &mint, &owner.pubkey(), &[], rest).unwrap();
    let close =
        spl_token::instruction::close_account(&program, &account, &owner.pubkey(), &owner.pubkey(), &[])
            .unwrap();
    world.send(&[burn, close], owner, &[]).await;
}

/// A match in the store whose creation is signed and written, as a crank leaves it that is killed before it sends.
async fn signed_and_killed(world: &World, store: &Store) -> (MatchRecord, IntentId, Attempt) {
    let record = forged_record(world);
    store.matches.insert(&record).await.unwrap();
    let create = create_instruction(world, &record).await;
    let prepared = world
        .sender
        .prepare(&[create], &world.operator, &[])
        .await
        .unwrap();
    let attempt = Attempt {
        signature: prepared.signature.into(),
        last_valid_block_height: prepared.last_valid_block_height,
        transaction: prepared.to_bytes().unwrap(),
    };
    let intents = &store.intents;
    let create = IntentKind::Create;
    let id = intents.enqueue(&record.match_key, create, 0).await.unwrap().id;
    let sent = IntentState::Sent(attempt.clone());
    intents.advance(&[id], &sent, 0).await.unwrap();
    (record, id, attempt)
}

async fn creation(store: &Store, record: &MatchRecord) -> Intent {
    let intents = store.intents.of_match(&record.match_key).await.unwrap();
    let mut all = intents.into_iter();
    all.find(|intent| intent.kind == IntentKind::Create).unwrap()
}

/// The stored bytes are sent, and the match is created once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_was_written_and_never_sent_lands_once() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let store = serving::open_store(folder.path()).await;
    let (record, _, attempt) = signed_and_killed(&world, &store).await;
    let (handle, _bus, store) = serving::start(&at, blitz(&folder, &at)).await;
    assert_eq!(world.the_match().await.address.to_bytes(), record.match_key);
    until("its fate to be written", || async {
        matches!(
            creation(&store, &record).await.state,
            IntentState::Landed { signature, .. } if signature == Some(attempt.signature)
        )
    })
    .await;
    handle.shutdown(Shutdown::Now).await.unwrap();
}

/// As above, but its blockhash is over by the time the crank is back: a new one is made, once that is certain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_expired_is_made_anew() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let store = serving::open_store(folder.path()).await;
    let (record, id, attempt) = signed_and_killed(&world, &store).await;
    let unknown = IntentState::Unknown(attempt);
    store.intents.advance(&[id], &unknown, 0).await.unwrap();
    world.warp(world.rpc.slot().await.unwrap() + 400).await;
    let (handle, _bus, store) = serving::start(&at, blitz(&folder, &at)).await;
    assert_eq!(world.the_match().await.address.to_bytes(), record.match_key);
    let create = creation(&store, &record).await;
    assert_eq!(create.attempts, 2, "{create:?}");
    handle.shutdown(Shutdown::Now).await.unwrap();
}

fn forged_record(world: &World) -> MatchRecord {
    let operator = address::operator(&world.operator.pubkey(), &world.mint.pubkey());
    MatchRecord {
        match_key: address::match_account(&operator, 7).to_bytes(),
        operator: operator.to_bytes(),
        match_id: 7,
        mode: SHORT_BLITZ.mode(),
        mint: world.mint.pubkey().to_bytes(),
        rules: SHORT_BLITZ.as_bytes().to_vec(),
        stake_per_warrior: crate::support::world::STAKE,
        players_max: 2,
        warriors_max: 4,
        scheduled_slot: 0,
        phase: store::MatchPhase::Creating,
        created_at_ms: 0,
        start_unix_us: None,
    }
}

async fn create_instruction(world: &World, record: &MatchRecord) -> solana_instruction::Instruction {
    let me = world.operator.pubkey();
    let create = instruction::CreateMatch {
        authority: me,
        crank: me,
        payer: me,
        mint: world.mint.pubkey(),
        token_program: anchor_spl::token::ID,
        match_id: record.match_id,
    };
    let mut args = instruction::CreateMatchArgs {
        rules: record.rules.clone(),
        stake_per_warrior: record.stake_per_warrior,
        players_max: record.players_max,
        warriors_max: record.warriors_max,
        drip_root: serving::DRIP_KEY
            .chain(&MatchKey(record.match_key), &SHORT_BLITZ)
            .root(),
        receipt_key: me,
        scheduled_slot: 0,
        expect_terms: [0; 32],
        slot_us: 105_000,
    };
    let config = fetch::config(&world.rpc).await.unwrap().unwrap();
    args.expect_terms = config.terms_of(&args).unwrap();
    instruction::create_match(&create, args)
}

/// The way to the chain breaks in the middle of a match, for longer than a checkpoint: the arena waits for its next beacon,
/// and goes on where it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_outlives_its_connection_to_the_chain() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let direct = world.endpoints();
    let cut = Arc::new(AtomicBool::new(false));
    let at = Endpoints {
        rpc: format!("http://{}", relay_tcp(&direct.rpc, &cut).await),
        ws: format!("ws://{}", relay_tcp(&direct.ws, &cut).await),
        gateway: direct.gateway.clone(),
    };
    let (handle, bus, _store) = serving::start(&at, blitz(&folder, &direct)).await;
    let key = two_enter(&world).await.address;
    world.until_status(&key, MatchStatus::Live).await;
    until("the first checkpoint", || async {
        world.view(&key).await.header.checkpoints_posted >= 1
    })
    .await;
    cut.store(true, Ordering::SeqCst);
    let match_key = MatchKey(key.to_bytes());
    let tick = || bus.detail(&match_key).unwrap().summary.tick.0;
    tokio::time::sleep(CUT).await;
    let waiting = tick();
    tokio::time::sleep(CUT / 4).await;
    assert_eq!(tick(), waiting, "no tick is made whose rolls nobody can know");
    cut.store(false, Ordering::SeqCst);
    until("the arena to go on", || async { tick() > waiting }).await;
    let view = world.until_paid(&key).await;
    assert_eq!(view.status, MatchStatus::Settled);
    let made = bus.detail(&match_key).unwrap().checkpoints.len();
    assert_eq!(view.header.checkpoints_posted as usize, made);
    world.check_money(&view).await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

/// Forwards connections to `url` until they are cut; refuses new ones while they are.
async fn relay_tcp(url: &str, cut: &Arc<AtomicBool>) -> std::net::SocketAddr {
    let target = url.split("//").nth(1).unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cut = cut.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (target, cut) = (target.clone(), cut.clone());
            tokio::spawn(async move {
                if cut.load(Ordering::SeqCst) {
                    return;
                }
                let mut far = TcpStream::connect(target).await.unwrap();
                let watched = async {
                    while !cut.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(SLOT_MS / 4)).await;
                    }
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    () = watched => { let _ = near.shutdown().await; }
                }
            });
        }
    });
    address
}
