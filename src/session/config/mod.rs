//! What a session is started with.

mod agent;
mod model;
mod plan;
mod provider;
mod setters;
mod settings;
mod surroundings;
#[cfg(test)]
mod tests;
mod tools;

use serde::Serialize;
use serde_json::{Value, json};

use self::model::model_options;
use self::plan::{Options, Plan};
use self::setters::setters;
use self::surroundings::surroundings_options;
use crate::events::kinds::{ContextTier, ReasoningSummary};
use crate::ids::SessionId;

pub use self::agent::{CustomAgent, SectionAction, SystemMessage};
pub(in crate::session) use self::plan::{Plan as StartRequest, Ready};
pub use self::provider::{Provider, ProviderModel};
pub use self::settings::{
    AskUserVariant, InfiniteSessions, LargeOutput, RemoteSession, Storage, ToolSearch,
};
pub use self::tools::{CommandDefinition, McpServer, ToolDefinition};

/// How a new session is to be.
///
/// Everything is optional, and what is not set is not sent: the runtime has defaults. What
/// has no method of its own is set by its wire name with [`option`](Self::option).
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
}

/// How a session is to be resumed. Provider, tools, MCP servers, directories and what is
/// asked for are not persisted: give them again.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResumeConfig {
    options: Options,
}

/// How an extension joins the session that started it.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct JoinConfig {
    options: Options,
}

macro_rules! common_options {
    ($($config:ident)*) => {
        $(
            impl $config {
                /// The runtime's defaults.
                pub fn new() -> Self {
                    Self::default()
                }
            }

            model_options!($config);
            surroundings_options!($config);
        )*
    };
}

common_options!(SessionConfig ResumeConfig JoinConfig);

impl SessionConfig {
    /// The session's id; a random UUID unless set. The runtime accepts only UUIDs.
    pub fn session_id(mut self, id: impl Into<SessionId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Runs the session in the cloud, with these settings. Its id is then chosen by the
    /// runtime unless one is set, and it counts as started when the agent has sent its
    /// `session.start`: what is sent to it before is lost.
    pub fn cloud(self, settings: impl Serialize) -> Self {
        self.option("cloud", settings)
    }

    pub(super) fn into_plan(self) -> Plan {
        let Self { id, options } = self;
        let cloud = options.wire.contains_key("cloud");
        // The runtime names a cloud session itself.
        let id = if cloud { id } else { id.or_else(|| Some(SessionId::random())) };
        let ready = if cloud { Ready::AtSessionStart } else { Ready::AtAnswer };
        Plan::new("session.create", id, ready, options)
    }
}

impl ResumeConfig {
    setters! {
        /// Whether the runtime leaves out the `session.resume` event.
        flag suppress_resume_event = "disableResume";
        /// Whether work that was under way when the session ended is taken up: requests for
        /// tools and permissions can be answered still, under their old ids.
        flag continue_pending_work = "continuePendingWork";
        /// Canvases that were open when the session ended.
        json open_canvases = "openCanvases";
        /// Factories of this program's.
        json factories = "factories";
        /// Variables of the runtime's environment that this program asks for.
        texts requested_environment_variables = "requestedEnvironmentVariables";
    }

    pub(super) fn into_plan(self, id: SessionId) -> Plan {
        Plan::new("session.resume", Some(id), Ready::AtAnswer, self.options)
    }
}

impl JoinConfig {
    pub(super) fn into_plan(mut self, id: SessionId) -> Plan {
        // The session did not stop: nothing is resumed. Said otherwise, it is said so.
        self.options.wire.entry("disableResume").or_insert(Value::Bool(true));
        self.options.wire.entry("requestPermission").or_insert(Value::Bool(false));
        Plan::new("session.resume", Some(id), Ready::AtAnswer, self.options)
    }
}
