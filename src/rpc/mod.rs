//! A JSON-RPC 2.0 connection: framing, calls, notifications, requests, and child processes.
//!
//! This layer implements JSON-RPC only and gives no meaning to methods or parameters. A
//! [`Connection`] is two byte streams: a child's pipes, a socket, this process's own stdin
//! and stdout, or any `AsyncRead` and `AsyncWrite`. [`Peer::spawn`] runs two tasks on it, a
//! reader and a writer, and returns a [`Peer`], the handle that calls methods.
//!
//! # Ordering
//!
//! One reader task handles frames strictly in wire order. It passes notifications and
//! requests to the inbound handler, an implementation of [`Inbound`]. Responses may arrive
//! in any order and find their call by id. Outgoing frames are written in the order in which
//! they were queued; a reply never overtakes a frame queued before it.
//!
//! # Bounds and slow peers
//!
//! While the connection is open, the reader waits for bytes and for nothing else: not for
//! room in a queue, not for a handler, not for the writer. Outgoing calls and notifications
//! are bounded by number and by bytes ([`ConnectionLimits`]); when the peer reads slowly,
//! callers wait. Replies never wait, so two peers cannot deadlock on each other. The number
//! of replies is bounded by the number of requests in flight: further requests are refused,
//! and a peer that keeps sending requests without reading the refusals is disconnected.
//!
//! # How a connection closes
//!
//! A connection closes once, with one [`Disconnect`] that is the same for everyone: at the
//! end of the stream, on an I/O error, on a framing error, when the process exits, by
//! [`Peer::close`], or when the last [`Peer`] is dropped. Frames that were already read are
//! handled first; then [`Inbound::closed`] runs; then every pending call fails with the
//! reason. A frame whose *body* is malformed does not close the connection.
//!
//! # Cancel safety
//!
//! Every future of this module can be dropped at any await. A dropped call leaves nothing
//! behind: its frame is queued whole or not at all, and a late response is ignored (or
//! passed to the callback of [`Peer::call_inline`]). The peer does not learn of it: this
//! layer sends no cancellation message, so the peer still executes the request.
//!
//! # Example
//!
//! ```
//! use copilot_sessions::rpc::{CallError, Connection, Disconnect, DisconnectKind, Inbound};
//! use copilot_sessions::rpc::{Peer, ConnectionLimits, Responder};
//! use serde_json::value::RawValue;
//!
//! struct Echo;
//!
//! impl Inbound for Echo {
//!     fn notification(&mut self, _method: &str, _params: Option<&RawValue>) {}
//!
//!     fn request(&mut self, _method: &str, params: Option<&RawValue>, responder: Responder) {
//!         responder.respond(&params);
//!     }
//!
//!     fn closed(&mut self, _reason: &Disconnect) {}
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), CallError> {
//! let (here, there) = tokio::io::duplex(4096);
//! let connect = |stream| {
//!     let (reader, writer) = tokio::io::split(stream);
//!     let connection = Connection::from_streams(reader, writer);
//!     Peer::spawn(connection, Echo, ConnectionLimits::default())
//! };
//! let (client, server) = (connect(here), connect(there));
//!
//! let answer: Vec<u32> = client.call("echo", &[1, 2]).await?;
//! assert_eq!(answer, [1, 2]);
//!
//! drop(server);
//! assert_eq!(*client.closed().await.kind(), DisconnectKind::Eof);
//! # Ok(())
//! # }
//! ```

mod deadline;
mod disconnect;
mod encode;
mod error;
mod framing;
mod message;
mod peer;
mod process;
mod transport;

// The public interface is:
pub use self::disconnect::{Disconnect, DisconnectKind};
pub use self::error::CallError;
pub use self::framing::{FrameDecoder, FrameError, FrameLimits, encode_frame};
#[cfg(feature = "__internals")]
pub(crate) use self::message::Message;
pub use self::message::{RequestId, RpcError};
pub use self::peer::{ConnectionLimits, Inbound, InlineCall, Peer, Responder};
pub use self::process::{Command, ExitInfo, LaunchError, Process};
pub use self::transport::Connection;
