//! Client-provided tools and slash commands.

use serde::Serialize;
use serde_json::Value;

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// A client-provided tool, which the model may call.
///
/// The runtime announces a call by an `external_tool.requested` event. One client of the
/// session must answer it.
///
/// # Examples
///
/// ```
/// use copilot_sessions::ToolDefinition;
/// use serde_json::json;
///
/// let tool = ToolDefinition::new("weather")
///     .description("Tells the weather of a city.")
///     .parameters(json!({
///         "type": "object",
///         "properties": { "city": { "type": "string" } },
///         "required": ["city"],
///     }));
/// # let _ = tool;
/// ```
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct ToolDefinition {
    options: Options,
}

impl ToolDefinition {
    /// A tool with this name.
    ///
    /// A name consists of letters, digits, `_` and `-`. The start of a session fails if a
    /// tool has another one.
    pub fn new(name: impl Into<String>) -> Self {
        Self { options: Options::default().with("name", name.into()) }
    }

    setters! {
        /// What the tool does, for the model.
        text description = "description";
        /// Parameters of the tool, as the JSON Schema of an object. No parameters unless
        /// set.
        value parameters(Value) = "parameters";
        /// Replaces the built-in tool of the same name. Off unless set: the start of the
        /// session then fails if there is one.
        flag overrides_built_in_tool = "overridesBuiltInTool";
        /// Runs the tool without a permission request. Off unless set.
        flag skip_permission = "skipPermission";
        /// Whether [tool search](crate::session::ToolSearch) may defer the tool: `auto` or
        /// `never`. `auto` unless set.
        text defer = "defer";
        /// Data for the host, which the runtime keeps as it is.
        value metadata(Value) = "metadata";
        /// Ends the turn after a successful call. Off unless set.
        flag is_terminal = "isTerminal";
    }
}

debug_shows!(ToolDefinition, |_| true);

/// A client-provided slash command.
#[derive(Clone, Debug, Serialize)]
#[must_use]
pub struct CommandDefinition {
    name: String,
    description: String,
}

impl CommandDefinition {
    /// A command with this name, without the slash, and what it does.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into() }
    }
}
