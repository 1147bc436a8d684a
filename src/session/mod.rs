//! Clients and sessions: connecting to a runtime, and starting, using and ending sessions.
//!
//! [`Client`] is the connection, [`Session`] one session in one of three states. [The crate's
//! front page](crate) shows how they fit together and which method does what.
//!
//! This layer is the only one that uses both the connection ([`rpc`](crate::rpc)) and the
//! event log ([`events`](crate::events)).

// Each module is a room and uses only rooms below it, in this order: client, turn, start,
// states, config, handlers, handle, connect, ending, connection, runtime, core, inbox. Each `mod.rs` says where to look
// for what.

mod client;
mod config;
mod connect;
mod connection;
mod core;
mod ending;
mod handle;
mod handlers;
mod inbox;
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
    SessionConfig, Storage, SystemMessage, Tool, ToolSearch,
};
pub use self::connection::{
    Client, ClientOptions, ConnectionState, ConnectionStates, Endpoint, LifecycleEvent,
    LifecycleEvents, LifecycleKind, LifecycleLagged, PROTOCOL_VERSION, RuntimeInfo, StopError,
    StopReport, Transport,
};
pub use self::core::{Capabilities, SessionStats, SessionView, StartInfo, UiCapabilities};
pub use self::handle::SessionHandle;
pub use self::handlers::{
    AgentStop, AgentStopOutput, AutoModeSwitch, AutoModeSwitchAnswer, Cancellation,
    CommandCall, Decision, ElicitationAnswer, ElicitationRequest, ErrorOccurred, ExitPlanMode,
    ExitPlanModeAnswer, HookCall, HookContext, Hooks, PermissionRequest, PostToolUse,
    PostToolUseFailure, PostToolUseOutput, PreToolUse, PreToolUseOutput, SessionEnd,
    SessionStart, ToolCall, ToolError, ToolOutput, UserInputAnswer, UserInputRequest,
    UserPrompt, UserPromptOutput, permissions,
};
pub use self::inbox::{
    HandlerGuard, MethodNames, RequestOrder, RuntimeNotification, RuntimeRequest,
};
pub use self::runtime::{
    Environment, FindRuntimeError, Platform, ProcessEnvironment, RuntimeCommand, find_runtime,
    find_runtime_in,
};
pub use self::start::{Start, StartError};
pub use self::states::{
    Active, AnySession, Closed, DisconnectError, Pending, Session, State, Subscription,
};
pub use self::turn::{Answer, Message, Turn};
pub use crate::ids::{MessageId, SessionId};

/// A [`Session`] that has not been started.
pub type PendingSession = Session<Pending>;
/// A [`Session`] that the runtime has started.
pub type ActiveSession = Session<Active>;
/// A [`Session`] that has ended.
pub type ClosedSession = Session<Closed>;
