//! Custom agents, to which the main agent delegates work.

use serde::Serialize;

use crate::session::config::mcp_server::McpServer;
use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// A custom agent, to which the main agent can delegate work.
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct CustomAgent {
    options: Options,
}

impl CustomAgent {
    /// A custom agent with a unique name and its prompt.
    pub fn new(name: impl Into<String>, prompt: impl Into<String>) -> Self {
        let options =
            Options::default().with("name", name.into()).with("prompt", prompt.into());
        Self { options }
    }

    setters! {
        /// Name that user interfaces show.
        text display_name = "displayName";
        /// What the agent is for. The main agent chooses by this text.
        text description = "description";
        /// Names of the tools that the agent may use. All tools unless set.
        texts tools = "tools";
        /// Adds an MCP server that only this agent may use.
        entry mcp_server(McpServer) = "mcpServers";
        /// Lets the main agent choose this agent by itself. On unless set.
        flag infer = "infer";
        /// Names of the skills whose whole text the agent gets at the start. None unless
        /// set.
        texts skills = "skills";
        /// ID of the agent's model. The session's model unless set, and where this one is
        /// not available.
        text model = "model";
        /// Reasoning effort of the agent's model; see [`SessionConfig::reasoning_effort`].
        ///
        /// [`SessionConfig::reasoning_effort`]: crate::SessionConfig::reasoning_effort
        text reasoning_effort = "reasoningEffort";
    }
}

// Servers may hold secrets.
debug_shows!(CustomAgent, |option| option != "mcpServers");
