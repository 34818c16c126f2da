//! Accounts made by hand, and every way in which one can be wrong.

use anchor_lang::prelude::Pubkey;
use anchor_lang::{AnchorSerialize, Discriminator};
use aurelius::state::{Config, Entry, Operator, Trace, Upload};
use solana_account::Account;

use super::*;

fn account(data: Vec<u8>) -> Account {
    Account {
        lamports: 1,
        data,
        owner: aurelius::ID,
        executable: false,
        rent_epoch: 0,
    }
}

fn match_account() -> Account {
    let mut header: Match = bytemuck::Zeroable::zeroed();
    let table = arena::Rules::BLITZ;
    header.version = aurelius::state::ACCOUNT_VERSION;
    header.players_max = 4;
    header.players_count = 2;
    header.slots_used = 3;
    header.status = MatchStatus::Live as u8;
    header.rules_len = arena::RULES_LEN as u16;
    header.rules[..arena::RULES_LEN].copy_from_slice(table.as_bytes());
    header.mint = Pubkey::new_from_array([8; 32]);
    let slot = |player: u8, warriors, first_warrior, flags| PlayerSlot {
        player: Pubkey::new_from_array([player; 32]),
        paid: 10 * u64::from(warriors),
        payout: 0,
        warriors,
        first_warrior,
        flags,
        padding: [0; 5],
    };
    let slots = [
        slot(1, 2, 0, PlayerSlot::ENTERED),
        PlayerSlot::default(),
        slot(3, 1, 2, PlayerSlot::ENTERED | PlayerSlot::LATE),
        PlayerSlot::default(),
    ];
    let mut data = Match::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&header));
    data.extend_from_slice(bytemuck::cast_slice(&slots));
    account(data)
}

fn fault(change: impl Fn(&mut Account)) -> ViewFault {
    let mut account = match_account();
    change(&mut account);
    MatchView::decode(Pubkey::default(), &account).unwrap_err().reason
}

#[test]
fn a_match_is_read_with_its_players() {
    let address = Pubkey::new_unique();
    let view = MatchView::decode(address, &match_account()).unwrap();
    assert_eq!(view.status, MatchStatus::Live);
    assert_eq!(view.rules, arena::Rules::BLITZ);
    assert_eq!(view.reference().key, address);
    assert_eq!(
        view.players().map(|player| player.index).collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(view.owners(), [0, 0, 2]);
    assert_eq!(view.paid(), [20, 0, 10]);
    assert!(view.player(&Pubkey::new_from_array([3; 32])).unwrap().late);
    assert!(view.player(&address).is_none());
    assert!(view.randomness().is_none());
}

#[test]
fn whatever_is_wrong_with_a_match_is_named() {
    const AT: usize = aurelius::state::DISCRIMINATOR_LEN;
    let other = Pubkey::new_unique();
    assert_eq!(
        fault(|a| a.owner = other),
        ViewFault::Owner {
            found: other,
            expected: aurelius::ID
        }
    );
    assert!(matches!(
        fault(|a| a.data[0] ^= 1),
        ViewFault::Discriminator { .. }
    ));
    assert!(matches!(
        fault(|a| a.data.clear()),
        ViewFault::Discriminator { .. }
    ));
    assert!(matches!(
        fault(|a| a.data[AT] = 2),
        ViewFault::Version {
            found: 2,
            expected: 1
        }
    ));
    assert!(matches!(fault(|a| a.data.truncate(AT)), ViewFault::Length { .. }));
    assert!(matches!(
        fault(|a| a.data.truncate(AT + 100)),
        ViewFault::Length { .. }
    ));
    assert!(matches!(fault(|a| a.data.push(0)), ViewFault::Length { .. }));
    // players_max says how many slots follow.
    assert!(matches!(
        fault(|a| a.data[AT + std::mem::offset_of!(Match, players_max)] = 5),
        ViewFault::Length { .. }
    ));
    let field = |offset: usize, byte: u8| fault(move |a| a.data[AT + offset] = byte).to_string();
    assert!(field(std::mem::offset_of!(Match, status), 7).contains("status 7"));
    assert!(field(std::mem::offset_of!(Match, slots_used), 5).contains("5 slots used of 4"));
    assert!(field(std::mem::offset_of!(Match, rules_len), 95).contains("96"));
    assert!(field(std::mem::offset_of!(Match, rules_len) + 1, 9).contains("rules table"));
    assert!(field(std::mem::offset_of!(Match, rules), 9).contains("version"));
}

#[test]
fn the_other_accounts_are_read_and_bounded() {
    let address = Pubkey::new_unique();
    let entry = Entry {
        version: 1,
        bump: 2,
        slot_index: 3,
        warriors: 4,
        late: true,
        claimed: false,
        refunded: false,
        match_key: Pubkey::new_from_array([5; 32]),
        player: Pubkey::new_from_array([6; 32]),
        session_key: Pubkey::new_from_array([7; 32]),
        rent_payer: Pubkey::new_from_array([8; 32]),
        paid: 9,
        entered_slot: 10,
        reserved: [0; 32],
    };
    let mut data = Entry::DISCRIMINATOR.to_vec();
    entry.serialize(&mut data).unwrap();
    let view = EntryView::decode(address, &account(data.clone())).unwrap();
    assert_eq!(
        (view.slot_index, view.warriors, view.late, view.paid),
        (3, 4, true, 9)
    );
    assert_eq!(view.session_key, Pubkey::new_from_array([7; 32]));
    // The scan for a match's entries looks at the right bytes.
    assert_eq!(data[aurelius::state::DISCRIMINATOR_LEN + 7..][..32], [5; 32]);
    data[12] = 2; // a flag that is no bool
    assert!(EntryView::decode(address, &account(data.clone())).is_err());
    data.pop();
    assert!(matches!(
        EntryView::decode(address, &account(data)).unwrap_err().reason,
        ViewFault::Length { .. }
    ));

    let mut data = Trace::DISCRIMINATOR.to_vec();
    let mut trace: Trace = bytemuck::Zeroable::zeroed();
    trace.version = 1;
    trace.checkpoints_max = 2;
    data.extend_from_slice(bytemuck::bytes_of(&trace));
    data.extend_from_slice(&[1; 32]);
    data.extend_from_slice(&[2; 32]);
    assert_eq!(
        TraceView::decode(address, &account(data.clone()))
            .unwrap()
            .digests,
        [[1; 32], [2; 32]]
    );
    data[aurelius::state::DISCRIMINATOR_LEN + 4..][..4].fill(0xff);
    assert!(TraceView::decode(address, &account(data)).is_err());

    let mut data = Upload::DISCRIMINATOR.to_vec();
    let mut upload: Upload = bytemuck::Zeroable::zeroed();
    upload.version = 1;
    upload.len = 3;
    data.extend_from_slice(bytemuck::bytes_of(&upload));
    data.extend_from_slice(&[1, 2, 3]);
    assert_eq!(
        UploadView::decode(address, &account(data)).unwrap().bytes,
        [1, 2, 3]
    );

    let mut data = Config::DISCRIMINATOR.to_vec();
    let mut config: Config = bytemuck::Zeroable::zeroed();
    config.version = 1;
    config.paused = 1;
    config.mints_count = 2;
    config.rules_count = 200;
    data.extend_from_slice(bytemuck::bytes_of(&config));
    let view = ConfigView::decode(address, &account(data)).unwrap();
    assert!(view.paused && view.pending_authority.is_none());
    // A count beyond the list is bounded by it.
    assert_eq!((view.mints.len(), view.rules.len()), (2, 16));

    let operator = Operator {
        version: 1,
        bump: 1,
        active: true,
        authority: address,
        crank: address,
        mint: address,
        next_match_id: 5,
        matches_created: 4,
        bond: 100,
        reserved_bond: 30,
        slashed: 7,
        withdrawal_amount: 20,
        withdrawal_slot: 9,
        bond_vault: Pubkey::new_from_array([6; 32]),
        reserved: [0; 16],
    };
    let mut data = Operator::DISCRIMINATOR.to_vec();
    operator.serialize(&mut data).unwrap();
    let view = OperatorView::decode(address, &account(data)).unwrap();
    assert_eq!((view.next_match_id, view.bond, view.slashed), (5, 100, 7));
    assert_eq!((view.free_bond, view.withdrawal), (50, Some((20, 9))));
}

#[test]
fn token_accounts_of_other_programs_are_refused() {
    let error = TokenAccountView::decode(Pubkey::default(), &account(vec![0; 165])).unwrap_err();
    assert!(matches!(error.reason, ViewFault::Owner { .. }));
    let mut mint = account(vec![0; 82]);
    mint.owner = anchor_spl::token::ID;
    assert!(
        MintView::decode(Pubkey::default(), &mint).is_err(),
        "an uninitialised mint"
    );
    mint.data[0] = 0;
    mint.data[36..44].copy_from_slice(&77u64.to_le_bytes());
    mint.data[44] = 6;
    mint.data[45] = 1;
    let view = MintView::decode(Pubkey::default(), &mint).unwrap();
    assert_eq!((view.decimals, view.supply), (6, 77));
}
