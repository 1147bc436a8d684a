//! `TCP_QUICKACK`: acknowledging what arrives over TCP at once, instead of after a delay.
//!
//! A peer that writes header and body of a frame apart, without `TCP_NODELAY`, sends the body when
//! the header has been acknowledged. Kernels delay that by some 40 ms for a socket that answers
//! what it reads, as this one does. Linux can be told not to, but forgets it: therefore after each
//! read again. It then also sends the acknowledgement that it is holding back.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// A reader of the stream that has what it reads acknowledged at once.
pub(super) fn acknowledging(stream: OwnedReadHalf) -> impl AsyncRead + Send + Unpin + 'static {
    renew(stream.as_ref());
    Renewing { stream, renew: |stream: &OwnedReadHalf| renew(stream.as_ref()) }
}

/// Sets the option for what arrives next. Without it answers are late and not wrong, so a failure
/// is no error.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn renew(stream: &TcpStream) {
    let _ = stream.set_quickack(true);
}

/// Other systems have no such option.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn renew(_: &TcpStream) {}

/// Reads from a stream, and calls `renew` after every read that returned data.
struct Renewing<R, F> {
    stream: R,
    renew: F,
}

impl<R: AsyncRead + Unpin, F: FnMut(&R) + Unpin> AsyncRead for Renewing<R, F> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, renew } = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut *stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            renew(stream);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures::FutureExt;
    use tokio::io::AsyncReadExt;

    use super::*;

    /// Gives these results, one for each poll, and then the end.
    struct Script(VecDeque<Poll<io::Result<&'static [u8]>>>);

    impl AsyncRead for Script {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let next = self.0.pop_front().unwrap_or(Poll::Ready(Ok(&[])));
            next.map_ok(|bytes| buffer.put_slice(bytes))
        }
    }

    #[test]
    fn every_read_that_returned_data_renews_and_no_other() {
        let mut renewals = 0;
        let mut reader = Renewing {
            stream: Script(VecDeque::from([
                Poll::Ready(Ok(b"header".as_slice())),
                Poll::Pending,
                Poll::Ready(Ok(b"body".as_slice())),
                Poll::Ready(Err(io::ErrorKind::Interrupted.into())),
                Poll::Ready(Ok(b"more".as_slice())),
            ])),
            renew: |_: &Script| renewals += 1,
        };
        let mut bytes = Vec::new();
        // Into a buffer that is not empty, too: what was there before is not data.
        let lengths: Vec<_> = std::iter::repeat_with(|| {
            let read = reader.read_buf(&mut bytes).now_or_never();
            read.map(|read| read.map_err(|error| error.kind()))
        })
        .take(6)
        .collect();
        drop(reader);
        let failed = Err(io::ErrorKind::Interrupted);
        assert_eq!(
            lengths,
            [Some(Ok(6)), None, Some(Ok(4)), Some(failed), Some(Ok(4)), Some(Ok(0))]
        );
        assert_eq!(bytes, b"headerbodymore");
        assert_eq!(renewals, 3);
    }
}
