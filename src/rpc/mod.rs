//! JSON-RPC 2.0 over a byte stream: frames, calls, requests, and the process at the other end.
//!
//! This layer knows JSON-RPC and nothing of what is said with it. A [`Connection`] is two
//! byte streams (a child's pipes, a socket, this process's own stdin and stdout, or any
//! `AsyncRead` and `AsyncWrite`); [`Peer::spawn`] puts two tasks on it.
//!
//! # Ordering
//!
//! One reader task handles frames strictly in wire order and hands everything but responses
//! to the owner's [`Inbound`]. Responses may come in any order and find their call by id.
//! Outgoing frames leave in the order in which they were queued; a reply never overtakes
//! what was queued before it.
//!
//! # Bounds, and what happens when the peer is slow
//!
//! The reader waits for bytes and for nothing else: not for room in a queue, not for a
//! handler, not for the writer. Outgoing calls and notifications are bounded by number and
//! by bytes ([`ConnectionLimits`]); when the peer reads slowly, callers wait. Replies never wait,
//! so no two sides can deadlock on each other; they are bounded by the number of requests
//! in flight, and a peer that goes on asking without reading answers is disconnected.
//!
//! # How it closes
//!
//! A connection ends once, with one [`Disconnect`] that everyone sees: at the end of the
//! stream, on an I/O error, on broken framing, at the exit of the process, by
//! [`Peer::close`], or when the last [`Peer`] is dropped. What was read before is handled
//! first; then [`Inbound::closed`] runs; then every pending call fails with the reason. A
//! frame whose *body* is broken does not end a connection.
//!
//! # Cancel safety
//!
//! Every future of this module can be dropped at any await. A dropped call leaves nothing
//! behind: its frame is queued whole or not at all, and its late answer is ignored (or
//! handed to the callback of [`Peer::call_inline`]). The peer is not told; JSON-RPC as
//! spoken here knows no cancellation.
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
//! assert_eq!(client.closed().await.kind(), DisconnectKind::Eof);
//! # Ok(())
//! # }
//! ```

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
