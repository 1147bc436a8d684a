//! Test doubles: a mock runtime, a replay of recorded traffic, and a mock language model.
//!
//! - [`ScriptedAgent`] replaces the runtime: it runs in the same process, over an in-memory
//!   pipe, speaks the protocol and does what a test tells it. Tests with it need no sleeps.
//! - [`Recording`] replays recorded traffic of a real runtime through a scripted agent.
//! - [`model::ScriptedModel`] replaces the language model: a real runtime then runs whole turns
//!   without network access and without an account.
//!
//! # Example: events that arrive before the answer to a start
//!
//! ```
//! use copilot_sessions::events::kinds::SessionInfo;
//! use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
//! use copilot_sessions::{ClientOptions, Cursor, SessionConfig};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> copilot_sessions::Result<()> {
//! let agent = ScriptedAgent::new();
//! let client = agent.connect(ClientOptions::new()).await?;
//!
//! // The agent sends events before it answers the create.
//! agent.hold("session.create");
//! let starting = tokio::spawn(client.create_session(SessionConfig::new()).start());
//! let create = agent.expect("session.create").await;
//! let id = create.session_id();
//! agent.emit(&id, AgentEvent::session_start(&id));
//! agent.emit(&id, AgentEvent::of(&SessionInfo::new("note", "early")));
//! create.reply(json!({ "sessionId": id }));
//!
//! // Every subscriber gets them, even a late one.
//! let session = starting.await.unwrap()?;
//! let early = session.wait_for_from(Cursor::START, |event| event.is::<SessionInfo>()).await?;
//! assert_eq!(early.seq().get(), 2);
//! # Ok(())
//! # }
//! ```

//!
//! `client.ping("").await` is a barrier: everything that the agent sent before is in the logs then.

// Tests pass `json!({…})` by value; a borrow would be noise.
#![allow(clippy::needless_pass_by_value)]

mod agent;
mod event;
pub mod model;
mod recording;

pub use self::agent::{AgentRequest, Received, ScriptedAgent};
pub use self::event::AgentEvent;
pub use self::recording::{Recording, RecordingError};
