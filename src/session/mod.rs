//! Clients and sessions: the only layer that sees both the connection and the events.
//!
//! See [`Client`] for the connection, [`Session`] for the three states of a session, and
//! the [crate] for how it all fits together.

mod active;
mod any;
mod client;
mod closed;
mod config;
mod core;
mod ending;
mod frame;
mod id;
mod join;
mod lease;
mod lifecycle;
mod message;
mod orphans;
mod pending;
mod registry;
mod router;
#[cfg(feature = "methods")]
mod rpc;
mod signals;
mod start;
mod state;
mod subscriber;
mod turn;
mod wire;

pub use self::active::Active;
pub use self::any::AnySession;
pub use self::client::{
    Client, ClientOptions, ConnectionState, ConnectionStates, Endpoint, Incoming,
    PROTOCOL_VERSION, RuntimeCommand, RuntimeInfo, StopError, Transport,
};
pub use self::closed::Closed;
pub use self::config::{
    AskUserVariant, CommandDefinition, CustomAgent, InfiniteSessions, JoinConfig, LargeOutput,
    McpServer, Provider, ProviderModel, RemoteSession, ResumeConfig, SectionAction,
    SessionConfig, Storage, SystemMessage, ToolDefinition, ToolSearch,
};
pub use self::core::SessionStats;
pub use self::ending::DisconnectError;
#[cfg(feature = "testing")]
pub(crate) use self::frame::{SESSION_EVENT, SessionEvent};
pub use self::id::{MessageId, SessionId};
pub use self::join::join_session;
pub use self::lifecycle::{LifecycleEvent, LifecycleEvents, LifecycleKind, LifecycleLagged};
pub use self::message::Message;
pub use self::pending::Pending;
pub use self::start::{Start, StartError};
pub use self::state::{Session, State};
pub use self::subscriber::Subscription;
pub use self::turn::Answer;
pub use self::wire::{
    AuthStatus, Capabilities, Pong, SessionContext, SessionFilter, SessionMetadata, Status,
    UiCapabilities,
};

/// A session that has not been started.
pub type PendingSession = Session<Pending>;
/// A session at work.
pub type ActiveSession = Session<Active>;
/// A session that this program has ended.
pub type ClosedSession = Session<Closed>;
