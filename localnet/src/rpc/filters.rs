//! The filters of `getProgramAccounts` and `programSubscribe`.

use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_rpc_client_api::filter::RpcFilterType;

use super::error::RpcError;
use crate::token;

const FILTERS_MAX: usize = 4;

/// Checked filters, with their bytes decoded once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(Vec<RpcFilterType>);

impl Filters {
    /// Errors: more than four, or bytes that do not decode or are too long.
    pub(crate) fn new(mut filters: Vec<RpcFilterType>) -> Result<Self, RpcError> {
        if filters.len() > FILTERS_MAX {
            return Err(RpcError::invalid_params(format!(
                "Too many filters provided; max {FILTERS_MAX}"
            )));
        }
        for filter in &mut filters {
            let invalid = |error| RpcError::invalid_params(format!("Invalid param: {error:?}"));
            filter.verify().map_err(invalid)?;
            if let RpcFilterType::Memcmp(compare) = filter {
                compare.convert_to_raw_bytes().map_err(invalid)?;
            }
        }
        Ok(Self(filters))
    }

    /// Does the account pass all of them?
    pub(crate) fn allow(&self, account: &AccountSharedData) -> bool {
        self.0.iter().all(|filter| match filter {
            RpcFilterType::DataSize(size) => account.data().len() as u64 == *size,
            RpcFilterType::Memcmp(compare) => compare.bytes_match(account.data()),
            RpcFilterType::TokenAccountState => token::token_account(account).is_some(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use serde_json::json;
    use solana_keypair::Address;

    use super::*;

    fn allowed(filters: serde_json::Value, data: &[u8]) -> bool {
        let filters = Filters::new(serde_json::from_value(filters).unwrap()).unwrap();
        let mut account = AccountSharedData::new(1, 0, &Address::default());
        account.set_data_from_slice(data);
        filters.allow(&account)
    }

    #[test]
    fn size_and_bytes() {
        let data = [1, 2, 3, 4];
        assert!(allowed(json!([{"dataSize": 4}]), &data));
        assert!(!allowed(json!([{"dataSize": 5}]), &data));
        // base58 of [2, 3] is "9o"... written as base64 and as raw bytes too.
        let base58 = bs58::encode([2, 3]).into_string();
        assert!(allowed(
            json!([{"memcmp": {"offset": 1, "bytes": base58}}]),
            &data
        ));
        assert!(!allowed(
            json!([{"memcmp": {"offset": 2, "bytes": base58}}]),
            &data
        ));
        assert!(!allowed(
            json!([{"memcmp": {"offset": 9, "bytes": base58}}]),
            &data
        ));
        let base64 = json!([{"memcmp": {"offset": 1, "bytes": "AgM=", "encoding": "base64"}}]);
        assert!(allowed(base64, &data));
        let both = json!([{"dataSize": 4}, {"memcmp": {"offset": 0, "bytes": [9]}}]);
        assert!(!allowed(both, &data));
    }

    #[test]
    fn too_many_or_broken_filters_are_refused() {
        let five = vec![RpcFilterType::DataSize(1); 5];
        assert_eq!(Filters::new(five).unwrap_err().code, -32602);
        let broken = json!([{"memcmp": {"offset": 0, "bytes": "0OIl"}}]);
        let error = Filters::new(serde_json::from_value(broken).unwrap()).unwrap_err();
        assert_eq!(error.code, -32602);
    }
}
