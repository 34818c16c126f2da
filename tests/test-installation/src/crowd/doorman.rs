//! Who enters what: reads the chain, pays stakes for open matches, and sends the players in.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;

use client::view::{MatchStatus, MatchView};
use client::Pubkey;
use ed25519_dalek::SigningKey;
use futures_util::future::join_all;
use protocol::MatchKey;
use tokio::task::JoinSet;

use super::{player, Shared};

/// From one look at the chain to the next.
const LOOK: Duration = Duration::from_millis(400);

/// Works until it is aborted; its players end with it.
pub(super) async fn admit(shared: Arc<Shared>) {
    let mut entered: BTreeSet<Pubkey> = BTreeSet::new();
    let mut players = JoinSet::new();
    let mut next_wallet = 0;
    loop {
        // A chain that does not answer is asked again: it is one process among others.
        if let Ok(mut matches) = shared.town.matches().await {
            matches.sort_by_key(|view| view.header.match_id);
            let open: Vec<MatchView> = matches
                .iter()
                .filter(|view| view.status == MatchStatus::Open && !entered.contains(&view.address))
                .cloned()
                .collect();
            shared.matches.send_replace(matches);
            for view in open {
                if shared.is_done() || shared.wanted.load(Ordering::Relaxed) == 0 {
                    break;
                }
                shared.wanted.fetch_sub(1, Ordering::Relaxed);
                entered.insert(view.address);
                let count = shared.config.players;
                let all = shared.town.wallets.len();
                let wallets: Vec<usize> = (0..count).map(|number| (next_wallet + number) % all).collect();
                next_wallet += count;
                let shared = shared.clone();
                players.spawn(async move { play(shared, view, wallets).await });
            }
        }
        while players.try_join_next().is_some() {}
        tokio::time::sleep(LOOK).await;
    }
}

/// Enters with all wallets at once, then plays.
async fn play(shared: Arc<Shared>, view: MatchView, wallets: Vec<usize>) {
    let match_key = MatchKey(view.address.to_bytes());
    let entries = wallets.into_iter().map(|wallet| {
        let (shared, view) = (&shared, &view);
        async move {
            let session = SigningKey::from_bytes(&rand::random());
            let entry = shared.town.enter(view, wallet, shared.config.warriors, &session);
            // Too late is no error: others were enough, or the chain was busy.
            entry.await.is_ok().then_some(session)
        }
    });
    let sessions: Vec<SigningKey> = join_all(entries).await.into_iter().flatten().collect();
    let playing = sessions.into_iter().enumerate().map(|(number, session)| {
        // Clients are numbered after the watchers; a key is one client.
        let client = shared.config.watchers + view.header.match_id as usize * 32 + number;
        player::play(shared.clone(), client, match_key, session)
    });
    join_all(playing).await;
}
