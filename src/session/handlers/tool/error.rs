//! `ToolError`: why a tool has failed, for the model.

use std::fmt;

use crate::session::handlers::tool::output::ToolOutput;

/// Why a call of a tool has failed. The model reads the text, and may try something else.
///
/// Made of a text, or with `?` of any error: then the text is that of the error and its sources. It is
/// no [`std::error::Error`] itself, as that would contradict the conversion. To fail in another way,
/// return a [`ToolOutput`].
///
/// ```
/// use copilot_sessions::ToolError;
///
/// fn port(text: &str) -> Result<u16, ToolError> {
///     Ok(text.parse::<u16>()?)
/// }
/// let error = port("many").unwrap_err();
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// assert_eq!(ToolError::new("no such city").to_string(), "no such city");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolError(String);

impl ToolError {
    /// With this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for ToolError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        Self(text)
    }
}

impl From<ToolError> for ToolOutput {
    fn from(error: ToolError) -> Self {
        Self::failure(error.0)
    }
}
