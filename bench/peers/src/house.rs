//! A relay, and a match for it to stream.

use std::path::Path;
use std::time::Duration;

use bus::Bus;
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode, PlayerInfo};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};
use relay::{Limits, Relay, RelayConfig, RelayHandle};

/// The match that is followed.
pub const MATCH: MatchKey = MatchKey([1; 32]);

/// A relay on any port, whose store is this file. One address may connect as often as it likes, and nobody is pinged while the measurement lasts.
pub async fn start(bus: Bus, database: &Path) -> RelayHandle {
    let store = store::Store::open_sqlite(database).await.unwrap();
    let limits = Limits {
        connections_per_address_max: u32::MAX,
        requests_per_address_per_second: u32::MAX,
        requests_per_address_burst: u32::MAX,
        idle_timeout: Duration::from_secs(3600),
        ..Limits::default()
    };
    let mut config = RelayConfig {
        limits,
        ..RelayConfig::default()
    };
    config.listen.set_port(0);
    Relay::start(config, bus, store).await.unwrap()
}

/// What is to be known of [`MATCH`] besides its ticks.
pub fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 20,
            players_max: 20,
            warriors: 20,
            warriors_max: 20,
            pot: Amount(0),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 0,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash::default(),
        rules: vec![],
        drip_root: Hash::default(),
        seed: None,
        genesis_leaf: None,
        players: (0..20).map(player).collect(),
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

fn player(slot: u8) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(slot),
        wallet: WalletKey([slot; 32]),
        session: SessionKey([slot; 32]),
        warriors: 1,
        first_warrior: Some(slot),
        late: false,
        paid: Amount(1),
        payout: None,
        refunded: false,
        place: None,
        entered_in: Some(Signature([slot; 64])),
        claimed_in: None,
    }
}
