//! The peer: the handle to an open JSON-RPC connection, and its reader and writer tasks.
//!
//! `core` is the state that handles and tasks share, `dispatcher` where each message goes, `queue` the outgoing frames, `pending` the
//! calls that wait for a response, `call` the future of a call with a callback, `responder` the
//! reply to a request, `inbound` the trait of the inbound handler, `limits` the configuration.

mod call;
mod core;
mod dispatcher;
mod inbound;
mod limits;
mod pending;
mod queue;
mod reader;
mod responder;
mod writer;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tracing::Instrument as _;

use self::core::{CloseCause, PeerCore, WriterDone};
use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::encode;
use crate::rpc::error::CallError;
use crate::rpc::process::Process;
use crate::rpc::transport::Connection;
use crate::secret::without_values;

pub use self::call::InlineCall;
pub use self::inbound::Inbound;
pub use self::limits::ConnectionLimits;
pub use self::responder::Responder;

/// A handle to a connection: calls methods, sends notifications, closes. Cheap to clone.
///
/// Dropping the last handle closes the connection with [`DisconnectKind::Dropped`]: pending
/// [`InlineCall`]s fail, queued frames are flushed within
/// [`ConnectionLimits::flush_timeout`], and both tasks end. They then drop their handles of
/// the child process, if there is one, which kills it unless you keep a clone of
/// [`Peer::process`].
#[derive(Clone, Debug)]
pub struct Peer(Arc<Handle>);

/// Closes the connection on drop. Only [`Peer`]s hold it; the tasks hold [`PeerCore`].
#[derive(Debug)]
struct Handle {
    core: Arc<PeerCore>,
    process: Option<Process>,
}

impl Peer {
    /// Spawns the reader and the writer task of a connection; `inbound` is its handler. The
    /// tasks run in the current tracing span.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime. The runtime needs its time driver enabled, and its I/O driver
    /// for sockets and pipes; without the time driver a task panics when the connection closes.
    pub fn spawn(
        connection: Connection,
        inbound: impl Inbound,
        limits: ConnectionLimits,
    ) -> Self {
        let Connection { reader, writer, process, .. } = connection;
        let core = Arc::new(PeerCore::new(limits));
        let done = WriterDone(Arc::clone(&core));
        // The writer holds the process too: it must not be killed before the flush.
        let keep_until_flushed = process.clone();
        let writing = writer::run(Arc::clone(&core), writer);
        let writing = async move {
            writing.await;
            drop(keep_until_flushed);
            drop(done);
        };
        tokio::spawn(writing.in_current_span());
        let reading = reader::run(Arc::clone(&core), reader, inbound, process.clone());
        tokio::spawn(reading.in_current_span());
        Self(Arc::new(Handle { core, process }))
    }

    /// Calls a method and deserializes its result.
    ///
    /// `params` that serialize to `null`, such as `&()`, are omitted from the request. The
    /// call waits while the queue of outgoing frames is full ([`ConnectionLimits`]), then for
    /// the response, without a time limit: a peer that never answers keeps the call pending
    /// until the connection closes or the future is dropped.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind. While it waits for room in the queue,
    /// nothing has been sent. After that the peer still executes the request, and its response
    /// is ignored.
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R, CallError> {
        let raw = self.call_raw(method, params).await?;
        serde_json::from_str(raw.get()).map_err(|error| CallError::Decode {
            method: method.to_owned(),
            error: Box::<dyn std::error::Error + Send + Sync>::from(without_values(&error))
                .into(),
            raw,
        })
    }

    /// Calls a method and returns its result as raw JSON.
    ///
    /// # Errors
    ///
    /// See [`CallError`]; never [`CallError::Decode`].
    ///
    /// # Cancel safety
    ///
    /// As [`Peer::call`].
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Box<RawValue>, CallError> {
        let id = self.core().next_id();
        let frame = encode::call(Some(id), method, params)?;
        self.core().exchange(id, frame, None).await
    }

    /// Calls a method like [`Peer::call_raw`], with a callback that runs on the reader task
    /// when the response arrives, before the next frame is dispatched.
    ///
    /// Its error is [`CallError::Remote`], or [`CallError::Unreadable`] or [`CallError::TooLarge`] if
    /// the peer has answered and nobody knows what.
    ///
    /// The callback must not block; if it panics, the connection closes with
    /// [`DisconnectKind::Panicked`]. It also handles the late response of an abandoned call:
    /// it runs even if the returned future was dropped after the request was queued, or failed
    /// with [`CallError::Unattributed`]. It is dropped without being called when the future is
    /// dropped before the request is queued, when the parameters cannot be encoded, and when
    /// the connection closes before the response.
    ///
    /// # Errors
    ///
    /// The future fails as [`Peer::call_raw`] does.
    ///
    /// # Cancel safety
    ///
    /// See [`InlineCall`].
    pub fn call_inline(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        on_response: impl FnOnce(Result<&RawValue, &CallError>) + Send + 'static,
    ) -> InlineCall {
        let core = Arc::clone(self.core());
        let id = core.next_id();
        let frame = encode::call(Some(id), method, params);
        InlineCall(Box::pin(async move {
            core.exchange(id, frame?, Some(Box::new(on_response))).await
        }))
    }

    /// Sends a notification. Waits while the queue of outgoing frames is full, and returns when
    /// the notification is queued, not when it is written.
    ///
    /// # Errors
    ///
    /// [`CallError::Encode`] or [`CallError::Closed`].
    ///
    /// # Cancel safety
    ///
    /// A dropped future has queued the whole notification or nothing.
    pub async fn notify(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<(), CallError> {
        let frame = encode::call(None, method, params)?;
        self.core().send(frame).await
    }

    /// Queues a request without waiting, for use in `Drop`; only the callback gets the
    /// response.
    ///
    /// Returns whether the request was queued: not when the queue is full or closed, nor when
    /// the parameters cannot be encoded. The callback is that of [`Peer::call_inline`]; it is
    /// dropped without being called when the request was not queued and when the connection
    /// closes before the response.
    pub fn try_call_inline(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        on_response: impl FnOnce(Result<&RawValue, &CallError>) + Send + 'static,
    ) -> bool {
        let core = self.core();
        let id = core.next_id();
        encode::call(Some(id), method, params)
            .is_ok_and(|frame| core.try_exchange(id, frame, Box::new(on_response)))
    }

    /// Closes the connection from this side. Returns at once; the first reason wins.
    ///
    /// From here on nothing more is queued, and the reader stops after the bytes that it has
    /// already read. It calls [`Inbound::closed`] and fails the pending calls. The writer
    /// writes the queued frames for at most [`ConnectionLimits::flush_timeout`] (with
    /// [`DisconnectKind::ForceStopped`] it waits for no write) and drops the stream. A child
    /// process is not killed while a handle to it exists.
    pub fn close(&self, reason: DisconnectKind) {
        self.core().begin_close(CloseCause::Final(Disconnect::new(reason)));
    }

    /// Whether closing has begun: every new call fails.
    pub fn is_closed(&self) -> bool {
        self.core().is_closing()
    }

    /// Waits until the connection has closed, that is until [`Inbound::closed`] has run and
    /// every pending call has failed. Returns the reason.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn closed(&self) -> Disconnect {
        self.core().closed().await
    }

    /// Waits until the writer task has ended: after the connection closed, the queued frames
    /// have been written or abandoned (see [`ConnectionLimits::flush_timeout`]), and the stream
    /// is dropped. Call it before the program exits.
    ///
    /// It does not wait for the reader; wait for [`closed`](Self::closed) too if you need both.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn flushed(&self) {
        self.core().flushed().await;
    }

    /// Why the connection closed; `None` while [`Peer::closed`] would wait.
    pub fn disconnect(&self) -> Option<Disconnect> {
        self.core().disconnect()
    }

    /// The child process at the other end, if there is one.
    pub fn process(&self) -> Option<&Process> {
        self.0.process.as_ref()
    }

    /// The number of calls that wait for a response, including abandoned calls whose callback
    /// has not run yet.
    pub fn pending_calls(&self) -> usize {
        self.core().pending.len()
    }

    fn core(&self) -> &Arc<PeerCore> {
        &self.0.core
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let reason = Disconnect::new(DisconnectKind::Dropped);
        self.core.begin_close(CloseCause::Final(reason));
    }
}
