//! Reading accounts.

use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};
use solana_account::Account;
use solana_rpc_client_api::filter::RpcFilterType;

use super::answers;
use super::handle::RpcPool;
use super::method::{Class, Method};
use crate::error::Error;

/// `getMultipleAccounts` refuses more keys than this.
pub const ACCOUNTS_PER_REQUEST_MAX: usize = 100;

/// What the endpoints together say of an account that one of them does not have.
#[derive(Debug, Clone, PartialEq)]
pub enum Gone {
    /// Every endpoint that answered has seen the slot and has no such account.
    Confirmed {
        /// How many said so. At least two, unless fewer are configured.
        endpoints: usize,
    },
    /// One of them has it.
    Present {
        /// The slot of that answer.
        slot: u64,
        /// The account.
        account: Box<Account>,
    },
    /// Too few could be asked to give anything up. Ask again later.
    Unsure {
        /// How many of the configured endpoints have no such account.
        endpoints: usize,
        /// How many were asked.
        asked: usize,
    },
}

impl RpcPool {
    /// The account at `address`, `None` if there is none.
    pub async fn account(&self, address: &Pubkey) -> Result<Option<Account>, Error> {
        Ok(self.account_with_slot(address).await?.1)
    }

    /// As [`Self::account`], with the slot the answer belongs to.
    pub async fn account_with_slot(&self, address: &Pubkey) -> Result<(u64, Option<Account>), Error> {
        let params = self.account_params(address, None);
        self.ask(Method::AccountInfo, params, |answer| self.one(answer))
            .await
    }

    /// As [`Self::account_with_slot`], from an endpoint that has seen `slot_min`. Endpoints that have not are passed over;
    /// one that does not know how to tell may answer with an earlier slot.
    ///
    /// # Errors
    /// A transient one when no endpoint has come so far in time.
    pub async fn account_since(
        &self,
        address: &Pubkey,
        slot_min: u64,
    ) -> Result<(u64, Option<Account>), Error> {
        let params = self.account_params(address, Some(slot_min));
        self.ask(Method::AccountInfo, params, |answer| self.one(answer))
            .await
    }

    /// Whether an account is gone, before something is given up because of it: asks every endpoint there is, also those
    /// that are passed over otherwise, for a slot of at least `slot_min`. An answer that cannot be read is none.
    ///
    /// # Errors
    /// When none of them answers.
    pub async fn confirm_gone(&self, address: &Pubkey, slot_min: u64) -> Result<Gone, Error> {
        let params = self.account_params(address, Some(slot_min));
        let everybody = self.pool.endpoints.by_rank(Class::Accounts);
        let asked = everybody.len();
        let answers = self
            .pool
            .ask_all(everybody, Method::AccountInfo, &params, &|answer: &Value| {
                self.one(answer)
            })
            .await;
        let mut without = 0;
        let mut failure = None;
        for answer in answers {
            match answer {
                Ok((slot, Some(account))) => {
                    let account = Box::new(account);
                    return Ok(Gone::Present { slot, account });
                }
                // One that ignores the bound and is behind it has not seen what may have made the account.
                Ok((slot, None)) if slot < slot_min => {}
                Ok((_, None)) => without += 1,
                Err(failed) => failure = Some(failed),
            }
        }
        match (without, failure) {
            (0, Some(failed)) => Err(failed.into()),
            (endpoints, _) if endpoints >= asked.min(2) => Ok(Gone::Confirmed { endpoints }),
            (endpoints, _) => Ok(Gone::Unsure { endpoints, asked }),
        }
    }

    /// The accounts at `addresses`, in their order. More than 100 are asked for in several requests, which may belong
    /// to different slots.
    pub async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, Error> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(ACCOUNTS_PER_REQUEST_MAX) {
            accounts.extend(self.accounts_with_slot(chunk).await?.1);
        }
        Ok(accounts)
    }

    /// At most [`ACCOUNTS_PER_REQUEST_MAX`] accounts, in the order of `addresses`, all of one slot.
    pub async fn accounts_with_slot(
        &self,
        addresses: &[Pubkey],
    ) -> Result<(u64, Vec<Option<Account>>), Error> {
        let keys: Vec<String> = addresses.iter().map(Pubkey::to_string).collect();
        let params = json!([keys, { "encoding": "base64", "commitment": self.commitment.commitment }]);
        let decode = |answer: &Value| {
            let (slot, accounts) = answers::accounts(answer, addresses.len())?;
            Ok((self.pool.slot_told(slot)?, accounts))
        };
        self.ask(Method::MultipleAccounts, params, decode).await
    }

    /// Every account of `program` that passes `filters` (at most 4).
    pub async fn program_accounts(
        &self,
        program: &Pubkey,
        filters: Vec<RpcFilterType>,
    ) -> Result<Vec<(Pubkey, Account)>, Error> {
        let config = json!({
            "encoding": "base64", "commitment": self.commitment.commitment, "filters": filters,
        });
        let params = json!([program.to_string(), config]);
        self.ask(Method::ProgramAccounts, params, answers::keyed_accounts)
            .await
    }

    /// Lamports of `address`, zero where there is no account.
    pub async fn balance(&self, address: &Pubkey) -> Result<u64, Error> {
        let params = json!([address.to_string(), { "commitment": self.commitment.commitment }]);
        let decode = |answer: &Value| answers::whole_number(answers::with_context(answer)?.1);
        self.ask(Method::Balance, params, decode).await
    }

    fn account_params(&self, address: &Pubkey, slot_min: Option<u64>) -> Value {
        let mut config = json!({ "encoding": "base64", "commitment": self.commitment.commitment });
        if let Some(slot_min) = slot_min {
            config["minContextSlot"] = json!(slot_min);
        }
        json!([address.to_string(), config])
    }

    /// One account, or none, with its slot.
    fn one(&self, answer: &Value) -> answers::Decoded<(u64, Option<Account>)> {
        let (slot, value) = answers::with_context(answer)?;
        Ok((self.pool.slot_told(slot)?, answers::optional_account(value)?))
    }
}
