//! Client-provided tools and slash commands.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};
use crate::session::handlers::{ToolCall, ToolError, ToolHandler, ToolOutput};

/// A client-provided tool, which the model may call.
///
/// With a function ([`handle`](Self::handle)) this client runs it, several calls at a time. Without one
/// it is only declared: whoever reads the event `external_tool.requested` answers it.
///
/// # Examples
///
/// ```
/// use copilot_sessions::{SessionConfig, Tool, ToolError};
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Deserialize)]
/// struct Weather {
///     city: String,
/// }
///
/// let tool = Tool::new("weather")
///     .description("Tells the weather of a city.")
///     .parameters(json!({
///         "type": "object",
///         "properties": { "city": { "type": "string" } },
///         "required": ["city"],
///     }))
///     .handle(async |asked: Weather, _call| match &*asked.city {
///         "Paris" => Ok("sunny, 22 degrees"),
///         _ => Err(ToolError::new("no such city")),
///     });
/// let config = SessionConfig::new().tool(tool);
/// # let _ = config;
/// ```
#[derive(Clone, Serialize)]
#[must_use]
pub struct Tool {
    #[serde(flatten)]
    options: Options,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    handler: Option<ToolHandler>,
    #[serde(skip)]
    time_limit: Option<Duration>,
}

impl Tool {
    /// A tool with this name.
    ///
    /// A name consists of letters, digits, `_` and `-`. The start of a session fails if a
    /// tool has another one.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let options = Options::default().with("name", &name);
        Self { options, name, handler: None, time_limit: None }
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

    /// Sets the function that is called for each call of the model.
    ///
    /// - **Arguments** are decoded to the type of the first parameter ([`Value`] takes them as they are).
    ///   Those that can't be are a failure that the model reads, and the function is not called.
    /// - **Several at a time.** Each call runs in a task of its own, and delays no other.
    /// - **Once.** A call that the runtime delivers twice is made once, and one of a replayed history
    ///   never.
    /// - **Failures.** An error, a panic and a passed [`time_limit`](Self::time_limit) become a failure
    ///   that the model reads.
    /// - **The end.** The future is dropped at its next await when nobody waits for it any more: the
    ///   work was aborted, another client has answered, or the session has ended.
    ///   [`ToolCall::cancellation`] tells what it has started elsewhere.
    pub fn handle<A, F, R, O>(mut self, function: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        F: FnOnce(A, ToolCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput> + 'static,
    {
        self.handler = Some(ToolHandler::new(function));
        self
    }

    /// Like [`handle`](Self::handle), and sets the [`parameters`](Self::parameters) to the JSON Schema of
    /// the arguments' type: derive [`JsonSchema`](crate::schemars::JsonSchema) for it.
    #[cfg(feature = "derive")]
    #[cfg_attr(docsrs, doc(cfg(feature = "derive")))]
    pub fn handle_typed<A, F, R, O>(self, function: F) -> Self
    where
        A: DeserializeOwned + crate::schemars::JsonSchema + Send + 'static,
        F: FnOnce(A, ToolCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput> + 'static,
    {
        let schema = crate::schemars::schema_for!(A);
        self.parameters(schema.to_value()).handle(function)
    }

    /// How long each call of the function may take. No limit unless set.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn handler(&self) -> Option<ToolHandler> {
        self.handler.clone().map(|handler| handler.with_limit(self.time_limit))
    }
}

debug_shows!(Tool, |_| true);

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
