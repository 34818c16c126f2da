//! The state before the first slot: SPL programs, our programs with their upgrade authority, the
//! native mint, the faucet, and what the configuration adds.

use litesvm::LiteSVM;
use solana_account_4::Account;
use solana_keypair::Address;

use super::sysvars;
use crate::addresses::{CLOCK, NATIVE_MINT, SYSTEM_PROGRAM, SYSVAR_OWNER, TOKEN_PROGRAM, UPGRADEABLE_LOADER};
use crate::config::{ElfSource, GenesisAccount, LocalnetConfig, ProgramSpec};
use crate::error::LocalnetError;
use crate::token;

/// Lamports of the faucet: 500 million SOL, as in `solana-test-validator`.
const FAUCET_LAMPORTS: u64 = 500_000_000_000_000_000;
/// Largest account the runtime allows.
pub(crate) const ACCOUNT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// ProgramData: tag u32 = 3, slot u64, then the authority as an option tag and 32 bytes.
const AUTHORITY_TAG_OFFSET: usize = 12;
const AUTHORITY_END: usize = AUTHORITY_TAG_OFFSET + 33;

/// Builds the virtual machine at slot 0.
pub(super) fn build(config: &LocalnetConfig, faucet: Address) -> Result<LiteSVM, LocalnetError> {
    let mut svm = LiteSVM::default()
        .with_mainnet_features()
        .with_builtins()
        .with_sysvars();
    // Programs can be called from the slot in which they were loaded: load them in slot 0.
    put(&mut svm, CLOCK, sysvar(vec![0; 40]))?;
    let (schedule, schedule_data) = sysvars::epoch_schedule();
    put(&mut svm, schedule, sysvar(schedule_data))?;
    let mut svm = svm
        .with_feature_accounts()
        .with_default_programs()
        .with_precompiles()
        .with_sigverify(false)
        .with_blockhash_check(false)
        .with_transaction_history(0);

    let funded = |lamports, owner, data| Account {
        lamports,
        data,
        owner,
        executable: false,
        rent_epoch: u64::MAX,
    };
    put(
        &mut svm,
        faucet,
        funded(FAUCET_LAMPORTS, SYSTEM_PROGRAM, Vec::new()),
    )?;
    let mint = token::native_mint_data();
    let rent = svm.minimum_balance_for_rent_exemption(mint.len());
    put(&mut svm, NATIVE_MINT, funded(rent, TOKEN_PROGRAM, mint))?;

    for program in &config.programs {
        load_program(&mut svm, program)?;
    }
    for account in &config.accounts {
        let lamports = account
            .lamports
            .unwrap_or_else(|| svm.minimum_balance_for_rent_exemption(account.data.len()));
        check_account(account, lamports)?;
        let written = funded(lamports, account.owner, account.data.clone());
        put(&mut svm, account.address, written)?;
    }
    Ok(svm)
}

fn load_program(svm: &mut LiteSVM, program: &ProgramSpec) -> Result<(), LocalnetError> {
    let id = program.id;
    let read;
    let elf: &[u8] = match &program.elf {
        ElfSource::Bytes(bytes) => bytes,
        ElfSource::Path(path) => {
            read = std::fs::read(path).map_err(|source| LocalnetError::ProgramFile {
                id,
                path: path.clone(),
                source,
            })?;
            &read
        }
    };
    svm.add_program(id, elf).map_err(|error| LocalnetError::Program {
        id,
        reason: error.to_string(),
    })?;
    let Some(authority) = program.upgrade_authority else {
        return Ok(());
    };
    let (data_address, _) = Address::find_program_address(&[id.as_ref()], &UPGRADEABLE_LOADER);
    let mut account = svm
        .get_account(&data_address)
        .filter(|account| account.data.len() >= AUTHORITY_END)
        .ok_or_else(|| LocalnetError::Program {
            id,
            reason: "the loader left no ProgramData account".to_owned(),
        })?;
    account.data[AUTHORITY_TAG_OFFSET] = 1;
    account.data[AUTHORITY_TAG_OFFSET + 1..AUTHORITY_END].copy_from_slice(authority.as_ref());
    put(svm, data_address, account)
}

fn check_account(account: &GenesisAccount, lamports: u64) -> Result<(), LocalnetError> {
    let refuse = |reason: String| LocalnetError::Account {
        address: account.address,
        reason,
    };
    if account.data.len() > ACCOUNT_BYTES_MAX {
        let found = account.data.len();
        return Err(refuse(format!(
            "{found} bytes of data, at most {ACCOUNT_BYTES_MAX} are allowed"
        )));
    }
    if lamports == 0 {
        return Err(refuse(
            "0 lamports would delete it; leave lamports out for the rent-exempt minimum".to_owned(),
        ));
    }
    Ok(())
}

fn put(svm: &mut LiteSVM, address: Address, account: Account) -> Result<(), LocalnetError> {
    svm.set_account(address, account)
        .map_err(|error| LocalnetError::Account {
            address,
            reason: error.to_string(),
        })
}

pub(super) fn sysvar(data: Vec<u8>) -> Account {
    Account {
        lamports: 1,
        data,
        owner: SYSVAR_OWNER,
        executable: false,
        rent_epoch: 0,
    }
}
