//! The oracle gateway of the mock Switchboard program, in the shape of the real one.
//!
//! `POST /gateway/api/v1/randomness_reveal` with `{slothash: [u8; 32], randomness_key: hex, slot}`
//! answers `{signature: base64 of 64 bytes, recovery_id: 0, value: [u8; 32]}`, where
//! `value = sha256("aurelius:mock-oracle" ‖ slothash ‖ randomness key)` and the signature is the value
//! and 32 zero bytes: the mock program refuses anything else. Nothing here is random or secret. A real
//! gateway answers the same request with an oracle's signature.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use base64::prelude::{Engine, BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

const DOMAIN: &[u8] = b"aurelius:mock-oracle";

#[derive(Deserialize)]
struct RevealRequest {
    slothash: Vec<u8>,
    randomness_key: String,
    #[serde(rename = "slot")]
    _slot: u64,
}

#[derive(Serialize)]
struct RevealResponse {
    signature: String,
    recovery_id: u8,
    value: Vec<u8>,
}

/// Handles the request; 400 names what is wrong with it.
pub(crate) async fn randomness_reveal(body: Bytes) -> Response {
    match reveal(&body) {
        Ok(revealed) => Json(revealed).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response(),
    }
}

fn reveal(body: &[u8]) -> Result<RevealResponse, String> {
    let request: RevealRequest =
        serde_json::from_slice(body).map_err(|error| format!("randomness_reveal: {error}"))?;
    let slothash: [u8; 32] = request
        .slothash
        .try_into()
        .map_err(|found: Vec<u8>| format!("slothash has {} bytes, must be 32", found.len()))?;
    let key = decode_key(&request.randomness_key)?;
    let value = oracle_value(&slothash, &key);
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&value);
    Ok(RevealResponse {
        signature: BASE64_STANDARD.encode(signature),
        recovery_id: 0,
        value: value.to_vec(),
    })
}

/// What the mock oracle reveals.
fn oracle_value(slothash: &[u8; 32], randomness_key: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(slothash)
        .chain_update(randomness_key)
        .finalize()
        .into()
}

/// 64 hexadecimal digits, with or without `0x`.
fn decode_key(text: &str) -> Result<[u8; 32], String> {
    let wrong = || format!("randomness_key is `{text}`, must be 64 hexadecimal digits");
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if digits.len() != 64 {
        return Err(wrong());
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or_else(wrong);
        // Two digits of four bits fit a byte.
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Ok(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn request(slothash: Vec<u8>, key: &str) -> Result<RevealResponse, String> {
        reveal(
            json!({ "slothash": slothash, "randomness_key": key, "slot": 5 })
                .to_string()
                .as_bytes(),
        )
    }

    #[test]
    fn value_follows_the_rule_and_opens_the_signature() {
        let revealed = request(vec![1; 32], &"ab".repeat(32)).unwrap();
        let mut preimage = b"aurelius:mock-oracle".to_vec();
        preimage.extend_from_slice(&[1; 32]);
        preimage.extend_from_slice(&[0xab; 32]);
        assert_eq!(revealed.value, Sha256::digest(&preimage).to_vec());
        let signature = BASE64_STANDARD.decode(&revealed.signature).unwrap();
        assert_eq!(signature.len(), 64);
        assert_eq!(signature[..32], revealed.value);
        assert_eq!(revealed.recovery_id, 0);
    }

    #[test]
    fn wrong_requests_are_told_what_is_wrong() {
        let error = |result: Result<RevealResponse, String>| result.err().unwrap();
        assert!(error(request(vec![1; 31], &"00".repeat(32))).contains("31 bytes"));
        assert!(error(request(vec![1; 32], "xyz")).contains("`xyz`"));
        assert!(error(request(vec![1; 32], &"zz".repeat(32))).contains("hexadecimal"));
        assert!(error(reveal(b"{}")).contains("missing field"));
    }
}
