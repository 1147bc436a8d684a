//! The writer task: writes queued frames to the stream, and flushes them on close.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::peer::core::{CloseCause, PeerCore};
use crate::rpc::peer::queue::Entry;

/// Writes queued frames until the connection closes, then the rest of the queue for at most
/// [`ConnectionLimits::flush_timeout`](crate::rpc::ConnectionLimits::flush_timeout).
///
/// Drops the stream on return; that is how the peer learns of the end.
pub(super) async fn run(core: Arc<PeerCore>, mut stream: impl AsyncWrite + Unpin) {
    let written = tokio::select! {
        written = write_queue(&core, &mut stream) => written,
        () = flush_deadline(&core) => {
            tracing::debug!("closed the stream before all queued frames were written");
            return;
        }
    };
    if let Err(error) = written {
        tracing::debug!(error = ?error.to_string(), "writing failed");
        let reason =
            Disconnect::with_detail(DisconnectKind::Io(error.kind()), error.to_string());
        core.begin_close(CloseCause::WriteFailed(reason));
    }
}

async fn write_queue(
    core: &PeerCore,
    stream: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut batch = Vec::new();
    let mut joined = BytesMut::new();
    while core.outgoing.next_batch(MAX_JOINED, &mut batch).await {
        // One write per frame or batch: if header and body were two writes, TCP could hold the
        // second back until the first is acknowledged.
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

/// Returns when the connection has been closing for as long as the flush may take.
async fn flush_deadline(core: &PeerCore) {
    match core.closing().await {
        CloseCause::Final(reason) if *reason.kind() == DisconnectKind::ForceStopped => {}
        CloseCause::Final(_) => tokio::time::sleep(core.limits.flush_timeout).await,
        // Only this task sets this cause, after its last write.
        CloseCause::WriteFailed(_) => std::future::pending().await,
    }
}

/// How many bytes of small frames are joined into one write.
const MAX_JOINED: usize = 64 * 1024;
