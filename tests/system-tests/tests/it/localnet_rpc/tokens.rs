//! Accounts and SPL tokens: create, mint, transfer, find, filter, parse.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::associated_token::get_associated_token_address;
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account;
use anchor_spl::token::spl_token;
use serde_json::json;
use solana_keypair::Keypair;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding, UiDataSliceConfig,
    UiTransactionEncoding,
};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};
use solana_rpc_client_api::request::TokenAccountsFilter;
use solana_rpc_client_api::response::OptionSerializer;
use solana_signer::Signer;
use solana_system_interface::instruction::create_account;

use super::support::{Bed, SOL};

/// A mint of six decimals and an associated account of the payer with `amount` in it.
fn mint_tokens(bed: &Bed, amount: u64) -> (Pubkey, Pubkey) {
    let mint = Keypair::new();
    let payer = bed.payer.pubkey();
    let len = spl_token::state::Mint::LEN;
    let rent = bed.rpc.get_minimum_balance_for_rent_exemption(len).unwrap();
    let token = get_associated_token_address(&payer, &mint.pubkey());
    let id = spl_token::id();
    let instructions = [
        create_account(&payer, &mint.pubkey(), rent, len as u64, &id),
        spl_token::instruction::initialize_mint2(&id, &mint.pubkey(), &payer, None, 6).unwrap(),
        create_associated_token_account(&payer, &payer, &mint.pubkey(), &id),
        spl_token::instruction::mint_to(&id, &mint.pubkey(), &token, &payer, &[], amount).unwrap(),
    ];
    bed.run(&instructions, &[&mint]);
    (mint.pubkey(), token)
}

#[test]
fn tokens_are_minted_transferred_and_found() {
    let bed = Bed::frozen();
    let (mint, from) = mint_tokens(&bed, 7_500_000);
    let friend = Pubkey::new_unique();
    let to = get_associated_token_address(&friend, &mint);
    let payer = bed.payer.pubkey();
    let id = spl_token::id();
    let signature = bed.run(
        &[
            create_associated_token_account(&payer, &friend, &mint, &id),
            spl_token::instruction::transfer_checked(&id, &from, &mint, &to, &payer, &[], 2_500_000, 6)
                .unwrap(),
        ],
        &[],
    );

    let balance = bed.rpc.get_token_account_balance(&to).unwrap();
    assert_eq!(
        (balance.amount.as_str(), balance.ui_amount_string.as_str()),
        ("2500000", "2.5")
    );
    assert_eq!(bed.rpc.get_token_supply(&mint).unwrap().amount, "7500000");
    let largest = bed
        .call("getTokenLargestAccounts", json!([mint.to_string()]))
        .unwrap();
    assert_eq!(largest["value"][0]["address"], from.to_string());
    assert_eq!(largest["value"][1]["amount"], "2500000");

    for filter in [
        TokenAccountsFilter::Mint(mint),
        TokenAccountsFilter::ProgramId(id),
    ] {
        let owned = bed.rpc.get_token_accounts_by_owner(&friend, filter).unwrap();
        assert_eq!(owned.len(), 1);
        assert_eq!(owned[0].pubkey, to.to_string());
        let parsed = serde_json::to_value(&owned[0].account.data).unwrap();
        assert_eq!(parsed["program"], "spl-token");
        assert_eq!(parsed["parsed"]["info"]["tokenAmount"]["uiAmountString"], "2.5");
    }

    // The transaction shows what it did to both accounts.
    let shown = bed.transaction(&signature, UiTransactionEncoding::Json);
    let meta = shown.transaction.meta.unwrap();
    let amounts = |balances: OptionSerializer<Vec<_>>| {
        let balances: Vec<solana_rpc_client_api::response::UiTransactionTokenBalance> =
            Option::from(balances).unwrap();
        let mut shown: Vec<(Option<String>, String)> = balances
            .into_iter()
            .map(|balance| (balance.owner.into(), balance.ui_token_amount.amount))
            .collect();
        shown.sort();
        shown
    };
    let payer_name = Some(payer.to_string());
    assert_eq!(
        amounts(meta.pre_token_balances),
        [(payer_name.clone(), "7500000".to_owned())]
    );
    let mut expected = [
        (payer_name, "5000000".to_owned()),
        (Some(friend.to_string()), "2500000".to_owned()),
    ];
    expected.sort();
    assert_eq!(amounts(meta.post_token_balances), expected);
}

#[test]
fn program_accounts_are_filtered() {
    let bed = Bed::frozen();
    let (first, token) = mint_tokens(&bed, 1);
    let (second, _) = mint_tokens(&bed, 2);
    let find = |filters: Vec<RpcFilterType>| {
        let config = RpcProgramAccountsConfig {
            filters: Some(filters),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let id = spl_token::id();
        let found = bed.rpc.get_program_ui_accounts_with_config(&id, config).unwrap();
        found.into_iter().map(|(address, _)| address).collect::<Vec<_>>()
    };
    let of_mint = |mint: &Pubkey| RpcFilterType::Memcmp(Memcmp::new_base58_encoded(0, mint.as_ref()));
    assert_eq!(find(vec![RpcFilterType::DataSize(165), of_mint(&first)]), [token]);
    assert_eq!(
        find(vec![RpcFilterType::TokenAccountState, of_mint(&first)]),
        [token]
    );
    assert_eq!(find(vec![RpcFilterType::DataSize(165)]).len(), 2);
    assert_eq!(find(vec![RpcFilterType::DataSize(166)]).len(), 0);
    // Two mints of ours, and wrapped SOL.
    let mints = find(vec![RpcFilterType::DataSize(82)]);
    assert_eq!(mints.len(), 3);
    assert!(mints.contains(&first) && mints.contains(&second));
}

#[test]
fn every_encoding_of_an_account_decodes_to_the_same_bytes() {
    let bed = Bed::frozen();
    let (_, token) = mint_tokens(&bed, 77);
    let expected = bed.rpc.get_account(&token).unwrap().data;
    let fetch = |encoding, slice| {
        let config = RpcAccountInfoConfig {
            encoding: Some(encoding),
            data_slice: slice,
            ..RpcAccountInfoConfig::default()
        };
        let found = bed.rpc.get_ui_account_with_config(&token, config);
        found.map(|found| found.value.unwrap().data)
    };
    for encoding in [UiAccountEncoding::Base64, UiAccountEncoding::Base64Zstd] {
        assert_eq!(fetch(encoding, None).unwrap().decode().unwrap(), expected);
    }
    let amount = UiDataSliceConfig {
        offset: 64,
        length: 8,
    };
    let sliced = fetch(UiAccountEncoding::Base58, Some(amount)).unwrap();
    assert_eq!(sliced.decode().unwrap(), 77u64.to_le_bytes());
    // 165 bytes are too many for base 58.
    assert!(fetch(UiAccountEncoding::Base58, None).is_err());
    let beyond = UiDataSliceConfig {
        offset: 500,
        length: 8,
    };
    let nothing = fetch(UiAccountEncoding::Base64, Some(beyond)).unwrap();
    assert_eq!(nothing.decode().unwrap(), [0u8; 0]);
}

#[test]
fn wrapped_sol_works() {
    let bed = Bed::frozen();
    let payer = bed.payer.pubkey();
    let mint = spl_token::native_mint::id();
    let id = spl_token::id();
    let token = get_associated_token_address(&payer, &mint);
    bed.run(
        &[
            create_associated_token_account(&payer, &payer, &mint, &id),
            bed.pay(&token, SOL),
            spl_token::instruction::sync_native(&id, &token).unwrap(),
        ],
        &[],
    );
    let balance = bed.rpc.get_token_account_balance(&token).unwrap();
    assert_eq!(balance.ui_amount_string, "1");
    bed.run(
        &[spl_token::instruction::close_account(&id, &token, &payer, &payer, &[]).unwrap()],
        &[],
    );
    assert!(bed.rpc.get_token_account_balance(&token).is_err());
}
