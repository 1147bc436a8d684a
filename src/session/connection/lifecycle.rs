//! News of all sessions of a runtime, whoever runs them.

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

/// What happened to a session of the runtime, this client's or another's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LifecycleEvent {
    /// What happened.
    pub kind: LifecycleKind,
    /// The session.
    pub session_id: SessionId,
    /// The notification's parameters, verbatim.
    pub raw: Arc<str>,
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifecycleKind {
    /// It was created.
    Created,
    /// Something was persisted for it: 5 to 20 times a turn, and, on some runtimes, before
    /// `Created`.
    Updated,
    /// It was deleted.
    Deleted,
    /// A user interface shows it now.
    Foreground,
    /// A user interface shows it no more.
    Background,
    /// What later runtimes add.
    Other(String),
}

/// Lifecycle events that a slow reader missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifecycleLagged {
    /// How many.
    pub missed: u64,
}

impl fmt::Display for LifecycleLagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missed {} lifecycle events", self.missed)
    }
}

impl std::error::Error for LifecycleLagged {}

/// The lifecycle events from the moment of subscription on.
///
/// A broadcast, not a log: nothing is replayed. A reader that falls behind by more than
/// the client's lifecycle capacity gets an `Err` with the exact number that it missed, and
/// goes on. The stream ends with the connection.
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub struct LifecycleEvents {
    #[pin]
    receiver: Receiver<LifecycleEvent>,
}

impl Stream for LifecycleEvents {
    type Item = Result<LifecycleEvent, LifecycleLagged>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Not the receiver's own `Stream`: that one passes over what it missed.
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

/// The sending end, on the reader.
#[derive(Clone)]
pub(in crate::session) struct LifecycleSender {
    sender: Sender<LifecycleEvent>,
}

/// Where subscriptions come from.
pub(in crate::session) struct LifecycleSource {
    receiver: InactiveReceiver<LifecycleEvent>,
}

pub(in crate::session) fn channel(capacity: usize) -> (LifecycleSender, LifecycleSource) {
    let (mut sender, receiver) = async_broadcast::broadcast(capacity.max(1));
    sender.set_overflow(true);
    (LifecycleSender { sender }, LifecycleSource { receiver: receiver.deactivate() })
}

impl LifecycleSource {
    pub(in crate::session) fn subscribe(&self) -> LifecycleEvents {
        LifecycleEvents { receiver: self.receiver.activate_cloned() }
    }
}

impl LifecycleSender {
    /// Passes a notification on. Returns the session if it was deleted.
    pub(in crate::session) fn send(&self, params: Option<&RawValue>) -> Option<SessionId> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            r#type: String,
            session_id: SessionId,
        }

        let raw = params.map_or("", RawValue::get);
        let Ok(Params { r#type, session_id }) = serde_json::from_str(raw) else {
            tracing::warn!("malformed lifecycle notification");
            return None;
        };
        let kind = LifecycleKind::from(r#type);
        let deleted = (kind == LifecycleKind::Deleted).then(|| session_id.clone());
        // Without a subscriber there is nobody to miss it.
        if self.sender.receiver_count() > 0 {
            let event = LifecycleEvent { kind, session_id, raw: raw.into() };
            let _ = self.sender.try_broadcast(event);
        }
        deleted
    }

    pub(in crate::session) fn close(&self) {
        self.sender.close();
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
