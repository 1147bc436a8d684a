//! Configuration of a session that is created, resumed or joined.

mod choices;
mod context_window;
mod custom_agent;
mod environment_options;
mod handlers;
mod interaction_options;
mod mcp_server;
mod model_options;
mod options;
mod provider;
mod setters;
mod start_request;
mod system_message;
#[cfg(test)]
mod tests;
mod tool_options;
mod tools;

use serde::Serialize;
use serde_json::json;

use self::options::Options;
use self::setters::{for_each_config, setters};
use crate::ids::SessionId;
use crate::session::handlers::HandlerSet;

pub use self::choices::{AskUserVariant, RemoteSession, Storage};
pub use self::context_window::{InfiniteSessions, LargeOutput, ToolSearch};
pub use self::custom_agent::CustomAgent;
pub use self::mcp_server::McpServer;
pub use self::provider::{Provider, ProviderModel};
pub(super) use self::start_request::{Ready, StartRequest};
pub use self::system_message::{SectionAction, SystemMessage};
pub use self::tools::{CommandDefinition, Tool};

const RESUME: &str = "session.resume";

/// Configuration of a new session.
///
/// An option that is not set is not sent, and the runtime's default applies. An option
/// without a method here can be set by its wire name, with [`option`](Self::option).
///
/// # Examples
///
/// ```
/// use copilot_sessions::{McpServer, SessionConfig, SystemMessage};
///
/// let config = SessionConfig::new()
///     .model("gpt-5")
///     .streaming(true)
///     .system_message(SystemMessage::append("Answer in one sentence."))
///     .excluded_tools(["builtin:bash"])
///     .mcp_server("files", McpServer::stdio("mcp-files").args(["--read-only"]));
/// # let _ = config;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SessionConfig {
    id: Option<SessionId>,
    options: Options,
    interests: Vec<String>,
    handlers: HandlerSet,
}

/// Configuration of a session that is resumed.
///
/// The runtime does not persist a session's provider, tools, MCP servers, directories and
/// enabled requests. Set them again.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResumeConfig {
    options: Options,
    interests: Vec<String>,
    handlers: HandlerSet,
}

/// Configuration of an extension that joins the session that started it.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct JoinConfig {
    options: Options,
    interests: Vec<String>,
    handlers: HandlerSet,
}

for_each_config! {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an option by its wire name.
    ///
    /// The value that is set last counts. `null` is sent as `null`.
    pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
        self.options.set(name, value);
        self
    }
}

impl SessionConfig {
    /// ID of the session. A random UUID unless set.
    pub fn session_id(mut self, id: impl Into<SessionId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Runs the session in the cloud, with these settings.
    ///
    /// The runtime then chooses the session's ID, unless one is set. The session counts as
    /// started when the agent has sent its `session.start` event: messages that are sent
    /// earlier would be lost.
    pub fn cloud(self, settings: impl Serialize) -> Self {
        self.option("cloud", settings)
    }

    pub(super) fn into_request(self) -> StartRequest {
        let Self { id, options, interests, handlers } = self;
        let (id, ready) = if options.contains("cloud") {
            (id, Ready::AtSessionStart)
        } else {
            (id.or_else(|| Some(SessionId::random())), Ready::AtAnswer)
        };
        StartRequest::new("session.create", id, ready, options, interests, handlers)
    }
}

impl ResumeConfig {
    setters! {
        /// Suppresses the `session.resume` event. Off unless set.
        flag suppress_resume_event = "disableResume";
        /// Continues tool calls and permission requests that were open when the session
        /// ended: they can be answered under their old IDs. Off unless set: the runtime
        /// treats them as interrupted.
        flag continue_pending_work = "continuePendingWork";
        /// Canvases that were open when the session ended.
        json open_canvases = "openCanvases";
        /// Client-provided agent factories.
        json factories = "factories";
        /// Names of environment variables of the runtime that this client asks for.
        texts requested_environment_variables = "requestedEnvironmentVariables";
    }

    pub(super) fn into_request(self, id: SessionId) -> StartRequest {
        let Self { options, interests, handlers } = self;
        StartRequest::new(RESUME, Some(id), Ready::AtAnswer, options, interests, handlers)
    }
}

impl JoinConfig {
    pub(super) fn into_request(self, id: SessionId) -> StartRequest {
        let Self { mut options, interests, handlers } = self;
        // The session is running: nothing is resumed, and its owner answers permissions.
        options.set_default("disableResume", json!(true));
        if !handlers.answers_permissions() {
            options.set_default("requestPermission", json!(false));
        }
        StartRequest::new(RESUME, Some(id), Ready::AtAnswer, options, interests, handlers)
    }
}
