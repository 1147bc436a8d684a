//! `HookCall`: the call of a hook.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::session::handle::SessionHandle;

/// The call of a hook: for which session, and all of its input. A hook gets it beside its typed input.
#[derive(Clone, Debug)]
pub struct HookCall {
    session: SessionHandle,
    hook_type: Box<str>,
    input: Arc<RawValue>,
}

impl HookCall {
    pub(super) fn new(
        session: SessionHandle,
        hook_type: Box<str>,
        input: Box<RawValue>,
    ) -> Self {
        Self { session, hook_type, input: input.into() }
    }

    /// The session. The hook may use it, and may end it.
    pub fn session(&self) -> &SessionHandle {
        &self.session
    }

    /// The runtime's name of the hook, such as `preToolUse`.
    pub fn hook_type(&self) -> &str {
        &self.hook_type
    }

    /// The id of the sub-agent at whose work the hook is called; `None` for the session's own agent.
    pub fn agent_id(&self) -> Option<String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Input {
            session_id: String,
        }

        let Input { session_id } = serde_json::from_str(self.raw_input()).ok()?;
        let own = self.session.id().map(crate::SessionId::as_str);
        (own != Some(&session_id)).then_some(session_id)
    }

    /// The input, as JSON; `null` if it can't be read.
    pub fn input(&self) -> Value {
        serde_json::from_str(self.raw_input()).unwrap_or_default()
    }

    /// The input as the runtime wrote it.
    pub fn raw_input(&self) -> &str {
        self.input.get()
    }
}
