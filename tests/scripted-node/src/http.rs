//! One HTTP request and its answer, by hand: answers may be wrong in any way.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The body of the next request; `None` when the client has gone.
pub(crate) async fn read_body(socket: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = socket.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return None;
        }
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length: usize = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if body.len() >= length {
            return Some(body.to_owned());
        }
    }
}

/// Writes a whole response and closes.
pub(crate) async fn respond(mut socket: TcpStream, response: &str) {
    socket.write_all(response.as_bytes()).await.unwrap_or_default();
    socket.shutdown().await.unwrap_or_default();
}

/// A response that carries JSON.
pub(crate) fn json(body: &serde_json::Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
