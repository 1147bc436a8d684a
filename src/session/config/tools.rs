//! Tools, commands and MCP servers that a session is given.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::session::config::setters::members;

/// A tool of this program's that the model may call. The runtime asks for a call by an
/// `external_tool.requested` event; some client of the session answers it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct ToolDefinition {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrides_built_in_tool: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_permission: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    defer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_terminal: Option<bool>,
}

impl ToolDefinition {
    /// A tool of this name: letters, digits, `_` and `-`. With any other, the session does
    /// not start.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            parameters: None,
            overrides_built_in_tool: None,
            skip_permission: None,
            defer: None,
            metadata: None,
            is_terminal: None,
        }
    }

    members! {
        /// What the model is told of it.
        text description;
        /// Its parameters, as a JSON Schema of an object.
        value parameters(Value);
        /// Whether it takes the place of a built-in tool of that name; without it, the
        /// name of a built-in tool is refused.
        value overrides_built_in_tool(bool);
        /// Whether it is called without a request for permission.
        value skip_permission(bool);
        /// Whether it may be kept from the model until it is searched for: `auto` or
        /// `never`.
        text defer;
        /// Passed on as it is.
        value metadata(Value);
        /// Whether a call of it ends the turn.
        value is_terminal(bool);
    }
}

/// A slash command of this program's.
#[derive(Clone, Debug, Serialize)]
#[must_use]
pub struct CommandDefinition {
    name: String,
    description: String,
}

impl CommandDefinition {
    /// A command of this name, without the slash, and what it does.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into() }
    }
}

/// A server of tools, by the Model Context Protocol.
#[derive(Clone, Serialize)]
#[must_use]
pub struct McpServer {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cwd: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(rename = "headers", skip_serializing_if = "BTreeMap::is_empty")]
    header: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u128>,
}

impl McpServer {
    /// A program that the runtime starts and speaks to over its standard streams.
    pub fn stdio(command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..Self::of("stdio") }
    }

    /// A server that the runtime reaches over HTTP.
    pub fn http(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::of("http") }
    }

    /// A server that the runtime reaches over HTTP and that answers by server-sent events.
    pub fn sse(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::of("sse") }
    }

    fn of(r#type: &'static str) -> Self {
        Self {
            r#type,
            command: None,
            args: None,
            env: BTreeMap::new(),
            cwd: None,
            url: None,
            header: BTreeMap::new(),
            tools: None,
            timeout: None,
        }
    }

    members! {
        /// The program's arguments.
        texts args;
        /// Adds a variable to the program's environment.
        entry env;
        /// Adds a header to every request.
        entry header;
        /// The tools of the server that are used: all unless set, `*` for all, none for an
        /// empty list.
        texts tools;
    }

    /// The directory that the program runs in.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// How long a call of one of its tools may take, in whole milliseconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout.as_millis());
        self
    }
}

impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments, environment and headers may hold secrets.
        f.debug_struct("McpServer")
            .field("type", &self.r#type)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}
