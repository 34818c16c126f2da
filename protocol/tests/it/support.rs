//! One valid message of every kind, the same in every run: for golden vectors and as the seeds of fuzzing.

use ed25519_dalek::SigningKey;
use protocol::codes::{CosignRefusal, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Identity, Rate, ResumeToken, ServerMessage};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::{
    Amount, CheckpointInfo, DeathInfo, MatchDetail, MatchEvent, MatchStatus, MatchSummary, Mode, PlayerInfo,
    ResultInfo,
};
use protocol::input::{ChainHead, Input, SignedInput};
use protocol::log::{self, LogRecord};
use protocol::replay::{Replay, ReplayCheckpoint, ReplayInput, ReplaySegment};
use protocol::wire::{
    Bundle, Cause, Delta, Effect, EndReason, Ending, Keyframe, PowerUp, PowerUpKind, Snapshot, Special,
    SpecialKind, TickEvent, Warrior,
};
use protocol::{
    Cluster, Hash, MatchKey, Nonce, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey,
    WarriorIndex,
};

pub(crate) const MATCH: MatchKey = MatchKey([0x11; 32]);

pub(crate) fn session_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn input() -> SignedInput {
    Input {
        match_key: MATCH,
        slot: PlayerSlot(2),
        sequence: 300,
        previous: Hash([0x22; 32]),
        tick: Tick(1234),
        warrior: WarriorIndex(5),
        heading: 3,
    }
    .sign(&session_key())
}

pub(crate) fn snapshot() -> Snapshot {
    let warrior = |index: u8| Warrior {
        owner: PlayerSlot(index / 2),
        hp: 100 - index * 7,
        x: 1 + index * 3,
        y: 32 - index,
        heading: index % 9,
        effect: [Effect::None, Effect::Rage, Effect::Shield, Effect::Speed][usize::from(index % 4)],
        kills: index / 3,
        streak: index / 2,
    };
    Snapshot {
        tick: Tick(1233),
        mode: Mode::Blitz,
        ending: Ending::Running,
        side: 32,
        zone: 3,
        special: Some(Special {
            kind: SpecialKind::Frenzy,
            until: Tick(1500),
        }),
        capacity: 8,
        warriors: (0..6).map(warrior).collect(),
        power_ups: (0..8)
            .map(|slot| {
                (slot % 3 == 0).then_some(PowerUp {
                    kind: PowerUpKind::Heal,
                    x: 10 + slot,
                    y: 20,
                })
            })
            .collect(),
    }
}

pub(crate) fn events() -> Vec<TickEvent> {
    let (attacker, victim) = (WarriorIndex(3), WarriorIndex(1));
    vec![
        TickEvent::Pickup {
            warrior: WarriorIndex(0),
            kind: PowerUpKind::Speed,
        },
        TickEvent::Hit {
            attacker,
            target: victim,
            damage: 8,
        },
        TickEvent::Kill {
            attacker,
            victim,
            streak: 2,
        },
        TickEvent::Died {
            warrior: victim,
            cause: Cause::Combat,
        },
        TickEvent::Died {
            warrior: WarriorIndex(2),
            cause: Cause::Zone,
        },
        TickEvent::Ended {
            reason: EndReason::LastPlayer,
        },
    ]
}

/// The tick after [`snapshot`], with everything changed that can change.
pub(crate) fn next_snapshot() -> Snapshot {
    let mut next = snapshot();
    next.tick = Tick(1234);
    next.ending = Ending::Over;
    next.zone = 4;
    next.special = None;
    (next.warriors[0].x, next.warriors[0].y) = (2, 31);
    next.warriors[0].effect = Effect::Speed;
    next.warriors[1].hp = 0;
    next.warriors[1].heading = 0;
    next.warriors[3].kills = 2;
    next.warriors[3].streak = 2;
    next.warriors.push(Warrior {
        owner: PlayerSlot(7),
        hp: 70,
        x: 30,
        y: 30,
        kills: 0,
        streak: 0,
        ..next.warriors[0]
    });
    next.power_ups[0] = None;
    next.power_ups[1] = Some(PowerUp {
        kind: PowerUpKind::Shield,
        x: 5,
        y: 6,
    });
    next
}

pub(crate) fn keyframe() -> Keyframe {
    Keyframe {
        snapshot: snapshot(),
        events: vec![],
    }
}

pub(crate) fn delta() -> Delta {
    Delta::between(&snapshot(), &next_snapshot(), &events())
}

/// A tick on which one warrior steps: the most frequent kind of frame.
pub(crate) fn quiet_delta() -> Delta {
    let mut next = snapshot();
    next.tick = Tick(1234);
    next.warriors[4].x += 1;
    Delta::between(&snapshot(), &next, &[])
}

pub(crate) fn bundle() -> Vec<u8> {
    Bundle::join([&keyframe().to_bytes()[..], &delta().to_bytes()]).unwrap()
}

pub(crate) fn player() -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(2),
        wallet: WalletKey([0x33; 32]),
        session: SessionKey(session_key().verifying_key().to_bytes()),
        warriors: 2,
        first_warrior: Some(4),
        late: false,
        paid: Amount(2_000_000),
        payout: Some(Amount(9_500_000)),
        refunded: false,
        place: Some(1),
        entered_in: Some(Signature([0x44; 64])),
        claimed_in: None,
    }
}

pub(crate) fn checkpoint() -> CheckpointInfo {
    CheckpointInfo {
        index: 9,
        tick: Tick(1200),
        digest: Hash([0x55; 32]),
        leaf: Hash([0x56; 32]),
        posted_in: Some(Signature([0x57; 64])),
        slot: Some(123_456_789),
    }
}

pub(crate) fn result() -> ResultInfo {
    ResultInfo {
        leaf: Hash([0x66; 32]),
        pot: Amount(10_000_000),
        fee: Amount(300_000),
        burn: Amount(200_000),
        proposed_in: Some(Signature([0x67; 64])),
        finalized_in: None,
    }
}

pub(crate) fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 42,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey([0x77; 32]),
            decimals: 6,
            symbol: "AUR".into(),
            stake_per_warrior: Amount(1_000_000),
            players: 1,
            players_max: 20,
            warriors: 2,
            warriors_max: 20,
            pot: Amount(2_000_000),
            tick: Tick(1234),
            length_ticks: 5400,
            created_at_ms: 1_700_000_000_000,
            starts_at_ms: Some(1_700_000_060_000),
        },
        operator: PublicKey([0x78; 32]),
        rules_hash: Hash([0x79; 32]),
        rules: (0..96).collect(),
        drip_root: Hash([0x7a; 32]),
        seed: Some(Hash([0x7b; 32])),
        genesis_leaf: Some(Hash([0x7c; 32])),
        players: vec![player()],
        checkpoints: vec![checkpoint()],
        result: Some(result()),
        created_in: Some(Signature([0x7d; 64])),
        locked_in: None,
        started_in: None,
        deaths: vec![
            DeathInfo {
                tick: Tick(900),
                warrior: 1,
                slot: PlayerSlot(0),
                by: Some((4, PlayerSlot(2))),
            },
            DeathInfo {
                tick: Tick(4000),
                warrior: 0,
                slot: PlayerSlot(0),
                by: None,
            },
        ],
    }
}

/// The state before the first tick of a small match: any state can be offered as far as bytes go.
pub(crate) fn settlement_offer() -> SettlementOffer {
    let state =
        arena::genesis::<arena::HostSha256>(&arena::Rules::BLITZ, &[0, 0, 2], 3, &[0x7b; 32]).unwrap();
    SettlementOffer {
        match_key: MATCH,
        final_state: state.as_bytes().to_vec(),
        expires_slot: 123_456_789,
        cluster: Cluster([0x12; 32]),
        program: PublicKey([0x13; 32]),
    }
}

pub(crate) fn cosignature() -> Cosignature {
    settlement_offer().sign(PlayerSlot(2), &session_key())
}

/// A name for each client message, and the message.
pub(crate) fn client_messages() -> Vec<(&'static str, ClientMessage)> {
    let token = Some(ResumeToken(Hash([0x88; 32])));
    let signature = Signature([0x99; 64]);
    vec![
        (
            "auth_wallet",
            ClientMessage::AuthWallet {
                wallet: WalletKey([0x33; 32]),
                signature,
            },
        ),
        (
            "auth_session",
            ClientMessage::AuthSession {
                session: SessionKey([0x34; 32]),
                signature,
            },
        ),
        (
            "watch",
            ClientMessage::Watch {
                match_key: MATCH,
                rate: Rate::Bundled,
            },
        ),
        ("unwatch", ClientMessage::Unwatch),
        ("play", ClientMessage::Play { match_key: MATCH }),
        ("input", ClientMessage::Input(input())),
        (
            "resume",
            ClientMessage::Resume {
                token,
                match_key: Some(MATCH),
                last_tick: Some(Tick(1230)),
                rate: Rate::Every,
            },
        ),
        ("ping", ClientMessage::Ping { id: 300 }),
        ("watch_directory", ClientMessage::WatchDirectory),
        ("unwatch_directory", ClientMessage::UnwatchDirectory),
        ("cosign", ClientMessage::Cosign(cosignature())),
        (
            "auth_player",
            ClientMessage::AuthPlayer {
                wallet: WalletKey([0x33; 32]),
                session: SessionKey([0x34; 32]),
                signature,
            },
        ),
    ]
}

/// A name for each server message, and the message.
pub(crate) fn server_messages() -> Vec<(&'static str, ServerMessage)> {
    let event = |event| ServerMessage::Event {
        match_key: MATCH,
        event,
    };
    let signature = Signature([0x99; 64]);
    let (wallet, slot) = (WalletKey([0x33; 32]), PlayerSlot(2));
    vec![
        (
            "hello",
            ServerMessage::Hello {
                version: 1,
                domain: "localhost:8080".into(),
                chain: "localnet".into(),
                nonce: Nonce([0xaa; 16]),
                issued_at: "2026-01-02T03:04:05Z".into(),
                message_bytes_max: 4096,
                idle_timeout_ms: 30_000,
            },
        ),
        (
            "welcome",
            ServerMessage::Welcome {
                identity: Identity::Wallet(wallet),
                token: ResumeToken(Hash([0x88; 32])),
                token_life_s: 300,
            },
        ),
        (
            "watching",
            ServerMessage::Watching {
                detail: Box::new(detail()),
                player: Some(player()),
            },
        ),
        (
            "ack",
            ServerMessage::Ack {
                sequence: 300,
                tick: Tick(1236),
                receipt: Signature([0xa5; 64]),
            },
        ),
        (
            "reject",
            ServerMessage::Reject {
                sequence: 300,
                reason: RejectReason::WrongSequence,
                chain: Some(ChainHead {
                    expected_sequence: 299,
                    head: Hash([0x22; 32]),
                }),
            },
        ),
        (
            "event_status",
            event(MatchEvent::Status {
                status: MatchStatus::Locked,
                signature: Some(signature),
            }),
        ),
        ("event_entered", event(MatchEvent::Entered(player()))),
        (
            "event_entered_before_the_start",
            event(MatchEvent::Entered(PlayerInfo {
                first_warrior: None,
                ..player()
            })),
        ),
        ("event_left", event(MatchEvent::Left { slot, wallet })),
        (
            "event_started",
            event(MatchEvent::Started {
                seed: Hash([0x7b; 32]),
                genesis_leaf: Hash([0x7c; 32]),
                starts_at_ms: 1_700_000_060_000,
            }),
        ),
        ("event_checkpoint", event(MatchEvent::Checkpoint(checkpoint()))),
        ("event_ended", event(MatchEvent::Ended { tick: Tick(5400) })),
        ("event_paused", event(MatchEvent::Paused { tick: Tick(1_320) })),
        ("event_resumed", event(MatchEvent::Resumed { tick: Tick(1_320) })),
        ("event_result", event(MatchEvent::Result(result()))),
        (
            "event_paid",
            event(MatchEvent::Paid {
                slot,
                amount: Amount(9_500_000),
                refund: false,
                signature,
            }),
        ),
        (
            "error",
            ServerMessage::Error {
                code: ErrorCode::NotAPlayer,
                message: "no entry".into(),
            },
        ),
        ("pong", ServerMessage::Pong { id: 300 }),
        ("restarting", ServerMessage::Restarting { retry_after_ms: 2000 }),
        (
            "directory",
            ServerMessage::Directory {
                matches: vec![detail().summary],
            },
        ),
        (
            "directory_changes",
            ServerMessage::DirectoryChanges {
                changed: vec![detail().summary],
                gone: vec![MatchKey([0x12; 32])],
            },
        ),
        (
            "error_muted",
            ServerMessage::Error {
                code: ErrorCode::Muted,
                message: ErrorCode::Muted.to_string(),
            },
        ),
        (
            "reject_unchanged",
            ServerMessage::Reject {
                sequence: 300,
                reason: RejectReason::Unchanged,
                chain: None,
            },
        ),
        (
            "welcome_player",
            ServerMessage::Welcome {
                identity: Identity::Player {
                    wallet,
                    session: SessionKey([0x44; 32]),
                },
                token: ResumeToken(Hash([0x88; 32])),
                token_life_s: 300,
            },
        ),
        (
            "settlement_offer",
            ServerMessage::SettlementOffer(settlement_offer()),
        ),
        (
            "cosign_ack",
            ServerMessage::CosignAck {
                match_key: MATCH,
                expires_slot: 123_456_789,
            },
        ),
        (
            "cosign_reject",
            ServerMessage::CosignReject {
                match_key: MATCH,
                expires_slot: 123_456_789,
                reason: CosignRefusal::StaleOffer,
            },
        ),
    ]
}

pub(crate) fn log_file() -> Vec<u8> {
    let mut bytes = log::header(&MATCH).to_vec();
    let records = [
        LogRecord::Started {
            starts_at_ms: 1_700_000_060_000,
            seed: Hash([0x7b; 32]),
            genesis_leaf: Hash([0x7c; 32]),
        },
        LogRecord::Input {
            tick: Tick(1236),
            signed: input(),
        },
        LogRecord::Admitted {
            segment: 20,
            warriors: 2,
        },
        LogRecord::Sealed {
            segment: 20,
            leaf: Hash([0x56; 32]),
        },
    ];
    records.iter().for_each(|record| log::append(record, &mut bytes));
    bytes
}

pub(crate) fn replay() -> Replay {
    Replay {
        program: PublicKey([1; 32]),
        match_key: MATCH,
        match_id: 42,
        operator: PublicKey([0x78; 32]),
        mode: Mode::Blitz,
        rules: (0..96).collect(),
        capacity: 2,
        warriors_at_start: 2,
        owners: vec![PlayerSlot(0), PlayerSlot(1)],
        players: vec![],
        randomness: Hash([6; 32]),
        seed: Hash([0x7b; 32]),
        drip_root: Hash([0x7a; 32]),
        genesis_leaf: Hash([0x7c; 32]),
        checkpoints: vec![ReplayCheckpoint {
            drip_key: Hash([10; 32]),
            beacon: Hash([11; 32]),
            digest: Hash([0x55; 32]),
            posted_in: Some(Signature([0x57; 64])),
            segments: vec![ReplaySegment {
                inputs: vec![0],
                leaf: Hash([0x56; 32]),
            }],
        }],
        inputs: vec![ReplayInput {
            tick: Tick(1236),
            signed: input(),
        }],
        final_state: vec![14; 32],
    }
}

/// Everything, as bytes on the wire or on disk; the JSON forms too.
#[allow(dead_code, reason = "each test binary uses its part of the samples")]
pub(crate) fn valid_messages() -> Vec<Vec<u8>> {
    let mut all = vec![
        keyframe().to_bytes(),
        delta().to_bytes(),
        quiet_delta().to_bytes(),
        bundle(),
        log_file(),
    ];
    all.push(replay().write().unwrap());
    for (_, message) in client_messages() {
        all.push(message.to_bytes());
        all.push(serde_json::to_vec(&message).unwrap());
    }
    for (_, message) in server_messages() {
        all.push(message.to_bytes());
        all.push(serde_json::to_vec(&message).unwrap());
    }
    all
}
