//! A watchtower beside a driven match, the way an operator lies, and an endpoint that can be cut off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use client::rpc::{Backoff, RpcConfig, RpcPool};
use client::sender::{Sender, SenderConfig};
use client::Pubkey;
use solana_keypair::Keypair;
use solana_signer::Signer;
use system_tests::driver::{quick_blitz, MatchDriver, MatchTerms, Posted, Scene, PURSE, SOL};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use verifier::CheckResult;
use watchtower::{Prover, Report, Watchtower, WatchtowerConfig, WatchtowerHandle};

/// Indivisible by anything in sight, so that rounding shows.
pub const STAKE: u64 = 10_000_019;

pub fn blitz() -> MatchTerms {
    MatchTerms {
        rules: quick_blitz(),
        stake_per_warrior: STAKE,
        players_max: 8,
        warriors_max: 20,
    }
}

/// A challenger with SOL for fees and nothing else: no token account.
pub async fn challenger(scene: &Scene) -> Arc<Keypair> {
    let keypair = Keypair::new();
    scene.airdrop(&keypair.pubkey(), SOL).await;
    Arc::new(keypair)
}

/// Settings of a chain whose slots take 100 ms; `url` is its endpoint or something in front of it.
pub fn config(url: &str, prover: Option<Arc<Keypair>>) -> WatchtowerConfig {
    let mut rpc = RpcConfig::new(url);
    rpc.timeout = Duration::from_secs(2);
    rpc.backoff = Backoff {
        first: Duration::from_millis(20),
        max: Duration::from_millis(100),
        attempts_max: 3,
    };
    let rpc = RpcPool::new(rpc).unwrap();
    let sender = SenderConfig {
        poll_interval: Duration::from_millis(30),
        ..SenderConfig::default()
    };
    let mut config = WatchtowerConfig::new(rpc.clone());
    config.prover = prover.map(|keypair| Prover {
        keypair,
        sender: Sender::new(rpc, sender),
    });
    config.pace.polling = Duration::from_millis(100);
    config.pace.recovery = Duration::from_millis(500);
    // Drivers take their time; only tests of what is overdue call it that.
    config.pace.overdue_grace_slots = 1_000_000;
    config.pace.backoff = Backoff {
        first: Duration::from_millis(50),
        max: Duration::from_millis(500),
        attempts_max: u32::MAX,
    };
    config
}

/// A watchtower and all that it has said.
pub struct Tower {
    pub handle: WatchtowerHandle,
    reports: broadcast::Receiver<Report>,
    pub seen: Vec<Report>,
}

impl Tower {
    pub fn start(config: WatchtowerConfig) -> Self {
        let handle = Watchtower::start(config);
        Self {
            reports: handle.reports(),
            handle,
            seen: Vec::new(),
        }
    }

    /// The next report that has come already.
    pub fn next_now(&mut self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    /// Listens until a report is as wanted; 20 seconds at most.
    #[track_caller]
    pub fn until<'a>(
        &'a mut self,
        what: &'a str,
        wanted: impl Fn(&Report) -> bool + 'a,
    ) -> impl std::future::Future<Output = Report> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            if let Some(report) = self.seen.iter().find(|report| wanted(report)) {
                return report.clone();
            }
            let listening = async {
                loop {
                    let report = self.reports.recv().await.expect("a report");
                    self.seen.push(report.clone());
                    if wanted(&report) {
                        return report;
                    }
                }
            };
            match tokio::time::timeout(Duration::from_secs(20), listening).await {
                Ok(report) => report,
                Err(_) => panic!("{caller}: no {what}; seen: {:#?}", self.seen),
            }
        }
    }
}

/// A match that was started, with two players of two and three warriors.
pub async fn started<'a>(scene: &'a Scene, terms: MatchTerms) -> MatchDriver<'a> {
    let mut driver = MatchDriver::open(scene, terms).await;
    driver.join(2).await;
    driver.join(3).await;
    driver.lock().await;
    driver.start().await;
    driver
}

/// Plays a checkpoint and posts it with another leaf than its last segment has.
pub async fn lie(driver: &mut MatchDriver<'_>) -> u32 {
    let mut posted = driver.next().await;
    posted.leaves.last_mut().unwrap()[0] ^= 1;
    post(driver, posted).await
}

pub async fn post(driver: &MatchDriver<'_>, posted: Posted) -> u32 {
    let index = posted.index;
    let scene = driver.scene;
    scene.run(&[driver.post(posted)], &scene.operator, &[]).await;
    index
}

/// Every player has their stake back and their share of the bond, the challenger has theirs, the vault is empty,
/// and nothing of the challenger's is left on the chain. Gives the slash.
pub async fn assert_paid_out(driver: &MatchDriver<'_>, challenger: &Pubkey) -> u64 {
    let scene = driver.scene;
    let view = driver.view().await;
    let header = &view.header;
    assert_eq!(header.challenger, *challenger);
    // The scene's terms: twice the largest pot, of which half burns and a tenth is the award.
    let slash = 2 * STAKE * u64::from(header.warriors_max);
    assert_eq!(header.slash, slash);
    let division = client::aurelius::state::divide(slash, 5_000, 1_000, header.warriors_admitted);
    assert_eq!(scene.tokens(challenger).await, division.award);
    let mut paid = division.award;
    for player in view.players() {
        let compensation = division.per_warrior * u64::from(player.warriors);
        assert_eq!(scene.tokens(&player.wallet).await, PURSE + compensation);
        paid += compensation;
    }
    assert_eq!(paid + division.burnt, slash);
    let vault = client::view::fetch::token_account(&scene.rpc, driver.reference.vault())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(vault.amount, 0);
    let operator = client::view::fetch::operator(&scene.rpc, driver.reference.operator)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((operator.slashed, operator.reserved_bond), (slash, 0));
    // What the ledger tells a stranger.
    let record = verifier::read::from_chain(&scene.rpc, driver.reference.key, None, |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    for name in ["bond", "transfers"] {
        let result = &verdict.check(name).unwrap().result;
        assert_eq!(*result, CheckResult::Passed, "{verdict}");
    }
    assert_eq!(verdict.slashed, Some(slash), "{verdict}");
    let lied = record.void.unwrap().fraud.is_some();
    assert_eq!(verdict.ok, !lied, "{verdict}");
    slash
}

/// An endpoint in front of another that can be cut off.
pub struct Line {
    pub url: String,
    down: Arc<AtomicBool>,
}

impl Line {
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            down: Arc::default(),
        };
        let down = Arc::clone(&line.down);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, down) = (target.clone(), Arc::clone(&down));
                tokio::spawn(async move {
                    if down.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(mut far) = TcpStream::connect(target).await else {
                        return;
                    };
                    let cut = async {
                        while !down.load(Ordering::SeqCst) {
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = cut => {}
                    }
                });
            }
        });
        line
    }

    /// Breaks what is open and accepts nothing, or works again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }
}
