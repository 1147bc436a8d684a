//! MCP servers: programs or addresses that provide tools by the Model Context Protocol.

use serde::Serialize;

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// A server that provides tools by the Model Context Protocol.
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct McpServer {
    options: Options,
}

impl McpServer {
    /// A program that the runtime starts and talks to over stdin and stdout.
    pub fn stdio(command: impl Into<String>) -> Self {
        Self {
            options: Options::default().with("type", "stdio").with("command", command.into()),
        }
    }

    /// A server at this URL, over HTTP.
    pub fn http(url: impl Into<String>) -> Self {
        Self { options: Options::default().with("type", "http").with("url", url.into()) }
    }

    /// A server at this URL, over HTTP with server-sent events.
    pub fn sse(url: impl Into<String>) -> Self {
        Self { options: Options::default().with("type", "sse").with("url", url.into()) }
    }

    setters! {
        /// Arguments of the program.
        texts args = "args";
        /// Adds an environment variable of the program.
        secret_entry env = "env";
        /// Adds an HTTP header to every request.
        secret_entry header = "headers";
        /// Names of the server's tools that the session may use. All tools unless set, or
        /// with `*`; an empty list disables all.
        texts tools = "tools";
        /// Working directory of the program.
        path working_directory = "cwd";
        /// Time limit of a tool call, sent in whole milliseconds.
        duration timeout = "timeout";
    }
}

// Arguments, environment and headers may hold secrets; of the URL, user and query are left out.
debug_shows!(McpServer, |option| matches!(option, "type" | "command" | "url"));
