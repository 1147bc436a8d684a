//! For tests of programs that use this crate, and of the crate itself.
//!
//! - [`ScriptedAgent`] stands in for a runtime, in the same process, over a pipe in
//!   memory: it speaks the protocol, does what a test tells it, and needs no time.
//! - [`Recording`] plays back real traffic.
//! - [`model::ScriptedModel`] stands in for a model, so that a real runtime runs whole
//!   turns with no network and no account.
//!
//! # Testing what a program does with early events
//!
//! ```
//! use copilot_sessions::events::kinds::SessionInfo;
//! use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
//! use copilot_sessions::{ClientOptions, SessionConfig};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> copilot_sessions::Result<()> {
//! let agent = ScriptedAgent::new();
//! let client = agent.connect(ClientOptions::new()).await?;
//!
//! // The agent says something before it even answers the create.
//! agent.hold("session.create");
//! let starting = tokio::spawn(client.create_session(SessionConfig::new()).start());
//! let create = agent.expect("session.create").await;
//! let id = create.session_id();
//! agent.emit(&id, AgentEvent::session_start(&id));
//! agent.emit(&id, AgentEvent::of(&SessionInfo::new("note", "early")));
//! create.reply(json!({ "sessionId": id }));
//!
//! // Whoever subscribes, however late, sees it.
//! let session = starting.await.unwrap()?;
//! let early = session.wait_for(|event| event.is::<SessionInfo>()).await?;
//! assert_eq!(early.seq().get(), 2);
//! # Ok(())
//! # }
//! ```

// A test writes `json!({…})` in place; borrowing it would be noise.
#![allow(clippy::needless_pass_by_value)]

mod agent;
mod event;
pub mod model;
mod recording;

pub use self::agent::{AgentRequest, Received, ScriptedAgent};
pub use self::event::AgentEvent;
pub use self::recording::{Recording, RecordingError};
