//! Programs and accounts of the configuration, at genesis.

use anchor_lang::prelude::Pubkey;
use localnet::{ElfSource, GenesisAccount, Localnet, LocalnetConfig, LocalnetError, ProgramSpec};
use solana_instruction::Instruction;

use super::support::Bed;

const MEMO: Pubkey = Pubkey::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
const LOADER: Pubkey = Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// The ELF of a program that every chain has, loaded under a loader without ProgramData.
fn memo_elf() -> Vec<u8> {
    Bed::frozen().rpc.get_account(&MEMO).unwrap().data
}

#[test]
fn a_program_is_loaded_with_its_upgrade_authority_and_runs() {
    let (id, last) = (Pubkey::new_unique(), Pubkey::new_unique());
    let authority = Pubkey::new_unique();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), memo_elf()).unwrap();
    let bed = Bed::with(LocalnetConfig {
        programs: vec![
            ProgramSpec {
                id,
                elf: ElfSource::Bytes(memo_elf().into()),
                upgrade_authority: Some(authority),
            },
            ProgramSpec {
                id: last,
                elf: ElfSource::Path(file.path().to_owned()),
                upgrade_authority: None,
            },
        ],
        ..LocalnetConfig::default()
    });
    for (program, expected) in [(id, Some(authority)), (last, None)] {
        let account = bed.rpc.get_account(&program).unwrap();
        assert!(account.executable);
        assert_eq!(account.owner, LOADER);
        let (data_address, _) = Pubkey::find_program_address(&[program.as_ref()], &LOADER);
        assert_eq!(account.data[4..36], data_address.to_bytes());
        // ProgramData: tag 3, slot, authority option, then the ELF.
        let data = bed.rpc.get_account(&data_address).unwrap().data;
        assert_eq!(data[0..4], [3, 0, 0, 0]);
        assert_eq!(data[12], u8::from(expected.is_some()));
        if let Some(authority) = expected {
            assert_eq!(data[13..45], authority.to_bytes());
        }
        assert_eq!(data[45..], memo_elf());

        let call = Instruction {
            program_id: program,
            accounts: Vec::new(),
            data: b"hello".to_vec(),
        };
        bed.run(&[call], &[]);
    }
}

#[test]
fn accounts_of_the_configuration_are_there() {
    let (address, owner) = (Pubkey::new_unique(), Pubkey::new_unique());
    let bed = Bed::with(LocalnetConfig {
        accounts: vec![GenesisAccount {
            address,
            owner,
            lamports: None,
            data: vec![7; 100],
        }],
        ..LocalnetConfig::default()
    });
    let found = bed.rpc.get_account(&address).unwrap();
    assert_eq!((found.owner, found.data), (owner, vec![7; 100]));
    let rent = bed.rpc.get_minimum_balance_for_rent_exemption(100).unwrap();
    assert_eq!(found.lamports, rent);
}

#[test]
fn a_wrong_configuration_stops_the_start_and_says_why() {
    let refused = |config| Localnet::start(config).err().unwrap().to_string();
    let id = Pubkey::new_unique();
    let program = |elf| LocalnetConfig {
        programs: vec![ProgramSpec {
            id,
            elf,
            upgrade_authority: None,
        }],
        ..LocalnetConfig::default()
    };
    let error = refused(program(ElfSource::Bytes(vec![1, 2, 3].into())));
    assert!(
        error.contains(&id.to_string()) && error.contains("refused"),
        "{error}"
    );
    let error = refused(program(ElfSource::Path("/no/such/file.so".into())));
    assert!(error.contains("/no/such/file.so"), "{error}");
    let error = refused(LocalnetConfig {
        slot_ms: 0,
        ..LocalnetConfig::default()
    });
    assert!(error.contains("slot_ms is 0"), "{error}");
    let error = refused(LocalnetConfig {
        rpc_port: 65_535,
        ..LocalnetConfig::default()
    });
    assert!(error.contains("65535"), "{error}");
    let error = refused(LocalnetConfig {
        accounts: vec![GenesisAccount {
            address: id,
            owner: id,
            lamports: Some(0),
            data: Vec::new(),
        }],
        ..LocalnetConfig::default()
    });
    assert!(error.contains("0 lamports"), "{error}");
}

#[test]
fn a_taken_port_is_named_and_free_again_after_shutdown() {
    let first = Localnet::start(LocalnetConfig::default()).unwrap();
    let rpc_port: u16 = first.rpc_url.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(first.ws_url, format!("ws://127.0.0.1:{}", rpc_port + 1));
    let same = || LocalnetConfig {
        rpc_port,
        ..LocalnetConfig::default()
    };
    match Localnet::start(same()) {
        Err(LocalnetError::Bind { port, .. }) => assert_eq!(port, rpc_port),
        other => panic!("{other:?}"),
    }
    first.shutdown();
    Localnet::start(same()).unwrap().shutdown();
}

#[test]
fn one_seed_gives_one_chain() {
    let start = |seed| {
        let config = LocalnetConfig {
            seed,
            ..LocalnetConfig::default()
        };
        Localnet::start(config).unwrap().genesis_hash
    };
    assert_eq!(start(Some([1; 32])), start(Some([1; 32])));
    assert_ne!(start(Some([1; 32])), start(Some([2; 32])));
    assert_ne!(start(None), start(None));
}
