//! A stream that is read at a bounded rate: a flood of empty frames or pings ends with an error instead of
//! keeping a task busy.

use std::io;
use std::pin::Pin;
use std::task::{ready, Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::bucket::Bucket;

/// The kind of error when more comes than may.
pub(crate) const OVER_QUOTA: io::ErrorKind = io::ErrorKind::QuotaExceeded;

/// Reads through a bucket of bytes, writes as it is.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    inner: S,
    bucket: Bucket,
}

impl<S> Metered<S> {
    /// `bytes_per_second` on average, and four seconds' worth at once.
    pub(crate) fn new(inner: S, bytes_per_second: u32) -> Self {
        let bucket = Bucket::new(
            bytes_per_second,
            bytes_per_second.saturating_mul(4),
            Instant::now(),
        );
        Self { inner, bucket }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        if !self.bucket.take(read as f64, Instant::now()) {
            return Poll::Ready(Err(io::Error::new(OVER_QUOTA, "the client sends too much")));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
