//! The gateway client against a gateway that misbehaves in every way we know.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::guard::check;
use super::*;

/// Answers every connection with `answer`, after reading the request's head and body. Gives its base address and the
/// last request it saw.
async fn gateway(answer: Vec<u8>) -> (String, tokio::sync::watch::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, receiver) = tokio::sync::watch::channel(String::new());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let read = socket.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&request);
                let complete = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let length = head
                        .lines()
                        .find_map(|line| {
                            line.to_ascii_lowercase()
                                .strip_prefix("content-length: ")?
                                .parse()
                                .ok()
                        })
                        .unwrap_or(0);
                    body.len() >= length
                });
                if read == 0 || complete {
                    break;
                }
            }
            seen.send_replace(String::from_utf8_lossy(&request).into_owned());
            socket.write_all(&answer).await.unwrap_or_default();
            socket.shutdown().await.unwrap_or_default();
        }
    });
    (url, receiver)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn client() -> EntropyClient {
    EntropyClient::new(Reach::Loopback, Duration::from_millis(500)).unwrap()
}

fn commitment() -> Commitment {
    Commitment {
        randomness: Pubkey::new_from_array([0xab; 32]),
        seed_slot: 77,
        seed_slothash: [3; 32],
    }
}

fn reveal_json(signature: &[u8], value: &[u8]) -> String {
    serde_json::json!({ "signature": BASE64_STANDARD.encode(signature), "recovery_id": 1, "value": value })
        .to_string()
}

#[tokio::test]
async fn reveal_is_asked_for_and_read() {
    let (url, seen) = gateway(http("200 OK", &reveal_json(&[5; 64], &[6; 32]))).await;
    let reveal = client().reveal(&url, &commitment()).await.unwrap();
    assert_eq!(
        reveal,
        Reveal {
            signature: [5; 64],
            recovery_id: 1,
            value: [6; 32]
        }
    );

    let request = seen.borrow().clone();
    assert!(
        request.starts_with("POST /gateway/api/v1/randomness_reveal HTTP/1.1"),
        "{request}"
    );
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["slot"], 77);
    assert_eq!(body["randomness_key"], "ab".repeat(32));
    assert_eq!(body["slothash"].as_array().unwrap().len(), 32);
}

#[tokio::test]
async fn a_base_path_is_kept() {
    let (url, seen) = gateway(http("200 OK", &reveal_json(&[5; 64], &[6; 32]))).await;
    client()
        .reveal(&format!("{url}/mainnet"), &commitment())
        .await
        .unwrap();
    assert!(seen
        .borrow()
        .starts_with("POST /mainnet/gateway/api/v1/randomness_reveal "));
}

#[tokio::test]
async fn wrong_shapes_are_named() {
    for (body, what) in [
        (reveal_json(&[5; 63], &[6; 32]), "63 bytes"),
        (reveal_json(&[5; 64], &[6; 31]), "31 bytes"),
        (
            "{\"signature\":\"*\",\"recovery_id\":0,\"value\":[]}".to_owned(),
            "signature",
        ),
        ("<html>".to_owned(), "no reveal"),
        ("x".repeat(RESPONSE_BYTES_MAX + 1), "longer than"),
    ] {
        let (url, _) = gateway(http("200 OK", &body)).await;
        let error = client().reveal(&url, &commitment()).await.unwrap_err();
        assert!(matches!(error, EntropyError::Malformed { .. }), "{error:?}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn statuses_and_silence_are_told_apart() {
    let (url, _) = gateway(http("404 Not Found", "slot\u{7} not found")).await;
    let error = client().reveal(&url, &commitment()).await.unwrap_err();
    assert!(error.is_transient());
    assert!(
        error.to_string().ends_with("status 404: slot not found"),
        "{error}"
    );

    let (url, _) = gateway(http("403 Forbidden", "no")).await;
    assert!(!client()
        .reveal(&url, &commitment())
        .await
        .unwrap_err()
        .is_transient());

    // Redirects are not followed, wherever they lead.
    let (target, seen) = gateway(http("200 OK", &reveal_json(&[5; 64], &[6; 32]))).await;
    let redirect =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    let (url, _) = gateway(redirect.into_bytes()).await;
    let error = client().reveal(&url, &commitment()).await.unwrap_err();
    assert!(
        matches!(error, EntropyError::Refused { status: 307, .. }),
        "{error:?}"
    );
    assert_eq!(*seen.borrow(), "");

    // Accepts, reads, never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = client().reveal(&url, &commitment()).await.unwrap_err();
    assert!(matches!(error, EntropyError::Unreachable { .. }), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn names_are_checked_after_resolution() {
    // `localhost` passes the check of the text and is stopped by the resolver.
    let (url, seen) = gateway(http("200 OK", &reveal_json(&[5; 64], &[6; 32]))).await;
    let by_name = url.replace("127.0.0.1", "localhost");
    let public = EntropyClient::new(Reach::Public, Duration::from_millis(500)).unwrap();
    let error = public.reveal(&by_name, &commitment()).await.unwrap_err();
    assert!(matches!(error, EntropyError::Unreachable { .. }), "{error:?}");
    assert_eq!(*seen.borrow(), "");
    client().reveal(&by_name, &commitment()).await.unwrap();
}

#[test]
fn gateway_addresses_are_guarded() {
    for good in [
        "https://gateway.example.org",
        "http://8.8.8.8:8082/devnet",
        "https://[2606:4700::1111]/",
    ] {
        let url = check(good, Reach::Public).unwrap();
        assert!(url.path().ends_with('/'), "{url}");
    }
    for (bad, reason) in [
        ("", "not a gateway address"),
        ("gateway.example.org", "not a gateway address"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.org", "scheme"),
        ("https://user:pass@example.org", "user name"),
        ("https://example.org/?a=b", "query"),
        ("https://example.org/#x", "fragment"),
        ("http://127.0.0.1:80", "this machine"),
        ("http://2130706433", "this machine"),
        ("http://0x7f.1", "this machine"),
        ("http://[::1]", "this machine"),
        ("http://[::ffff:127.0.0.1]", "this machine"),
        ("http://169.254.169.254/latest/meta-data", "not public"),
        ("http://[::ffff:169.254.169.254]", "not public"),
        ("http://[64:ff9b::a9fe:a9fe]", "not public"),
        ("http://[2002:a9fe:a9fe::1]", "not public"),
        ("http://10.0.0.1", "not public"),
        ("http://172.16.3.4", "not public"),
        ("http://192.168.0.1", "not public"),
        ("http://100.64.0.1", "not public"),
        ("http://0.0.0.0", "not public"),
        ("http://224.0.0.1", "not public"),
        ("http://255.255.255.255", "not public"),
        ("http://[fe80::1]", "not public"),
        ("http://[fd00::1]", "not public"),
        ("http://[::]", "not public"),
    ] {
        let error = check(bad, Reach::Public).unwrap_err().to_string();
        assert!(error.contains(reason), "{bad}: {error}");
    }
    let long = format!("https://{}.org", "a".repeat(300));
    assert!(check(&long, Reach::Public)
        .unwrap_err()
        .to_string()
        .contains("256"));
    assert!(check("http://127.0.0.1:1", Reach::Loopback).is_ok());
    assert!(check("http://[::1]:1", Reach::Loopback).is_ok());
    assert!(check("http://10.0.0.1", Reach::Loopback).is_err());
    for own in [
        "http://10.0.0.1",
        "http://127.0.0.1:1",
        "http://8.8.8.8",
        "http://[fd00::1]",
    ] {
        assert!(check(own, Reach::Named).is_ok(), "{own}");
    }
    assert!(check("ftp://10.0.0.1", Reach::Named).is_err());
}

#[tokio::test]
async fn report_33_a_gateway_is_told_the_public_rpc_endpoint_or_the_refusal_says_how() {
    let complaint = r#"{"error":"missing field `rpc`"}"#;
    let (url, seen) = gateway(http("400 Bad Request", complaint)).await;
    let error = client().reveal(&url, &commitment()).await.unwrap_err();
    assert!(error.to_string().contains("--public-rpc"), "{error}");
    assert!(!seen.borrow().contains("\"rpc\""));

    let told = client().with_public_rpc(Some("https://rpc.example"));
    let (url, seen) = gateway(http("400 Bad Request", complaint)).await;
    let error = told.reveal(&url, &commitment()).await.unwrap_err();
    assert!(
        !error.to_string().contains("--public-rpc"),
        "it was told: {error}"
    );
    assert!(seen.borrow().contains(r#""rpc":"https://rpc.example""#));

    // A refusal of another kind gets no such advice.
    let (url, _) = gateway(http("404 Not Found", "no such slot")).await;
    let error = client().reveal(&url, &commitment()).await.unwrap_err();
    assert!(!error.to_string().contains("--public-rpc"), "{error}");
}
