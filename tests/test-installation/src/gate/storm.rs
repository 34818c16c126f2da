//! Answers of an RPC node that has too much to do.

use rand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest request that is read.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// How an RPC storm is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Of a hundred connections, so many are refused.
    pub percent: u8,
    /// Of a hundred refusals, so many are 429 with `Retry-After: 1`; the others are 500.
    pub limited_percent: u8,
}

impl Storm {
    pub(super) fn strikes(&self) -> bool {
        rand::thread_rng().gen_range(0..100) < self.percent
    }
}

/// Reads one request and refuses it.
pub(super) async fn answer(stream: &mut TcpStream, storm: &Storm) {
    let mut request = Vec::new();
    let mut buffer = vec![0; 4096];
    while request.len() < REQUEST_BYTES_MAX && !is_whole(&request) {
        match stream.read(&mut buffer).await {
            Ok(length @ 1..) => request.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    let limited = rand::thread_rng().gen_range(0..100) < storm.limited_percent;
    let head = if limited {
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\n"
    } else {
        "HTTP/1.1 500 Internal Server Error\r\n"
    };
    let _ = stream
        .write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
        .await;
    let _ = stream.shutdown().await;
}

/// Whether head and body are there.
fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    request.len() >= end + 4 + length
}
