//! What a session is started with.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::SessionId;

/// How a new session is to be.
///
/// Everything is optional; the runtime has defaults. What has no method of its own is set
/// by its wire name with [`option`](Self::option).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SessionConfig {
    id: Option<SessionId>,
    options: Options,
}

/// How a session is to be resumed. Provider, tools and handlers are not persisted: give
/// them again.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResumeConfig {
    options: Options,
}

/// How an extension joins the session that started it.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct JoinConfig {
    options: Options,
}

/// A model endpoint of the user's own, instead of GitHub's.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Provider {
    r#type: String,
    base_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire_api: Option<String>,
}

impl Provider {
    /// An endpoint that speaks OpenAI's protocol.
    pub fn openai(base_url: impl Into<String>) -> Self {
        Self::new("openai", base_url)
    }

    /// An endpoint of this type: `openai`, `azure` or `anthropic`.
    pub fn new(r#type: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self { r#type: r#type.into(), base_url: base_url.into(), api_key: None, wire_api: None }
    }

    /// The key. Some runtimes blank out every occurrence of it in the events' text, so one
    /// that is a common word garbles them.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The protocol's variant: `completions` or `responses`.
    pub fn wire_api(mut self, variant: impl Into<String>) -> Self {
        self.wire_api = Some(variant.into());
        self
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key stays out.
        f.debug_struct("Provider")
            .field("type", &self.r#type)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Options of all three ways to start, by wire name.
#[derive(Clone, Default)]
struct Options {
    wire: Map<String, Value>,
    interests: Vec<String>,
    /// The first option that can't be written as JSON.
    invalid: Option<String>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may hold keys.
        f.debug_set().entries(self.wire.keys()).finish()
    }
}

impl Options {
    fn set(&mut self, name: &str, value: impl Serialize) {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.wire.insert(name.to_owned(), value);
            }
            Err(error) => {
                self.invalid.get_or_insert_with(|| format!("option `{name}`: {error}"));
            }
        }
    }
}

macro_rules! common_options {
    ($config:ident) => {
        impl $config {
            /// The runtime's defaults.
            pub fn new() -> Self {
                Self::default()
            }

            /// The model, by its id.
            pub fn model(mut self, model: impl Into<String>) -> Self {
                self.options.set("model", model.into());
                self
            }

            /// Whether the model's answers come piece by piece, as delta events, before
            /// they are complete. Applies to every client of the session: one that joins
            /// without it turns it off for all.
            pub fn streaming(mut self, yes: bool) -> Self {
                self.options.set("streaming", yes);
                self
            }

            /// A model endpoint of the user's own.
            pub fn provider(mut self, provider: Provider) -> Self {
                self.options.set("provider", provider);
                self
            }

            /// The directory that the session works in.
            pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
                self.options.set("workingDirectory", directory.into());
                self
            }

            /// Whether permissions are asked for, as `permission.requested` events that some
            /// client answers. Without it every tool that needs one is refused.
            pub fn request_permission(mut self, yes: bool) -> Self {
                self.options.set("requestPermission", yes);
                self
            }

            /// Sets an option by its wire name. What is set last counts; `null` is sent as
            /// such.
            pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
                self.options.set(name, value);
                self
            }

            /// Registers interest in a type of event right after the start, which makes
            /// the runtime ask by that event (`user_input.requested`,
            /// `mcp.oauth_required`, …). If it refuses, the start fails.
            pub fn register_interest(mut self, event_type: impl Into<String>) -> Self {
                self.options.interests.push(event_type.into());
                self
            }
        }
    };
}

common_options!(SessionConfig);
common_options!(ResumeConfig);
common_options!(JoinConfig);

impl SessionConfig {
    /// The session's id; a random UUID unless set. The runtime accepts only UUIDs.
    pub fn session_id(mut self, id: impl Into<SessionId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Runs the session in the cloud, with these settings. Its id is then chosen by the
    /// runtime unless one is set, and it counts as started when the agent has sent its
    /// `session.start`: what is sent to it before is lost.
    pub fn cloud(self, settings: impl Serialize) -> Self {
        self.option("cloud", settings)
    }

    pub(super) fn into_plan(self) -> Plan {
        let Self { id, options } = self;
        let cloud = options.wire.contains_key("cloud");
        // The runtime names a cloud session itself.
        let id = if cloud { id } else { id.or_else(|| Some(SessionId::random())) };
        let ready = if cloud { Ready::AtSessionStart } else { Ready::AtAnswer };
        Plan::new("session.create", id, ready, options)
    }
}

impl ResumeConfig {
    /// Whether the runtime leaves out the `session.resume` event.
    pub fn suppress_resume_event(mut self, yes: bool) -> Self {
        self.options.set("disableResume", yes);
        self
    }

    /// Whether work that was under way when the session ended is taken up: requests for
    /// tools and permissions can be answered still, under their old ids.
    pub fn continue_pending_work(mut self, yes: bool) -> Self {
        self.options.set("continuePendingWork", yes);
        self
    }

    pub(super) fn into_plan(self, id: SessionId) -> Plan {
        Plan::new("session.resume", Some(id), Ready::AtAnswer, self.options)
    }
}

impl JoinConfig {
    pub(super) fn into_plan(mut self, id: SessionId) -> Plan {
        // The session did not stop: nothing is resumed. Said otherwise, it is said so.
        self.options.wire.entry("disableResume").or_insert(Value::Bool(true));
        self.options.wire.entry("requestPermission").or_insert(Value::Bool(false));
        Plan::new("session.resume", Some(id), Ready::AtAnswer, self.options)
    }
}

/// What the start of a session sends, and when it is done.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) method: &'static str,
    pub(super) id: Option<SessionId>,
    pub(super) ready: Ready,
    pub(super) interests: Vec<String>,
    pub(super) params: Result<Value, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    AtAnswer,
    AtSessionStart,
}

impl Plan {
    fn new(
        method: &'static str,
        id: Option<SessionId>,
        ready: Ready,
        options: Options,
    ) -> Self {
        let Options { mut wire, interests, invalid } = options;
        for (name, value) in [
            ("toolFilterPrecedence", json!("excluded")),
            ("envValueMode", json!("direct")),
            ("includeSubAgentStreamingEvents", json!(true)),
        ] {
            wire.entry(name).or_insert(value);
        }
        if let Some(id) = &id {
            wire.insert("sessionId".into(), json!(id));
        }
        let params = invalid.map_or(Ok(Value::Object(wire)), Err);
        Self { method, id, ready, interests, params }
    }
}
