//! Accounts in every encoding a node offers. `jsonParsed` is the real decoder's; UI amounts of
//! Token-2022 mints that bear interest or scale are shown unscaled.

use solana_account::ReadableAccount as ReadableAccountV3;
use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_account_decoder::encode_ui_account;
use solana_account_decoder::parse_account_data::{AccountAdditionalDataV3, SplTokenAdditionalDataV2};
use solana_keypair::Address;
use solana_rpc_client_api::config::{UiAccountEncoding, UiDataSliceConfig};
use solana_rpc_client_api::response::UiAccount;

use crate::ledger::LedgerState;
use crate::rpc::error::RpcError;
use crate::token;

/// Base 58 takes quadratic time: the node refuses more than this.
const BASE58_BYTES_MAX: usize = 128;

/// An account together with what its encoding needs from other accounts.
#[derive(Clone)]
pub(crate) struct ShownAccount {
    pub(crate) address: Address,
    pub(crate) account: AccountSharedData,
    decimals: Option<u8>,
}

impl ShownAccount {
    /// Takes the account and, for a token account to be parsed, its mint's decimals.
    pub(crate) fn new(
        state: &LedgerState,
        address: Address,
        account: AccountSharedData,
        encoding: UiAccountEncoding,
    ) -> Self {
        let decimals = (encoding == UiAccountEncoding::JsonParsed)
            .then(|| token::token_account(&account))
            .flatten()
            .and_then(|held| token::mint(state.accounts.get(&held.mint)?))
            .map(|mint| mint.decimals);
        Self {
            address,
            account,
            decimals,
        }
    }

    /// The account in `encoding`. Error: base 58 of more than 128 bytes.
    pub(crate) fn encode(
        &self,
        encoding: UiAccountEncoding,
        slice: Option<UiDataSliceConfig>,
    ) -> Result<UiAccount, RpcError> {
        let len = self.account.data().len();
        let shown_len = slice.map_or(len, |slice| slice.length.min(len.saturating_sub(slice.offset)));
        let is_base58 = matches!(encoding, UiAccountEncoding::Binary | UiAccountEncoding::Base58);
        if is_base58 && shown_len > BASE58_BYTES_MAX {
            return Err(RpcError::invalid_request(format!(
                "Encoded binary (base 58) data should be less than {BASE58_BYTES_MAX} bytes, \
                 please use Base64 encoding."
            )));
        }
        Ok(self.encode_lossy(encoding, slice))
    }

    /// As [`Self::encode`], but too much base 58 becomes a text that says so: what the node does
    /// in notifications.
    pub(crate) fn encode_lossy(
        &self,
        encoding: UiAccountEncoding,
        slice: Option<UiDataSliceConfig>,
    ) -> UiAccount {
        let additional = AccountAdditionalDataV3 {
            spl_token_additional_data: self.decimals.map(SplTokenAdditionalDataV2::with_decimals),
        };
        encode_ui_account(
            &self.address,
            &AsV3(&self.account),
            encoding,
            Some(additional),
            slice,
        )
    }
}

/// An account of LiteSVM's major, read through the decoder's.
struct AsV3<'a>(&'a AccountSharedData);

impl ReadableAccountV3 for AsV3<'_> {
    fn lamports(&self) -> u64 {
        self.0.lamports()
    }
    fn data(&self) -> &[u8] {
        self.0.data()
    }
    fn owner(&self) -> &Address {
        self.0.owner()
    }
    fn executable(&self) -> bool {
        self.0.executable()
    }
    fn rent_epoch(&self) -> u64 {
        self.0.rent_epoch()
    }
}
