//! Agents of the user's own, and what the agent is told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::session::config::setters::members;
use crate::session::config::tools::McpServer;

/// An agent of the user's own, which the session's agent can hand work to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct CustomAgent {
    name: String,
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mcp_servers: BTreeMap<String, McpServer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    infer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skills: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<String>,
}

impl CustomAgent {
    /// An agent of this name, and what it is told.
    pub fn new(name: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            prompt: prompt.into(),
            display_name: None,
            description: None,
            tools: None,
            mcp_servers: BTreeMap::new(),
            infer: None,
            skills: None,
            model: None,
            reasoning_effort: None,
        }
    }

    members! {
        /// What a user interface calls it.
        text display_name;
        /// What it is for; by this the session's agent chooses it.
        text description;
        /// The tools that it has; all unless set.
        texts tools;
        /// Whether the session's agent may choose it by itself; yes unless set.
        value infer(bool);
        /// Skills whose text it is given from the start.
        texts skills;
        /// Its model; the session's unless set.
        text model;
        /// How long its model thinks; see [`SessionConfig::reasoning_effort`].
        ///
        /// [`SessionConfig::reasoning_effort`]: crate::SessionConfig::reasoning_effort
        text reasoning_effort;
    }

    /// Adds an MCP server that this agent alone has.
    pub fn mcp_server(mut self, name: impl Into<String>, server: McpServer) -> Self {
        self.mcp_servers.insert(name.into(), server);
        self
    }
}

/// What the agent is told before the conversation begins.
#[derive(Clone, Debug, Serialize)]
#[must_use]
pub struct SystemMessage {
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sections: BTreeMap<String, Section>,
}

#[derive(Clone, Debug, Serialize)]
struct Section {
    action: SectionAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// What becomes of a section of the runtime's own system message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SectionAction {
    /// The given text takes its place.
    Replace,
    /// It is left out.
    Remove,
    /// The given text follows it.
    Append,
    /// The given text precedes it.
    Prepend,
    /// It stays, also where the group that it is in is removed.
    Preserve,
    /// The runtime asks for its text by a `systemMessage.transform` request.
    Transform,
}

impl SystemMessage {
    /// This text after all that the runtime says by itself.
    pub fn append(content: impl Into<String>) -> Self {
        Self { content: Some(content.into()), ..Self::of("append") }
    }

    /// This text instead of all that the runtime says by itself, its rules for safety
    /// included.
    pub fn replace(content: impl Into<String>) -> Self {
        Self { content: Some(content.into()), ..Self::of("replace") }
    }

    /// The runtime's own message, with changes to its [sections](Self::section).
    pub fn customize() -> Self {
        Self::of("customize")
    }

    fn of(mode: &'static str) -> Self {
        Self { mode, content: None, sections: BTreeMap::new() }
    }

    /// Changes a section: `preamble`, `identity`, `tone`, `tool_efficiency`,
    /// `environment_context`, `code_change_rules`, `guidelines`, `safety`,
    /// `tool_instructions`, `custom_instructions`, `runtime_instructions` or
    /// `last_instructions`. The text of one that the runtime does not know comes after all
    /// others.
    ///
    /// Counts in a message made by [`customize`](Self::customize) only.
    pub fn section(mut self, id: impl Into<String>, action: SectionAction) -> Self {
        self.sections.insert(id.into(), Section { action, content: None });
        self
    }

    /// Like [`section`](Self::section), with the text that the action needs.
    pub fn section_text(
        mut self,
        id: impl Into<String>,
        action: SectionAction,
        content: impl Into<String>,
    ) -> Self {
        self.sections.insert(id.into(), Section { action, content: Some(content.into()) });
        self
    }

    /// This text after all sections.
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }
}
