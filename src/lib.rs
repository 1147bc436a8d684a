//! A client for the GitHub Copilot CLI runtime: sessions as typed state machines, their events
//! as replayable streams that never lose an event silently.
//!
//! A *runtime* is the process that runs Copilot's agent. A [`Client`] starts one or connects
//! to one, and opens *sessions* in it. A [`Session`] is a conversation: you send messages,
//! and the runtime sends *events* that say what the agent does. The crate keeps the events of
//! each session in a log; a stream is a cursor into that log.
//!
//! ```no_run
//! use copilot_sessions::{Client, ClientOptions, SessionConfig};
//!
//! # #[tokio::main]
//! # async fn main() -> copilot_sessions::Result<()> {
//! let client = Client::start(ClientOptions::new()).await?; // finds and starts the runtime
//! let session = client.create_session(SessionConfig::new()).start().await?;
//! let answer = session.send_and_wait("What is 2 + 2?").await?;
//! println!("{answer}");
//! session.disconnect().await?;
//! client.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The runtime is a separate program: `npm install @github/copilot-sdk-linux-x64`, or the whole
//! CLI with `npm install -g @github/copilot`. [`RuntimeCommand`] says where it is looked for. The
//! runtime uses the GitHub user who is signed in, a [token](ClientOptions::github_token), or
//! [your own model endpoint](Provider).
//!
//! # How an event reaches you
//!
//! ```text
//!  runtime ──bytes──▶ connection ──frames──▶ router ──events──▶ log of session A
//!  (process)          one reader task        by session id      ┌───┬───┬───┬───┬───┐
//!                     waits for bytes only   drops repeats      │ 1 │ 2 │ 3 │ 4 │ 5 │ … grows
//!                                                               └───┴───┴───┴───┴───┘
//!                                                                 ▲       ▲           ▲
//!                                                    events() ────┘       │           │
//!                                                    a stream, at 3 ──────┘           │
//!                                                    live_events() ───────────────────┘
//! ```
//!
//! - **Ordering.** The log numbers events densely from 1 in the order of arrival
//!   ([`Seq`]). Every stream delivers them in that order.
//! - **Replay.** A stream first delivers what the log retains, then goes on live. There is no
//!   hand-over between the two, because both are the same structure: early and late
//!   subscribers see the same events.
//! - **Bounds.** A log keeps at least its newest 131,072 events within 64 MiB
//!   ([`LogBounds`]). A stream that falls behind the oldest retained event gets a
//!   [`Gap`] with the exact count, and continues: delivered + missed = published.
//! - **Slow readers** slow nobody down: not the connection, not the log, not other readers.
//! - **Repeats.** A runtime delivers some events twice. The first delivery counts; the others
//!   are dropped by their event id and counted ([`SessionStats`](session::SessionStats)).
//! - **Closing.** When the session ends, for whatever reason, its log is closed. Every stream
//!   delivers what was received, then ends; [`CloseReason`] says why.
//!
//! # The states of a session
//!
//! ```text
//!  create_session(config)  ┐                        disconnect(), delete()
//!  resume_session(id, ..)  ├─▶ Session<Pending> ──▶ Session<Active> ──▶ Session<Closed>
//!  join_session(config)    ┘    │        ▲ start()     │    │
//!                               │ start  │ fails,      │    └─ dropped: detached,
//!                               └────────┘ cancelled   │       log closed
//!                               gives it back          └─ the runtime or the connection
//!                                                         ends it: log closed, calls
//!                                                         fail with the reason
//! ```
//!
//! Each state has its own methods, so a wrong call does not compile. The three states share
//! one log: a stream opened on the pending session continues through all of them.
//! [`AnySession`] holds a session in any state.
//!
//! # Which method do I use?
//!
//! | I want to … | use |
//! |---|---|
//! | send a message and wait for its answer | [`send_and_wait`](Session::send_and_wait) |
//! | watch the agent work on it, then get its answer | [`ask`](Session::ask) |
//! | send a message and go on | [`send`](Session::send) |
//! | read all events from the first one on | [`events`](SessionView::events) |
//! | read what comes from now on | [`live_events`](SessionView::live_events) |
//! | show what is there, then follow | [`updates`](EventStream::updates) |
//! | run a function for every event | [`on_event`](Session::on_event) |
//! | wait for one particular event | [`wait_for`](SessionView::wait_for) |
//! | text as it is written, whole turns, one kind or agent | [`EventStreamExt`] |
//! | a method of the runtime by its name | [`Session::call`], [`Client::call`] |
//! | give the agent a tool | [`SessionConfig::tool`] |
//! | decide what tools may do | [`SessionConfig::on_permission`], [`permissions`] |
//! | answer the agent's questions, approve its plans | [`SessionConfig::on_user_input`], [`SessionConfig::on_exit_plan_mode`] |
//! | look into its work, and change it | [`SessionConfig::hooks`] |
//! | answer anything else that the runtime asks | [`ClientOptions::on_request`], [`SessionHandle::handle_requests`] |
//!
//! The [cookbook](_cookbook) has short programs for the less obvious ones: gaps, cursors, handles,
//! server-sent events, files.
//!
//! # Cargo features
//!
//! | feature | adds |
//! |---|---|
//! | none (the default) | everything but the three below |
//! | `derive` | tools whose parameters' schema is made of a Rust type: `Tool::handle_typed` |
//! | `methods` | every method of the runtime's schema, typed: `Client::rpc`, `Session::rpc` |
//! | `testing` | a scripted agent and a scripted model, for tests without network or account |
//!
//! # Errors
//!
//! Operations return [`Error`]. Match on [`Error::kind`]: [`ErrorKind`] says whose fault it is.
//! The text is for people; causes are in the source chain, one level each.
//!
//! # Where to look
//!
//! - [`Client`], [`ClientOptions`]: start a runtime, connect, stop.
//! - [`SessionConfig`], [`ResumeConfig`], [`JoinConfig`]: options of a session.
//! - [`Session`]: the three states and their methods.
//! - [`EventStream`], [`EventStreamExt`]: reading events; [`Event`] and [`events::kinds`]: what
//!   is in them.
//! - [`rpc`]: the JSON-RPC layer, of use on its own.
#![cfg_attr(feature = "methods", doc = "- [`methods`]: the runtime's methods, typed.")]
#![cfg_attr(
    feature = "testing",
    doc = "- [`testing`]: the scripted agent, recordings, and the scripted model."
)]
//!
//! # Speed
//!
//! Of a burst of 100,000 events the official Rust SDK loses 26 to 89 % without saying so, and this
//! crate none, at 3 to 30 times the rate. See the [benchmarks](_benchmarks).
//!
//! # Glossary
//!
//! - **Runtime**: the process that runs the agent; the Copilot CLI contains one.
//! - **CLI**: the `copilot` program. It can serve as a runtime, and it can start *extensions*,
//!   which join its session ([`join_session`]).
//! - **Session**: one conversation with the agent, with an id. The runtime persists its history.
//! - **Message**: what you send to a session. It has an id of its own.
//! - **Turn**: the agent's whole work on a message, from its `user.message` to the `session.idle`
//!   that ends it. It has one or more steps.
//! - **Step**: one call of the model, with its reply and the tools it asked for. The runtime's
//!   events call a step a turn: `assistant.turn_start`, `assistant.turn_end`.
//! - **Idle**: the agent has finished and waits (`session.idle`). It is about the session, not
//!   about one message.
//! - **Steering**: a message that changes the work under way instead of waiting for its end
//!   ([`Message::immediate`]).
//! - **Sub-agent**: an agent that the session's own agent starts. Its events carry an agent id.
//! - **Event**: one thing that happened in a session, numbered in its log.
//! - **Ephemeral** event: one that the runtime does not persist, such as a text delta.
//! - **Log**: the bounded list of a session's events in memory.
//! - **Cursor**: a place between two events of a log, where a stream starts.
//! - **Gap**: events that a reader does not get, because they left the log before it read them,
//!   or never reached it; or the news that its cursor was one of another log. A gap is an item of
//!   the stream ([`Gap`]).
//! - **Detach**: to leave a session without deleting it. The runtime may unload it; its history
//!   stays.
//! - **Envelope**: the fields of an event around its payload: id, kind, timestamp, parent, agent.
//! - **Handler**: a function of yours that is called for every event, or for the runtime's requests or
//!   notifications of a method.
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
mod secret;
pub mod session;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

// The public interface is:
pub use self::error::{Error, ErrorKind, Result};
pub use self::events::kinds::Attachment;
pub use self::events::{
    CloseReason, Cursor, Event, EventStream, EventStreamExt, Gap, LogBounds, Seq, TurnFailure,
    Update,
};
pub use self::secret::Secret;
pub use self::session::{
    Active, ActiveSession, Answer, AnySession, Client, ClientOptions, Closed, ClosedSession,
    CustomAgent, Decision, Endpoint, JoinConfig, McpServer, Message, MessageId, Pending,
    PendingSession, PermissionRequest, Provider, ResumeConfig, RuntimeCommand, Session,
    SessionConfig, SessionHandle, SessionId, SessionView, StartError, SystemMessage, Tool,
    ToolCall, ToolError, ToolOutput, Transport, Turn, join_session, permissions,
};
/// The crate whose [`JsonSchema`](schemars::JsonSchema) describes the arguments of a
/// [typed tool](Tool::handle_typed).
#[cfg(feature = "derive")]
#[cfg_attr(docsrs, doc(cfg(feature = "derive")))]
pub use schemars;

#[cfg(doc)]
#[doc = include_str!("../BENCHMARKS.md")]
pub mod _benchmarks {}

#[cfg(any(doc, all(doctest, feature = "testing")))]
#[doc = include_str!("../COOKBOOK.md")]
pub mod _cookbook {}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
