//! Lifecycle events: creation, change and deletion of any session of the runtime, also of those
//! that belong to other clients.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_broadcast::{InactiveReceiver, Receiver, RecvError, Sender};
use futures::Stream;
use pin_project::pin_project;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ids::SessionId;

/// A change to one session of the runtime, whether this client's or another's; an item of
/// [`LifecycleEvents`]. `Debug` prints the length of the text.
#[derive(Clone)]
#[non_exhaustive]
pub struct LifecycleEvent {
    /// What happened.
    pub kind: LifecycleKind,
    /// The session's id.
    pub session_id: SessionId,
    /// The JSON text of the notification's parameters, as the runtime wrote it; empty if it is longer
    /// than 64 KiB, which no runtime writes.
    pub raw: Arc<str>,
}

impl fmt::Debug for LifecycleEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifecycleEvent")
            .field("kind", &self.kind)
            .field("session_id", &self.session_id)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// What happened to a session, in a [`LifecycleEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifecycleKind {
    /// The session was created.
    Created,
    /// The runtime persisted something of the session: 5 to 20 times a turn. On some runtimes
    /// one comes before `Created`.
    Updated,
    /// The session was deleted.
    Deleted,
    /// The runtime's user interface now shows the session.
    Foreground,
    /// The runtime's user interface no longer shows the session.
    Background,
    /// A kind that this crate does not know, by its name on the wire.
    Other(String),
}

/// A slow reader missed lifecycle events; an error item of [`LifecycleEvents`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifecycleLagged {
    /// How many lifecycle events were missed; at least 1.
    pub missed: u64,
}

impl fmt::Display for LifecycleLagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "missed {} lifecycle events; raise the lifecycle capacity or read faster",
            self.missed
        )
    }
}

impl std::error::Error for LifecycleLagged {}

/// A stream of changes to the sessions of a runtime, from
/// [`Client::lifecycle_events`](super::Client::lifecycle_events).
///
/// It begins with the subscription: unlike a session's log it replays nothing. A reader that is
/// more than [`lifecycle_capacity`](super::ClientOptions::lifecycle_capacity) events behind
/// gets an `Err` with the exact number that it missed, then continues with the oldest event
/// left. A slow reader delays nobody. The stream ends with the connection, after the events
/// that were received. Dropping a `next()` future loses no item.
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub struct LifecycleEvents {
    #[pin]
    receiver: Receiver<LifecycleEvent>,
}

impl Stream for LifecycleEvents {
    type Item = Result<LifecycleEvent, LifecycleLagged>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Not the receiver's own `Stream`, which ignores the events that it missed.
        Poll::Ready(match ready!(self.project().receiver.poll_recv(cx)) {
            Some(Ok(event)) => Some(Ok(event)),
            Some(Err(RecvError::Overflowed(missed))) => Some(Err(LifecycleLagged { missed })),
            Some(Err(RecvError::Closed)) | None => None,
        })
    }
}

impl fmt::Debug for LifecycleEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifecycleEvents").finish_non_exhaustive()
    }
}

/// Sends lifecycle events; owned by the router.
#[derive(Clone)]
pub(in crate::session) struct LifecycleSender {
    sender: Sender<LifecycleEvent>,
}

/// What a notification says of the existence of a session.
pub(in crate::session) enum LifecycleTurn {
    Created(SessionId),
    Deleted(SessionId),
}

/// Creates subscriptions; owned by the client. It does not itself receive events.
pub(in crate::session) struct LifecycleSource {
    receiver: InactiveReceiver<LifecycleEvent>,
}

/// The channel takes the memory for all of its capacity at once.
const MAX_CAPACITY: usize = 65_536;
/// Longer texts do not wait for slow readers.
const MAX_RAW: usize = 64 * 1024;

pub(in crate::session) fn channel(capacity: usize) -> (LifecycleSender, LifecycleSource) {
    let (mut sender, receiver) = async_broadcast::broadcast(capacity.clamp(1, MAX_CAPACITY));
    sender.set_overflow(true);
    (LifecycleSender { sender }, LifecycleSource { receiver: receiver.deactivate() })
}

impl LifecycleSource {
    pub(in crate::session) fn subscribe(&self) -> LifecycleEvents {
        LifecycleEvents { receiver: self.receiver.activate_cloned() }
    }
}

impl LifecycleSender {
    /// Sends a notification to the subscribers. Returns the session's id if it was created or deleted.
    ///
    /// # Errors
    ///
    /// When the notification can't be read, or its names are endless and so are not kept.
    pub(in crate::session) fn send(
        &self,
        params: Option<&RawValue>,
    ) -> Result<Option<LifecycleTurn>, &'static str> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            r#type: String,
            session_id: SessionId,
        }

        let raw = params.map_or("", RawValue::get);
        let Ok(Params { r#type, session_id }) = serde_json::from_str(raw) else {
            return Err("it has no type or no session");
        };
        let kind = LifecycleKind::from(r#type);
        if session_id.as_str().len() > MAX_RAW || kind.is_longer_than(MAX_RAW) {
            return Err("its name or its session's id is longer than 64 KiB");
        }
        let turn = match kind {
            LifecycleKind::Created => Some(LifecycleTurn::Created(session_id.clone())),
            LifecycleKind::Deleted => Some(LifecycleTurn::Deleted(session_id.clone())),
            _ => None,
        };
        // Without subscribers there is nothing to send.
        if self.sender.receiver_count() > 0 {
            let raw = if raw.len() > MAX_RAW { "" } else { raw };
            let event = LifecycleEvent { kind, session_id, raw: raw.into() };
            let _ = self.sender.try_broadcast(event);
        }
        Ok(turn)
    }
}

impl LifecycleKind {
    fn is_longer_than(&self, length: usize) -> bool {
        matches!(self, Self::Other(name) if name.len() > length)
    }
}

impl From<String> for LifecycleKind {
    fn from(kind: String) -> Self {
        match kind.as_str() {
            "session.created" => Self::Created,
            "session.updated" => Self::Updated,
            "session.deleted" => Self::Deleted,
            "session.foreground" => Self::Foreground,
            "session.background" => Self::Background,
            _ => Self::Other(kind),
        }
    }
}
