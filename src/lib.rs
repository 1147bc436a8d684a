//! GitHub Copilot CLI sessions as typed-state, replayable event streams.

mod error;
pub mod events;
pub mod rpc;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;

// The public interface is:
pub use error::{Error, ErrorKind, Result};
pub use events::{
    CloseReason, Cursor, Event, EventStream, EventStreamExt, Lagged, LogBounds, Seq,
};
pub use session::{
    Active, ActiveSession, Answer, AnySession, Client, ClientOptions, Closed, ClosedSession,
    JoinConfig, Message, MessageId, Pending, PendingSession, Provider, ResumeConfig,
    RuntimeCommand, Session, SessionConfig, SessionId, StartError, Transport, join_session,
};
