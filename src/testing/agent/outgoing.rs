//! The scripted agent's writer task, and its queue of steps.

use std::fmt::Display;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use crate::rpc::encode_frame;

/// A step of the writer task; steps are done in order.
pub(super) enum Out {
    Bytes(Vec<u8>),
    Delay(Duration),
    Flushed(oneshot::Sender<()>),
    Cut,
}

/// Appends the frame of a message, whose `Display` is JSON.
pub(super) fn frame(message: &impl Display, frames: &mut Vec<u8>) {
    frames.extend_from_slice(&encode_frame(message.to_string().as_bytes()));
}

pub(super) async fn write(
    mut queue: mpsc::UnboundedReceiver<Out>,
    mut writer: impl AsyncWrite + Unpin,
) {
    while let Some(out) = queue.recv().await {
        let written = match out {
            Out::Bytes(bytes) => writer.write_all(&bytes).await,
            Out::Delay(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Out::Flushed(done) => {
                let flushed = writer.flush().await;
                let _ = done.send(());
                flushed
            }
            Out::Cut => break,
        };
        // The client has closed the connection.
        if written.is_err() || writer.flush().await.is_err() {
            break;
        }
    }
    let _ = writer.shutdown().await;
}
