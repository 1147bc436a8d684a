//! `ToolOutput`: what a tool gives back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a call of a tool gives back: a text for the model, and more for the runtime and its users.
///
/// A string is a text, a [`Value`] its JSON text, `()` an empty text.
///
/// ```
/// use copilot_sessions::ToolOutput;
/// use serde_json::json;
///
/// let output = ToolOutput::json(&json!({ "city": "Paris", "degrees": 22 }))?
///     .session_log("asked the weather service");
/// assert_eq!(output.text(), r#"{"city":"Paris","degrees":22}"#);
/// assert!(output.is_success());
/// assert!(!ToolOutput::failure("no such city").is_success());
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct ToolOutput {
    #[serde(rename = "textResultForLlm")]
    text: String,
    #[serde(rename = "resultType")]
    kind: &'static str,
    #[serde(rename = "binaryResultsForLlm", skip_serializing_if = "Vec::is_empty")]
    binaries: Vec<Value>,
    #[serde(rename = "toolReferences", skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    #[serde(rename = "sessionLog", skip_serializing_if = "Option::is_none")]
    session_log: Option<String>,
    #[serde(rename = "toolTelemetry", skip_serializing_if = "Map::is_empty")]
    telemetry: Map<String, Value>,
}

impl ToolOutput {
    /// A text for the model.
    pub fn text_of(text: impl Into<String>) -> Self {
        Self::of_kind("success", text)
    }

    /// The JSON text of a value, for the model.
    ///
    /// # Errors
    ///
    /// When the value can't be written as JSON.
    pub fn json(value: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        serde_json::to_string(value).map(Self::text_of)
    }

    /// The tool has failed; the model reads why.
    pub fn failure(text: impl Into<String>) -> Self {
        Self::of_kind("failure", text)
    }

    /// The user, or this program, does not want the call; the model reads why.
    pub fn rejected(text: impl Into<String>) -> Self {
        Self::of_kind("rejected", text)
    }

    fn of_kind(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind,
            binaries: Vec::new(),
            references: Vec::new(),
            session_log: None,
            telemetry: Map::new(),
        }
    }

    /// Adds an image for the model, such as `image/png`.
    pub fn image(self, mime_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        self.binary("image", mime_type, bytes)
    }

    /// Adds data of another kind for the model. `kind` is the runtime's word for it, such as `resource`.
    pub fn binary(
        mut self,
        kind: impl Into<String>,
        mime_type: impl Into<String>,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        let (kind, mime_type): (String, String) = (kind.into(), mime_type.into());
        let data = STANDARD.encode(bytes);
        self.binaries.push(json!({ "type": kind, "mimeType": mime_type, "data": data }));
        self
    }

    /// Names tools that the model may use from now on, where tool search has deferred them.
    pub fn references(mut self, tools: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.references.extend(tools.into_iter().map(Into::into));
        self
    }

    /// A text for the session's log, which the model does not read.
    pub fn session_log(mut self, text: impl Into<String>) -> Self {
        self.session_log = Some(text.into());
        self
    }

    /// Adds a value to the runtime's telemetry about the call.
    pub fn telemetry(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.telemetry.insert(name.into(), value.into());
        self
    }

    /// The text for the model.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is neither a failure nor a rejection.
    pub fn is_success(&self) -> bool {
        self.kind == "success"
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::text_of(text)
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::text_of(text)
    }
}

impl From<Value> for ToolOutput {
    fn from(value: Value) -> Self {
        Self::text_of(value.to_string())
    }
}

impl From<()> for ToolOutput {
    fn from((): ()) -> Self {
        Self::text_of("")
    }
}
