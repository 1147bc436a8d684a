//! Clients and sessions: the only layer that sees both the connection and the events.
//!
//! See [`Client`] for the connection, [`Session`] for the three states of a session, and
//! the [crate] for how it all fits together.

mod client;
mod config;
mod connect;
mod connection;
mod core;
mod ending;
mod runtime;
mod start;
mod states;
mod turn;

pub use self::client::{
    AuthStatus, Pong, SessionContext, SessionFilter, SessionMetadata, Status, join_session,
};
pub use self::config::{
    AskUserVariant, CommandDefinition, CustomAgent, InfiniteSessions, JoinConfig, LargeOutput,
    McpServer, Provider, ProviderModel, RemoteSession, ResumeConfig, SectionAction,
    SessionConfig, Storage, SystemMessage, ToolDefinition, ToolSearch,
};
pub use self::connection::{
    Client, ClientOptions, ConnectionState, ConnectionStates, Endpoint, LifecycleEvent,
    LifecycleEvents, LifecycleKind, LifecycleLagged, PROTOCOL_VERSION, RuntimeInfo,
    RuntimeRequest, Transport,
};
pub use self::core::SessionStats;
pub use self::ending::StopError;
pub use self::runtime::{
    Environment, FindRuntimeError, Platform, ProcessEnvironment, RuntimeCommand, find_runtime,
    find_runtime_in,
};
pub use self::start::{Start, StartError};
pub use self::states::{
    Active, AnySession, Capabilities, Closed, DisconnectError, Pending, Session, State,
    Subscription, UiCapabilities,
};
pub use self::turn::{Answer, Message};
pub use crate::ids::{MessageId, SessionId};

/// A session that has not been started.
pub type PendingSession = Session<Pending>;
/// A session at work.
pub type ActiveSession = Session<Active>;
/// A session that this program has ended.
pub type ClosedSession = Session<Closed>;
