//! A client that follows one live match after the other and notes when ticks arrive.

use std::sync::Arc;
use std::time::Duration;

use player::connection::Received;
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::directory::MatchEvent;
use protocol::wire::StateFrame;
use protocol::{MatchKey, Tick};

use super::follower::{Follower, Ticks, SILENCE};
use super::link::Link;
use super::Shared;

/// While nothing is live.
const IDLE: Duration = Duration::from_millis(200);

/// Watches until it is aborted.
pub(super) async fn watch(shared: Arc<Shared>, client: usize) {
    let mut follower = Follower::new(shared, client);
    // Not everybody at once.
    tokio::time::sleep(Duration::from_millis(client as u64 * 10)).await;
    let mut link = follower.connect().await;
    let mut over = Vec::new();
    loop {
        let live: Vec<MatchKey> = follower
            .shared
            .live()
            .into_iter()
            .filter(|key| !over.contains(key))
            .collect();
        if live.is_empty() {
            // Reading answers the relay's pings.
            if let Ok(Received::Closed(closed)) = tokio::time::timeout(IDLE, link.next()).await {
                follower.shared.notes.lock().closed(closed.code);
                link = follower.connect().await;
            }
            continue;
        }
        let match_key = live[client % live.len()];
        link = follow(&mut follower, link, match_key).await;
        over.push(match_key);
    }
}

/// Follows one match to its end, from relay to relay.
async fn follow(follower: &mut Follower, mut link: Link, match_key: MatchKey) -> Link {
    let mut ticks = Ticks::default();
    let mut broken = !link
        .send(&ClientMessage::Watch {
            match_key,
            rate: Rate::Bundled,
        })
        .await;
    loop {
        if broken {
            link = follower.connect().await;
            // One message: where it was, and from which tick on.
            broken = !link.send(&resume(match_key, &ticks)).await;
            continue;
        }
        match tokio::time::timeout(SILENCE, link.next()).await {
            Ok(Received::Frame(bytes)) => {
                let frame = StateFrame::from_bytes(&bytes).expect("a relay sends frames that decode");
                let at_ms = follower.shared.now_ms();
                let arrival = ticks.take(at_ms, &frame);
                follower.note(match_key, |sight| {
                    sight.arrivals.extend(arrival);
                    sight.missed = ticks.missed;
                    sight.ended |= ticks.ended;
                });
                if ticks.ended {
                    return link;
                }
            }
            Ok(Received::Control(message)) => match *message {
                ServerMessage::Event { event, .. } if is_end(&event) => {
                    follower.note(match_key, |sight| sight.ended = true);
                    return link;
                }
                ServerMessage::Restarting { retry_after_ms } => {
                    follower.retry_after = Some(Duration::from_millis(retry_after_ms.into()));
                }
                // The relay has not heard of it yet, or no more.
                ServerMessage::Error { .. } => {
                    if !follower.shared.live().contains(&match_key) {
                        return link;
                    }
                    tokio::time::sleep(IDLE).await;
                    broken = !link.send(&resume(match_key, &ticks)).await;
                }
                _ => {}
            },
            Ok(Received::Closed(closed)) => {
                follower.shared.notes.lock().closed(closed.code);
                broken = true;
            }
            Err(_) => {
                if !follower.shared.live().contains(&match_key) {
                    follower.note(match_key, |sight| sight.ended = true);
                    return link;
                }
                broken = true;
            }
        }
    }
}

/// What it follows, and from which tick on.
fn resume(match_key: MatchKey, ticks: &Ticks) -> ClientMessage {
    ClientMessage::Resume {
        token: None,
        match_key: Some(match_key),
        last_tick: ticks.last.map(Tick),
        rate: Rate::Bundled,
    }
}

fn is_end(event: &MatchEvent) -> bool {
    match event {
        MatchEvent::Ended { .. } | MatchEvent::Result(_) => true,
        MatchEvent::Status { status, .. } => status.is_over(),
        _ => false,
    }
}
