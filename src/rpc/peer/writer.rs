//! The writer task: frames from the queue to the stream.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::peer::core::{PeerCore, Stop};
use crate::rpc::peer::queue::Entry;

/// Writes what is queued until the connection closes, and a little longer: see
/// [`ConnectionLimits::flush_timeout`](crate::rpc::ConnectionLimits::flush_timeout).
///
/// The stream is dropped when this returns, which is what tells the peer.
pub(super) async fn run(core: Arc<PeerCore>, mut stream: impl AsyncWrite + Unpin) {
    let written = tokio::select! {
        written = write_queue(&core, &mut stream) => written,
        () = patience(&core) => {
            tracing::debug!("queued frames were not written in time");
            return;
        }
    };
    if let Err(error) = written {
        tracing::debug!(%error, "writing failed");
        let reason =
            Disconnect::with_detail(DisconnectKind::Io(error.kind()), error.to_string());
        core.stop(Stop::WriteFailed(reason));
    }
}

async fn write_queue(
    core: &PeerCore,
    stream: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut batch = Vec::new();
    let mut joined = BytesMut::new();
    while core.outgoing.next_batch(MAX_JOINED, &mut batch).await {
        // Never a header and a body in two writes: over TCP the second would wait for the
        // delayed acknowledgement of the first.
        if let [Entry { frame, .. }] = batch.as_slice() {
            stream.write_all(frame).await?;
        } else {
            joined.clear();
            for entry in &batch {
                joined.extend_from_slice(&entry.frame);
            }
            stream.write_all(&joined).await?;
        }
        stream.flush().await?;
        core.outgoing.written(&mut batch);
    }
    stream.shutdown().await
}

/// Returns when what is still queued need no longer be written.
async fn patience(core: &PeerCore) {
    match core.stopping().await {
        Stop::Decided(reason) if reason.kind() == DisconnectKind::ForceStopped => {}
        Stop::Decided(_) => tokio::time::sleep(core.limits.flush_timeout).await,
        // This task said so, after its last write.
        Stop::WriteFailed(_) => std::future::pending().await,
    }
}

/// How many bytes of small frames go into one write.
const MAX_JOINED: usize = 64 * 1024;
