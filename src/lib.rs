#![doc = include_str!("../README.md")]
//!
//! # Where to look
//!
//! - [`Client`] and [`ClientOptions`]: reaching a runtime, and ending the connection.
//! - [`Session`]: the three states, and what each can do.
//! - [`EventStream`], [`Lagged`], [`CloseReason`]: what a reader sees.
//! - [`Event`] and [`events::kinds`]: what an event keeps, and typed payloads.
//! - [`Error`] and [`ErrorKind`]: whose fault it is.
//! - [`rpc`]: the JSON-RPC layer, of use on its own.
#![cfg_attr(
    feature = "methods",
    doc = "- [`methods`]: every method of the runtime's published schema, typed."
)]
#![cfg_attr(
    feature = "testing",
    doc = "- [`testing`]: the scripted agent, recordings, and the scripted model."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
pub mod events;
mod ids;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
mod json;
#[cfg(feature = "methods")]
#[cfg_attr(docsrs, doc(cfg(feature = "methods")))]
pub mod methods;
pub mod rpc;
pub mod session;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

// The public interface is:
pub use self::error::{Error, ErrorKind, Result};
pub use self::events::{
    CloseReason, Cursor, Event, EventStream, EventStreamExt, Lagged, LogBounds, Seq,
};
pub use self::session::{
    Active, ActiveSession, Answer, AnySession, Client, ClientOptions, Closed, ClosedSession,
    CustomAgent, Endpoint, JoinConfig, McpServer, Message, MessageId, Pending, PendingSession,
    Provider, ResumeConfig, RuntimeCommand, Session, SessionConfig, SessionId, StartError,
    SystemMessage, ToolDefinition, Transport, join_session,
};
