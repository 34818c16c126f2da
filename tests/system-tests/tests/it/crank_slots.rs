//! The crank on a chain that skips slots, makes them faster, stands still and takes the last ones back: each
//! time a match is played for money to its end, what is on the ledger verifies, and the money is exact.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use bus::Bus;
use client::rpc::LocalOrder;
use client::view::{MatchStatus, MatchView};
use crank::{CrankHandle, Shutdown};
use protocol::MatchKey;
use verifier::Conclusion;

use crate::support::world::{players, serving, until, World, SHORT_BLITZ, SLOT_MS};

/// A match of two players, the crank that runs it, and what it needs.
struct Show {
    world: World,
    _folder: tempfile::TempDir,
    crank: CrankHandle,
    bus: Bus,
    key: Pubkey,
}

impl Show {
    /// Two players have entered and paid.
    async fn begin() -> Show {
        let world = World::new().await;
        let folder = tempfile::tempdir().unwrap();
        let at = world.endpoints();
        let config = serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 2, 4);
        let (crank, bus, _store) = serving::start(&at, config).await;
        let view = world.the_match().await;
        players::enter(&world, &view, 0, 2).await;
        players::enter(&world, &view, 1, 2).await;
        Show {
            world,
            _folder: folder,
            crank,
            bus,
            key: view.address,
        }
    }

    async fn order(&self, order: LocalOrder) {
        self.world.rpc.order(order).await.unwrap();
    }

    async fn view(&self) -> MatchView {
        self.world.view(&self.key).await
    }

    /// The arena's tick, as the bus tells it.
    fn tick(&self) -> u64 {
        let detail = self.bus.detail(&MatchKey(self.key.to_bytes())).unwrap();
        u64::from(detail.summary.tick.0)
    }

    async fn until_checkpoints(&self, count: u32) {
        until("checkpoints", || async {
            self.view().await.header.checkpoints_posted >= count
        })
        .await;
    }

    /// Everything is paid, exactly, and the ledger holds the match that was played.
    async fn end(self) {
        let view = self.world.until_paid(&self.key).await;
        assert_eq!(view.status, MatchStatus::Settled);
        let made = self
            .bus
            .detail(&MatchKey(self.key.to_bytes()))
            .unwrap()
            .checkpoints
            .clone();
        assert_eq!(view.header.checkpoints_posted as usize, made.len());
        self.world.check_money(&view).await;
        let record = verifier::read::from_chain(&self.world.rpc, self.key, None, |_| {})
            .await
            .unwrap();
        let verdict = verifier::verify(&record, |_| {});
        assert_eq!(verdict.conclusion(), Conclusion::Agrees, "{verdict}");
        self.crank.shutdown(Shutdown::Drain).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_paid_on_a_chain_that_skips_slots() {
    let show = Show::begin().await;
    // From the lock to the last payment: one slot, some, many.
    for skipped in [1, 2, 7, 1, 30, 3].iter().cycle().take(60) {
        if show.view().await.status == MatchStatus::Settled {
            break;
        }
        show.order(LocalOrder::SkipSlots(*skipped)).await;
        tokio::time::sleep(Duration::from_millis(3 * SLOT_MS)).await;
    }
    show.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_04_a_match_is_paid_when_slots_become_shorter_and_longer() {
    let show = Show::begin().await;
    show.order(LocalOrder::SlotTime(Duration::from_millis(400))).await;
    show.until_checkpoints(1).await;
    show.order(LocalOrder::SlotTime(Duration::from_millis(200))).await;
    show.until_checkpoints(3).await;
    show.order(LocalOrder::SlotTime(Duration::from_millis(600))).await;
    show.end().await;
}

/// As long as a minute's slots take on the real chain, in its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_paid_after_the_chain_stood_still_for_a_minute_of_slots() {
    const SLOTS: u64 = 150;
    let show = Show::begin().await;
    show.until_checkpoints(1).await;
    let span = Duration::from_millis(SLOTS * SLOT_MS);
    show.order(LocalOrder::Halt(Some(span))).await;
    let posted = show.view().await.header.checkpoints_posted;
    // The rolls of a checkpoint hang on a slot, so that the arena waits for the chain, and goes on with it.
    tokio::time::sleep(span * 2 / 3).await;
    let waiting = show.tick();
    assert!(waiting < u64::from(SHORT_BLITZ.length_ticks), "{waiting}");
    tokio::time::sleep(span / 6).await;
    assert_eq!(show.tick(), waiting, "it waits");
    assert_eq!(show.view().await.header.checkpoints_posted, posted);
    show.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_paid_once_though_the_last_slots_are_taken_back() {
    let show = Show::begin().await;
    let world = &show.world;
    // Not while it is played: the hashes of the slots that are taken back have decided rolls that players saw.
    world.until_status(&show.key, MatchStatus::Proposed).await;
    show.order(LocalOrder::RollBack(3)).await;
    world.until_status(&show.key, MatchStatus::Settled).await;
    show.order(LocalOrder::RollBack(1)).await;
    let paid = world.until_paid(&show.key).await;
    let rolled = |blocks| show.order(LocalOrder::RollBack(blocks));
    rolled(2).await;
    // What was paid in them is paid again, and only once.
    until("payments", || async {
        let view = show.view().await;
        view.status == paid.status && view.header.owed == 0
    })
    .await;
    show.end().await;
}
