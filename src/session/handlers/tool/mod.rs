//! Calls of client-provided tools.

mod call;
mod error;
mod output;

use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::session::handlers::function::{Function, guarded};

pub use self::call::ToolCall;
pub use self::error::ToolError;
pub use self::output::ToolOutput;

/// The function of a tool, and how long a call of it may take.
#[derive(Clone, Debug)]
pub(in crate::session) struct ToolHandler {
    function: Function<(Value, ToolCall), ToolOutput>,
    time_limit: Option<Duration>,
}

impl ToolHandler {
    pub(in crate::session) fn new<A, F, R, O>(function: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        F: FnOnce(A, ToolCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput> + 'static,
    {
        let function = Function::new(|(arguments, call): (Value, ToolCall)| async move {
            let arguments = match serde_json::from_value(arguments) {
                Ok(arguments) => arguments,
                // The model reads it, and can call again. The values are its own.
                Err(error) => {
                    return ToolOutput::failure(format!("invalid arguments: {error}"));
                }
            };
            match function(arguments, call).await {
                Ok(output) => output.into(),
                Err(error) => error.into(),
            }
        });
        Self { function, time_limit: None }
    }

    pub(in crate::session) fn with_limit(self, time_limit: Option<Duration>) -> Self {
        Self { time_limit, ..self }
    }

    /// Calls the function. A limit, a panic and an error become a failure that the model reads.
    pub(super) async fn call(self, arguments: Value, call: ToolCall) -> ToolOutput {
        let name = call.tool_name().to_owned();
        let work = guarded(self.time_limit, self.function.call((arguments, call))).await;
        work.unwrap_or_else(|failed| ToolOutput::failure(format!("the tool `{name}` {failed}")))
    }
}
