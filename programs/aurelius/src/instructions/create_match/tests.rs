#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use bytemuck::Zeroable;

use super::*;

fn config() -> Config {
    let mut config = Config::zeroed();
    config.version = crate::state::ACCOUNT_VERSION;
    config.allow_rules(Rules::BLITZ.hash::<SyscallSha256>()).unwrap();
    config.windows.lock_slots = 100;
    config
}

fn args() -> CreateMatchArgs {
    agreed(CreateMatchArgs {
        rules: Rules::BLITZ.as_bytes().to_vec(),
        stake_per_warrior: 5,
        players_max: 20,
        warriors_max: 20,
        drip_root: [1; 32],
        receipt_key: Pubkey::new_from_array([2; 32]),
        scheduled_slot: 0,
        expect_terms: [0; 32],
        slot_us: 420_000,
    })
}

/// The same, with the terms that the config gives them.
fn agreed(args: CreateMatchArgs) -> CreateMatchArgs {
    let planned = Planned {
        stake_per_warrior: args.stake_per_warrior,
        warriors_max: args.warriors_max,
        rules_hash: SyscallSha256::hash(&[&args.rules]),
        scheduled_slot: args.scheduled_slot,
        slot_us: args.slot_us,
    };
    let config = config();
    let terms = Terms::of_new(&config.windows, &config.bond, &planned).unwrap();
    CreateMatchArgs {
        expect_terms: terms.hash::<SyscallSha256>(),
        ..args
    }
}

fn refused(args: &CreateMatchArgs) -> AureliusError {
    let Err(Error::AnchorError(error)) = plan(args, &config(), 1_000) else {
        panic!("not refused by this program")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn deadlines_count_from_now_or_from_the_schedule() {
    assert_eq!(plan(&args(), &config(), 1_000).unwrap().lock_deadline, 1_100);
    let scheduled = agreed(CreateMatchArgs {
        scheduled_slot: 2_000,
        ..args()
    });
    assert_eq!(plan(&scheduled, &config(), 1_000).unwrap().lock_deadline, 2_100);
}

#[test]
fn every_refusal_has_its_name() {
    let base = args();
    let cases = [
        (
            CreateMatchArgs {
                rules: vec![0; arena::RULES_LEN],
                ..base.clone()
            },
            AureliusError::RulesInvalid,
        ),
        (
            CreateMatchArgs {
                rules: base.rules[1..].to_vec(),
                ..base.clone()
            },
            AureliusError::RulesInvalid,
        ),
        (
            CreateMatchArgs {
                rules: Rules::SIEGE.as_bytes().to_vec(),
                ..base.clone()
            },
            AureliusError::RulesNotAllowed,
        ),
        (
            CreateMatchArgs {
                warriors_max: 21,
                ..base.clone()
            },
            AureliusError::WarriorsMaxInvalid,
        ),
        (
            CreateMatchArgs {
                warriors_max: 1,
                ..base.clone()
            },
            AureliusError::WarriorsMaxInvalid,
        ),
        (
            CreateMatchArgs {
                players_max: 1,
                ..base.clone()
            },
            AureliusError::PlayersMaxInvalid,
        ),
        (
            CreateMatchArgs {
                warriors_max: 10,
                players_max: 11,
                ..base.clone()
            },
            AureliusError::PlayersMaxInvalid,
        ),
        (
            CreateMatchArgs {
                stake_per_warrior: 0,
                ..base.clone()
            },
            AureliusError::StakeInvalid,
        ),
        (
            CreateMatchArgs {
                stake_per_warrior: u64::MAX / 19,
                ..base.clone()
            },
            AureliusError::StakeInvalid,
        ),
        (
            CreateMatchArgs {
                drip_root: [0; 32],
                ..base.clone()
            },
            AureliusError::DripRootInvalid,
        ),
        (
            CreateMatchArgs {
                slot_us: 99_999,
                ..base.clone()
            },
            AureliusError::SlotLengthInvalid,
        ),
        (
            CreateMatchArgs {
                slot_us: 600_001,
                ..base.clone()
            },
            AureliusError::SlotLengthInvalid,
        ),
        (
            CreateMatchArgs {
                scheduled_slot: 1_000,
                ..base.clone()
            },
            AureliusError::ScheduledSlotInvalid,
        ),
        (
            CreateMatchArgs {
                scheduled_slot: u64::MAX,
                ..base.clone()
            },
            AureliusError::ScheduledSlotInvalid,
        ),
    ];
    for (args, error) in cases {
        assert_eq!(refused(&args), error, "{args:?}");
    }
}

#[test]
fn the_trace_has_room_for_every_checkpoint() {
    assert_eq!(args().checkpoints(), 45);
    let siege = CreateMatchArgs {
        rules: Rules::SIEGE.as_bytes().to_vec(),
        ..args()
    };
    assert_eq!(siege.checkpoints(), 300);
}

#[test]
fn a_match_without_a_receipt_key_is_refused() {
    let refusal = refused(&CreateMatchArgs {
        receipt_key: Pubkey::default(),
        ..args()
    });
    assert_eq!(refusal, AureliusError::ReceiptKeyInvalid);
}
