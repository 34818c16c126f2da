//! A chain, a client and a funded payer.

use anchor_client::{Hash, Transaction};
use anchor_lang::prelude::Pubkey;
use localnet::{Localnet, LocalnetConfig, LocalnetHandle};
use serde_json::{json, Value};
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::{Keypair, Signature};
use solana_rpc_client::rpc_client::{GetConfirmedSignaturesForAddress2Config, RpcClient};
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_rpc_client_api::config::{RpcTransactionConfig, UiTransactionEncoding};
use solana_rpc_client_api::request::RpcRequest;
use solana_rpc_client_api::response::EncodedTransactionWithStatusMeta;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

pub(crate) const SOL: u64 = 1_000_000_000;
/// What one signature costs.
pub(crate) const FEE: u64 = 5_000;

pub(crate) struct Bed {
    pub(crate) chain: LocalnetHandle,
    /// At `confirmed`.
    pub(crate) rpc: RpcClient,
    /// Has 10 SOL.
    pub(crate) payer: Keypair,
}

/// A transaction and the slot it landed in.
pub(crate) struct Landed {
    pub(crate) slot: u64,
    pub(crate) transaction: EncodedTransactionWithStatusMeta,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(LocalnetConfig::default())
    }

    /// Slots so long that none ends while the test runs, unless it warps.
    pub(crate) fn frozen() -> Self {
        Self::with(LocalnetConfig {
            slot_ms: 3_600_000,
            ..LocalnetConfig::default()
        })
    }

    pub(crate) fn with(config: LocalnetConfig) -> Self {
        let chain = Localnet::start(config).unwrap();
        let rpc = RpcClient::new_with_commitment(&chain.rpc_url, CommitmentConfig::confirmed());
        let payer = Keypair::new();
        let bed = Self { chain, rpc, payer };
        bed.airdrop(&bed.payer.pubkey(), 10 * SOL);
        bed
    }

    pub(crate) fn airdrop(&self, to: &Pubkey, lamports: u64) -> Signature {
        let signature = self.rpc.request_airdrop(to, lamports).unwrap();
        assert!(self.rpc.confirm_transaction(&signature).unwrap());
        signature
    }

    pub(crate) fn sign(&self, instructions: &[Instruction], others: &[&Keypair]) -> Transaction {
        self.sign_at(instructions, others, self.rpc.get_latest_blockhash().unwrap())
    }

    pub(crate) fn sign_at(
        &self,
        instructions: &[Instruction],
        others: &[&Keypair],
        blockhash: Hash,
    ) -> Transaction {
        let mut signers = vec![&self.payer];
        signers.extend_from_slice(others);
        let payer = self.payer.pubkey();
        Transaction::new_signed_with_payer(instructions, Some(&payer), &signers, blockhash)
    }

    /// Signs, sends and confirms.
    pub(crate) fn run(&self, instructions: &[Instruction], others: &[&Keypair]) -> Signature {
        let transaction = self.sign(instructions, others);
        self.rpc.send_and_confirm_transaction(&transaction).unwrap()
    }

    /// A transfer from the payer.
    pub(crate) fn pay(&self, to: &Pubkey, lamports: u64) -> Instruction {
        transfer(&self.payer.pubkey(), to, lamports)
    }

    /// Calls a method by name, answers its raw result.
    pub(crate) fn call(&self, method: &'static str, params: Value) -> Result<Value, ClientError> {
        self.rpc.send(RpcRequest::Custom { method }, params)
    }

    /// Completes slots at once; answers the open slot.
    pub(crate) fn warp(&self, slots: u64) -> u64 {
        let slot = self.call("localnet_warpSlots", json!([slots])).unwrap();
        slot.as_u64().unwrap()
    }

    /// What has landed for an address, newest first. Without a commitment the node would show only
    /// what is final.
    pub(crate) fn signatures_of(&self, address: &Pubkey) -> Vec<Signature> {
        let config = GetConfirmedSignaturesForAddress2Config {
            commitment: Some(CommitmentConfig::confirmed()),
            ..GetConfirmedSignaturesForAddress2Config::default()
        };
        let found = self
            .rpc
            .get_signatures_for_address_with_config(address, config)
            .unwrap();
        found
            .iter()
            .map(|entry| entry.signature.parse().unwrap())
            .collect()
    }

    /// A transaction as soon as it has landed.
    pub(crate) fn transaction(&self, signature: &Signature, encoding: UiTransactionEncoding) -> Landed {
        let config = RpcTransactionConfig {
            encoding: Some(encoding),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        let shown = self.rpc.get_transaction_with_config(signature, config).unwrap();
        Landed {
            slot: shown.slot,
            transaction: shown.transaction,
        }
    }

    pub(crate) fn slot(&self) -> u64 {
        self.rpc.get_slot().unwrap()
    }
}
