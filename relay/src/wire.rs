//! The writing side of a connection, shared by the socket's own task and the rows that deliver frames.
//!
//! Invariants: what is written begins and ends between WebSocket frames, whoever writes; what the kernel does
//! not take at once is at most the rest of one piece, and nothing else is written before it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use bytes::{Buf, Bytes};
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::TcpStream;

/// The writing side. Every call that takes bytes takes whole WebSocket frames.
#[derive(Debug)]
pub(crate) struct Wire {
    out: Mutex<Out>,
}

#[derive(Debug)]
struct Out {
    half: OwnedWriteHalf,
    /// What the kernel did not take yet.
    rest: Bytes,
}

/// What became of bytes that were offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offered {
    /// The kernel has them.
    Written,
    /// The wire has them; somebody has to [`Wire::flush`].
    Begun,
    /// They were not taken, because something else is not written yet or the connection is broken.
    Refused,
}

/// Both sides as one stream, for the WebSocket library: it reads, and answers pings.
#[derive(Debug)]
pub(crate) struct Duplex {
    read: OwnedReadHalf,
    wire: Arc<Wire>,
}

impl Duplex {
    pub(crate) fn new(stream: TcpStream) -> (Self, Arc<Wire>) {
        let (read, half) = stream.into_split();
        let wire = Arc::new(Wire {
            out: Mutex::new(Out {
                half,
                rest: Bytes::new(),
            }),
        });
        let duplex = Self {
            read,
            wire: wire.clone(),
        };
        (duplex, wire)
    }
}

impl Wire {
    /// Writes without waiting.
    pub(crate) fn offer(&self, bytes: &Bytes) -> Offered {
        let mut out = self.lock();
        if !out.rest.is_empty() {
            return Offered::Refused;
        }
        match out.half.try_write(bytes) {
            Ok(written) if written == bytes.len() => Offered::Written,
            Ok(written) => {
                out.rest = bytes.slice(written..);
                Offered::Begun
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                out.rest = bytes.clone();
                Offered::Begun
            }
            // Whoever waits for the wire gets the error.
            Err(_) => Offered::Refused,
        }
    }

    /// Writes what is left, and then these. Not cancel safe: some may be written.
    pub(crate) async fn send(&self, bytes: Bytes) -> io::Result<()> {
        let mut bytes = Some(bytes);
        poll_fn(|cx| {
            let mut out = self.lock();
            ready!(out.poll_drain(cx))?;
            if let Some(bytes) = bytes.take() {
                out.rest = bytes;
            }
            out.poll_drain(cx)
        })
        .await
    }

    /// Writes what is left; cancel safe.
    pub(crate) async fn flush(&self) -> io::Result<()> {
        poll_fn(|cx| self.lock().poll_drain(cx)).await
    }

    /// Ends our side.
    pub(crate) async fn shutdown(&self) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut self.lock().half).poll_shutdown(cx)).await
    }

    fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock()
    }
}

impl Out {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            match self.half.try_write(&self.rest) {
                Ok(written) => self.rest.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.half.as_ref().poll_write_ready(cx))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Duplex {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(cx, buf)
    }
}

impl AsyncWrite for Duplex {
    /// Takes all or nothing, because a row may write between two calls.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut out = self.wire.lock();
        ready!(out.poll_drain(cx))?;
        let written = match out.half.try_write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            out.rest = Bytes::copy_from_slice(rest);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.lock().poll_drain(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire.lock().half).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (Duplex, Arc<Wire>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, _) = listener.accept().await.unwrap();
        let (duplex, wire) = Duplex::new(near);
        (duplex, wire, far)
    }

    /// Whatever the kernel refuses in between, pieces arrive whole and in the order in which they were taken.
    #[tokio::test]
    async fn pieces_arrive_whole_and_in_order() {
        let (mut duplex, wire, mut far) = pair().await;
        let piece = |index: u8| Bytes::from(vec![index; 100_000]);
        let mut taken = vec![];
        let mut index = 0;
        // Fill the kernel's buffers.
        let begun = loop {
            match wire.offer(&piece(index)) {
                Offered::Written => taken.push(index),
                Offered::Begun => break index,
                Offered::Refused => panic!("nothing was left"),
            }
            index += 1;
        };
        taken.push(begun);
        assert_eq!(wire.offer(&piece(200)), Offered::Refused);
        let blocked =
            poll_fn(|cx| Poll::Ready(Pin::new(&mut duplex).poll_write(cx, &[201; 10]).is_pending())).await;
        assert!(blocked, "the library may not write into the middle of a piece");
        let sender = {
            let wire = wire.clone();
            tokio::spawn(async move {
                wire.send(piece(202)).await.unwrap();
                wire.flush().await.unwrap();
                assert_eq!(wire.offer(&Bytes::from_static(&[203])), Offered::Written);
                wire.shutdown().await.unwrap();
            })
        };
        let mut arrived = vec![];
        far.read_to_end(&mut arrived).await.unwrap();
        sender.await.unwrap();
        taken.push(202);
        let mut expected: Vec<u8> = taken.iter().flat_map(|index| piece(*index)).collect();
        expected.push(203);
        assert!(
            arrived == expected,
            "{} bytes, expected {}",
            arrived.len(),
            expected.len()
        );
    }

    #[tokio::test]
    async fn a_broken_connection_is_an_error_for_who_waits() {
        let (_duplex, wire, far) = pair().await;
        drop(far);
        let bytes = Bytes::from_static(&[1; 100]);
        let mut refused = false;
        for _ in 0..1000 {
            refused |= wire.offer(&bytes) == Offered::Refused;
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            if refused {
                break;
            }
        }
        assert!(refused);
        assert!(wire.send(bytes).await.is_err());
    }
}
