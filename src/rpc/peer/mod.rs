//! The handle to a connection, and the two tasks behind it.
//!
//! `shared` is what everybody holds, `pending` the calls that wait, `queue` the frames that
//! wait, `reader` and `writer` the tasks, `responder` the obligation to answer.

mod call;
mod core;
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

use self::core::{PeerCore, Stop, WriterDone};
use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::encode;
use crate::rpc::error::CallError;
use crate::rpc::message::RpcError;
use crate::rpc::process::Process;
use crate::rpc::transport::Connection;

pub use self::call::InlineCall;
pub use self::inbound::Inbound;
pub use self::limits::ConnectionLimits;
pub use self::responder::Responder;

/// A handle to a connection; cheap to clone.
///
/// Dropping the last handle closes the connection with [`DisconnectKind::Dropped`]: pending
/// [`InlineCall`]s fail, queued frames are flushed within
/// [`ConnectionLimits::flush_timeout`], both tasks end. If the peer is a child process, its
/// [`Process`] handle is dropped then too.
#[derive(Clone, Debug)]
pub struct Peer(Arc<Handle>);

/// Counts the handles: the tasks hold [`PeerCore`], only [`Peer`]s hold this.
#[derive(Debug)]
struct Handle {
    core: Arc<PeerCore>,
    process: Option<Process>,
}

impl Peer {
    /// Puts a reader and a writer task on a connection. What they log belongs to the span
    /// that is current here.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime. The runtime needs its time driver, and its I/O driver for
    /// connections that use it.
    pub fn spawn(
        connection: Connection,
        inbound: impl Inbound,
        limits: ConnectionLimits,
    ) -> Self {
        let Connection { reader, writer, process, .. } = connection;
        let core = Arc::new(PeerCore::new(limits));
        let done = WriterDone(Arc::clone(&core));
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

    /// Calls a method and reads its result.
    ///
    /// `params` that serialize to `null`, such as `&()`, are left out of the request.
    ///
    /// # Errors
    ///
    /// See [`CallError`]. There is no time limit: a peer that never answers keeps the call
    /// pending until the connection ends or the future is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind. Dropped while it waits for room in the
    /// queue, nothing is sent; later, the peer acts on the request and its answer is ignored.
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R, CallError> {
        let raw = self.call_raw(method, params).await?;
        serde_json::from_str(raw.get()).map_err(|error| CallError::Decode {
            method: method.to_owned(),
            error,
            raw,
        })
    }

    /// Calls a method and returns its result as it was on the wire.
    ///
    /// Errors and cancel safety are those of [`Peer::call`].
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Box<RawValue>, CallError> {
        let id = self.core().next_id();
        let frame = encode::call(Some(id), method, params)?;
        self.core().exchange(id, frame, None).await
    }

    /// Like [`Peer::call_raw`], with a callback that runs on the reader task as soon as the
    /// response is read, before the next frame is dispatched.
    ///
    /// The callback must not block. It runs also when the returned future was dropped after
    /// the request was queued, or failed with [`CallError::Unattributed`]: that is its point,
    /// the late answer of an abandoned call can still be dealt with. It is dropped uncalled
    /// when the future is dropped before that, when the parameters cannot be encoded, and
    /// when the connection ends first.
    pub fn call_inline(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        on_response: impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static,
    ) -> InlineCall {
        let core = Arc::clone(self.core());
        let id = core.next_id();
        let frame = encode::call(Some(id), method, params);
        InlineCall(Box::pin(async move {
            core.exchange(id, frame?, Some(Box::new(on_response))).await
        }))
    }

    /// Queues a notification; returns when it is queued, not when it is written.
    ///
    /// # Cancel safety
    ///
    /// The notification is queued whole or, if the future is dropped before, not at all.
    pub async fn notify(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<(), CallError> {
        let frame = encode::call(None, method, params)?;
        self.core().send(frame).await
    }

    /// Queues a request whose answer nobody awaits, without waiting; for use in `Drop`.
    ///
    /// The callback is that of [`Peer::call_inline`]; it is dropped uncalled when the
    /// connection ends first, and when this is false: the queue is full or closed, or the
    /// parameters cannot be encoded.
    pub fn try_call_inline(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        on_response: impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static,
    ) -> bool {
        let core = self.core();
        let id = core.next_id();
        encode::call(Some(id), method, params)
            .is_ok_and(|frame| core.try_exchange(id, frame, Box::new(on_response)))
    }

    /// Closes the connection from this side; the first reason wins.
    ///
    /// From here on nothing more is queued or read. The reader tells [`Inbound::closed`] and
    /// fails the pending calls; the writer writes what is queued, for no longer than
    /// [`ConnectionLimits::flush_timeout`] (with [`DisconnectKind::ForceStopped`]: not at all), and
    /// drops the stream. A child process is not killed as long as a handle to it exists.
    pub fn close(&self, reason: DisconnectKind) {
        self.core().stop(Stop::Decided(Disconnect::new(reason)));
    }

    /// Whether closing has begun: no further call can succeed.
    pub fn is_closed(&self) -> bool {
        self.core().is_stopping()
    }

    /// Waits until the connection is closed, [`Inbound::closed`] has run and every call has
    /// failed; returns why.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn closed(&self) -> Disconnect {
        self.core().closed().await
    }

    /// Waits until the writer is done as well: what was queued before the connection closed is
    /// written, or was given up (see [`ConnectionLimits::flush_timeout`]), and the stream is dropped.
    ///
    /// For programs that are about to exit.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn flushed(&self) {
        self.core().flushed().await;
    }

    /// Why the connection is closed; `None` while [`Peer::closed`] would wait.
    pub fn disconnect(&self) -> Option<Disconnect> {
        self.core().disconnect()
    }

    /// The child process at the other end, if there is one.
    pub fn process(&self) -> Option<&Process> {
        self.0.process.as_ref()
    }

    /// How many calls wait for a response, abandoned ones whose callback is still to run
    /// included.
    pub fn pending_calls(&self) -> usize {
        self.core().pending.len()
    }

    fn core(&self) -> &Arc<PeerCore> {
        &self.0.core
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.core.stop(Stop::Decided(Disconnect::new(DisconnectKind::Dropped)));
    }
}
