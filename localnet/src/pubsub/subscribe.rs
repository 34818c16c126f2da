//! From a PubSub request to what is subscribed to.

use serde_json::Value;
use solana_keypair::Address;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignatureSubscribeConfig, RpcTransactionLogsConfig,
    RpcTransactionLogsFilter, UiAccountEncoding,
};

use super::subscription::{AccountForm, Topic};
use crate::rpc::{level, parse_address, parse_signature, Filters, Params, RpcError};

/// A request that makes sense on a PubSub socket.
pub(super) enum Call {
    Subscribe(Topic),
    Unsubscribe(u64),
}

/// Errors: an unknown method, or parameters that do not fit.
pub(super) fn parse(method: &str, params: Option<Value>) -> Result<Call, RpcError> {
    let mut params = Params::new(params)?;
    let call = match method {
        "accountSubscribe" => Call::Subscribe(account(&mut params)?),
        "programSubscribe" => Call::Subscribe(program(&mut params)?),
        "logsSubscribe" => Call::Subscribe(logs(&mut params)?),
        "signatureSubscribe" => Call::Subscribe(signature(&mut params)?),
        "slotSubscribe" => Call::Subscribe(Topic::Slot),
        "rootSubscribe" => Call::Subscribe(Topic::Root),
        "accountUnsubscribe"
        | "programUnsubscribe"
        | "logsUnsubscribe"
        | "signatureUnsubscribe"
        | "slotUnsubscribe"
        | "rootUnsubscribe" => Call::Unsubscribe(params.required("subscription")?),
        unknown => return Err(RpcError::method_not_found(unknown)),
    };
    params.finish()?;
    Ok(call)
}

fn account(params: &mut Params) -> Result<Topic, RpcError> {
    let address = params.address("pubkey")?;
    let config: RpcAccountInfoConfig = params.config()?;
    Ok(Topic::Account {
        address,
        form: form(&config),
        level: level(config.commitment),
    })
}

fn program(params: &mut Params) -> Result<Topic, RpcError> {
    let program = params.address("programId")?;
    let config: RpcProgramAccountsConfig = params.config()?;
    Ok(Topic::Program {
        program,
        filters: Filters::new(config.filters.unwrap_or_default())?,
        form: form(&config.account_config),
        level: level(config.account_config.commitment),
    })
}

fn form(config: &RpcAccountInfoConfig) -> AccountForm {
    AccountForm {
        encoding: config.encoding.unwrap_or(UiAccountEncoding::Binary),
        slice: config.data_slice,
    }
}

fn logs(params: &mut Params) -> Result<Topic, RpcError> {
    let filter: RpcTransactionLogsFilter = params.required("filter")?;
    let config: Option<RpcTransactionLogsConfig> = params.optional("config")?;
    let mentions: Option<Address> = match filter {
        // There are no vote transactions here, so both mean everything.
        RpcTransactionLogsFilter::All | RpcTransactionLogsFilter::AllWithVotes => None,
        RpcTransactionLogsFilter::Mentions(addresses) => match addresses.as_slice() {
            [one] => Some(parse_address(one)?),
            _ => {
                return Err(RpcError::invalid_params(
                    "Invalid Request: Only 1 address supported",
                ))
            }
        },
    };
    Ok(Topic::Logs {
        mentions,
        level: level(config.and_then(|config| config.commitment)),
    })
}

fn signature(params: &mut Params) -> Result<Topic, RpcError> {
    let signature = parse_signature(&params.required::<String>("signature")?)?;
    let config: RpcSignatureSubscribeConfig = params.config()?;
    Ok(Topic::Signature {
        signature,
        level: level(config.commitment),
        wants_received: config.enable_received_notification.unwrap_or(false),
    })
}
