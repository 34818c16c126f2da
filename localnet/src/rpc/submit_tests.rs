#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use solana_keypair::Keypair;
use solana_message_4::Message;
use solana_signer::Signer;

use super::*;

fn signed() -> VersionedTransaction {
    let payer = Keypair::new();
    let message = Message::new(&[], Some(&payer.pubkey()));
    VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&payer]).unwrap()
}

fn refusal(text: &str, encoding: UiTransactionEncoding) -> RpcError {
    decode_transaction(text, Some(encoding)).unwrap_err()
}

#[test]
fn both_encodings_are_understood_and_base58_is_the_default() {
    let transaction = signed();
    let bytes = wincode::serialize(&transaction).unwrap();
    let base58 = bs58::encode(&bytes).into_string();
    let base64 = BASE64_STANDARD.encode(&bytes);
    assert_eq!(decode_transaction(&base58, None).unwrap(), transaction);
    let found = decode_transaction(&base64, Some(UiTransactionEncoding::Base64)).unwrap();
    assert_eq!(found, transaction);
}

#[test]
fn wrong_text_is_refused_by_what_is_wrong_with_it() {
    let base64 = UiTransactionEncoding::Base64;
    let base58 = UiTransactionEncoding::Base58;
    for (text, encoding, expected) in [
        ("***", base64, "invalid base64 encoding"),
        ("0OIl", base58, "invalid base58 encoding"),
        ("AAAA", base64, "failed to deserialize"),
        ("AAAA", UiTransactionEncoding::Json, "unsupported encoding: json"),
        (&"A".repeat(1_645), base64, "base64 encoded solana_transaction"),
        (&"1".repeat(1_684), base58, "base58 encoded solana_transaction"),
        (&"1".repeat(1_300), base58, "decoded solana_transaction"),
    ] {
        let error = refusal(text, encoding);
        assert_eq!(error.code, -32602, "{text}");
        assert!(error.message.starts_with(expected), "{}", error.message);
    }
}

#[test]
fn trailing_bytes_and_bad_indices_are_refused() {
    let mut bytes = wincode::serialize(&signed()).unwrap();
    bytes.push(0);
    let error = refusal(&BASE64_STANDARD.encode(&bytes), UiTransactionEncoding::Base64);
    assert!(error.message.contains("failed to deserialize"), "{error:?}");

    let mut unsigned = signed();
    unsigned.signatures.clear();
    let bytes = wincode::serialize(&unsigned).unwrap();
    let error = refusal(&BASE64_STANDARD.encode(&bytes), UiTransactionEncoding::Base64);
    assert!(error.message.contains("failed to sanitize"), "{error:?}");
}

#[test]
fn a_wrong_signature_is_found() {
    let mut transaction = signed();
    assert!(has_valid_signatures(&transaction));
    transaction.signatures[0] = Signature::from([7; 64]);
    assert!(!has_valid_signatures(&transaction));
}
