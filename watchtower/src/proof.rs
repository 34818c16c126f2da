//! A proof's way onto the chain.
//!
//! A proof of a Blitz fits a transaction. One of a Siege goes through an upload whose number follows from the match, so
//! that whatever an earlier attempt or an earlier run has left behind is found, used and closed; its rent comes back.

use client::error::Error;
use client::instruction::{self, ProveFraudArgs};
use client::sender::{transaction_size, Confirmed, Format, TRANSACTION_BYTES_MAX};
use client::view::fetch;
use client::{address, Pubkey};
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::config::Prover;

/// Sends the proof, uploading it first where it must be.
pub(crate) async fn file(
    prover: &Prover,
    match_key: Pubkey,
    args: &ProveFraudArgs,
) -> Result<Confirmed, Error> {
    let challenger = prover.keypair.pubkey();
    let whole = instruction::prove_fraud(match_key, challenger, args.clone());
    let size = transaction_size(std::slice::from_ref(&whole), Format::Legacy, &challenger)?;
    if size <= TRANSACTION_BYTES_MAX {
        return send(prover, whole).await;
    }
    let bytes = [args.state.as_slice(), args.inputs.as_slice()].concat();
    let upload_id = upload_id(&match_key);
    upload(prover, upload_id, &bytes).await?;
    let account = address::upload(&challenger, upload_id);
    let prove = instruction::prove_uploaded_fraud(match_key, challenger, account, args.clone());
    send(prover, prove).await
}

/// Closes the upload of a match, if there is one.
pub(crate) async fn clean_up(prover: &Prover, match_key: &Pubkey) -> Result<(), Error> {
    let (owner, upload_id) = (prover.keypair.pubkey(), upload_id(match_key));
    if fetch::upload(prover.sender.rpc(), &owner, upload_id)
        .await?
        .is_some()
    {
        send(prover, instruction::close_upload(owner, upload_id)).await?;
    }
    Ok(())
}

/// Makes the buffer hold `bytes`: what it holds already is not written again.
async fn upload(prover: &Prover, upload_id: u64, bytes: &[u8]) -> Result<(), Error> {
    let (rpc, owner) = (prover.sender.rpc(), prover.keypair.pubkey());
    let mut held = fetch::upload(rpc, &owner, upload_id).await?;
    if held.as_ref().is_some_and(|held| held.bytes.len() != bytes.len()) {
        send(prover, instruction::close_upload(owner, upload_id)).await?;
        held = None;
    }
    let held = match held {
        Some(held) => held.bytes,
        None => {
            let len = bytes.len() as u32; // a state and a segment's inputs
            send(prover, instruction::open_upload(owner, upload_id, len)).await?;
            vec![0; bytes.len()]
        }
    };
    let writes = instruction::write_upload_chunks(owner, upload_id, bytes)
        .into_iter()
        .zip(bytes.chunks(instruction::UPLOAD_CHUNK_BYTES))
        .zip(held.chunks(instruction::UPLOAD_CHUNK_BYTES))
        .filter(|((_, chunk), held)| chunk != held)
        .map(|((write, _), _)| send(prover, write));
    futures_util::future::try_join_all(writes).await?;
    Ok(())
}

async fn send(prover: &Prover, instruction: Instruction) -> Result<Confirmed, Error> {
    prover
        .sender
        .send_and_confirm(&[instruction], &prover.keypair, &[])
        .await
}

/// The number of a match's upload among the prover's own: the first bytes of its address, which no two matches share by
/// chance.
fn upload_id(match_key: &Pubkey) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&match_key.as_ref()[..8]);
    u64::from_le_bytes(bytes)
}
