//! Hooks: functions that the runtime calls at the steps of the agent's work.

mod call;
mod inputs;
mod outputs;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::session::handle::SessionHandle;
use crate::session::handlers::direct::Direct;
use crate::session::handlers::function::{Failed, Function, guarded};

pub use self::call::HookCall;
pub use self::inputs::{
    AgentStop, ErrorOccurred, PostToolUse, PostToolUseFailure, PreToolUse, SessionEnd,
    SessionStart, UserPrompt,
};
pub use self::outputs::{
    AgentStopOutput, HookContext, PostToolUseOutput, PreToolUseOutput, UserPromptOutput,
};

const PRE_TOOL_USE: &str = "preToolUse";

/// Functions that the runtime calls at the steps of the agent's work, for
/// [`hooks`](crate::SessionConfig::hooks).
///
/// - **Waiting.** The agent waits for each call, so a hook that never ends stops it: set a
///   [`time_limit`](Self::time_limit) unless a person answers.
/// - **Failures.** A hook that panics, takes too long, or gets what it can't read changes nothing, and an
///   error is logged. One before a tool denies the tool: left to itself the runtime would run it.
/// - **Sub-agents** call the same hooks: [`HookCall::agent_id`] tells them apart.
///
/// ```
/// use copilot_sessions::SessionConfig;
/// use copilot_sessions::session::{Hooks, PreToolUseOutput};
///
/// let hooks = Hooks::new().pre_tool_use(async |tool, _call| {
///     if tool.tool_name == "bash" {
///         PreToolUseOutput::deny("no commands here")
///     } else {
///         PreToolUseOutput::default()
///     }
/// });
/// let config = SessionConfig::new().hooks(hooks);
/// # let _ = config;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Hooks {
    by_type: BTreeMap<Box<str>, Function<HookCall, Result<Value, Failure>>>,
    time_limit: Option<Duration>,
    doubled: Option<Box<str>>,
}

/// Why a hook gave nothing.
type Failure = String;

/// `hooks.invoke`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    hook_type: Box<str>,
    #[serde(default)]
    input: Option<Box<RawValue>>,
}

/// Declares the methods that set a hook.
macro_rules! hooks {
    ($($(#[$doc:meta])* $name:ident($input:ty) -> $output:ty = $hook:literal;)*) => {
        impl Hooks {
            $($(#[$doc])*
            pub fn $name<F, R>(self, function: F) -> Self
            where
                F: FnOnce($input, HookCall) -> R + Clone + Send + Sync + 'static,
                R: Future<Output = $output> + Send + 'static,
            {
                self.typed($hook, function)
            })*
        }
    };
}

hooks! {
    /// Before a tool runs, and before anybody is asked for permission.
    pre_tool_use(PreToolUse) -> PreToolUseOutput = "preToolUse";
    /// After a tool has succeeded.
    post_tool_use(PostToolUse) -> PostToolUseOutput = "postToolUse";
    /// After a tool has failed.
    post_tool_use_failure(PostToolUseFailure) -> HookContext = "postToolUseFailure";
    /// When a message begins to be worked on.
    user_prompt_submitted(UserPrompt) -> UserPromptOutput = "userPromptSubmitted";
    /// When the first message of a new or resumed session begins to be worked on.
    session_start(SessionStart) -> HookContext = "sessionStart";
    /// When the work on a message has ended.
    session_end(SessionEnd) -> () = "sessionEnd";
    /// When the agent is about to stop; it can be told to go on.
    agent_stop(AgentStop) -> AgentStopOutput = "agentStop";
    /// When an error has occurred in the agent's work.
    error_occurred(ErrorOccurred) -> () = "errorOccurred";
}

impl Hooks {
    /// No hooks: the runtime is answered at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the hook of any type, by the runtime's name. What it returns is the output, as JSON; `null` for
    /// none. [`HookCall::input`] has the input.
    pub fn on<F, R>(self, hook_type: impl Into<Box<str>>, function: F) -> Self
    where
        F: FnOnce(HookCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Value> + Send + 'static,
    {
        self.add(
            hook_type.into(),
            Function::new(|call| async move { Ok(function(call).await) }),
        )
    }

    /// How long each call may take. No limit unless set.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    fn typed<I, O, F, R>(self, hook_type: &str, function: F) -> Self
    where
        I: DeserializeOwned,
        O: Serialize,
        F: FnOnce(I, HookCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = O> + Send + 'static,
    {
        self.add(
            hook_type.into(),
            Function::new(|call: HookCall| async move {
                let input = serde_json::from_str(call.raw_input())
                    .map_err(|error| format!("its input can't be read: {error}"))?;
                let output = function(input, call).await;
                serde_json::to_value(output).map_err(|error| error.to_string())
            }),
        )
    }

    fn add(
        mut self,
        hook_type: Box<str>,
        function: Function<HookCall, Result<Value, Failure>>,
    ) -> Self {
        if self.by_type.insert(hook_type.clone(), function).is_some() {
            self.doubled.get_or_insert(hook_type);
        }
        self
    }

    /// A type that was set twice.
    pub(in crate::session) fn doubled(&self) -> Option<&str> {
        self.doubled.as_deref()
    }

    /// Answers `hooks.invoke`.
    pub(in crate::session) fn into_direct(self) -> Direct {
        Direct::new(move |invocation: Invocation, session| self.invoke(invocation, session))
    }

    async fn invoke(
        self,
        Invocation { hook_type, input }: Invocation,
        session: SessionHandle,
    ) -> Result<Value, crate::rpc::RpcError> {
        let Some(function) = self.by_type.get(&hook_type) else { return Ok(json!({})) };
        let input = input.unwrap_or_else(|| RawValue::NULL.to_owned());
        let call = HookCall::new(session, hook_type.clone(), input);
        let done = guarded(self.time_limit, function.call(call)).await;
        let output = match done.map_err(|failed: Failed| failed.to_string()).flatten() {
            Ok(output) => output,
            Err(problem) => {
                tracing::error!(hook = ?hook_type, problem = ?problem, "a hook failed");
                if *hook_type != *PRE_TOOL_USE {
                    return Ok(json!({}));
                }
                json!(PreToolUseOutput::deny(format!("the hook before the tool {problem}")))
            }
        };
        Ok(if output.is_null() { json!({}) } else { json!({ "output": output }) })
    }
}
