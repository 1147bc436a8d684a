//! Forms: what an MCP server, a tool or the runtime asks the user to fill in.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::{Value, json};

use crate::events::kinds::{ElicitationRequested, ElicitationRequestedMode};
use crate::session::handlers::context::{Context, context_methods};
use crate::session::handlers::function::{Function, guarded};

/// A form for the user to fill in, or a page to look at.
#[derive(Clone, Debug)]
pub struct ElicitationRequest {
    context: Context,
    request: Box<ElicitationRequested>,
}

context_methods!(ElicitationRequest);

impl ElicitationRequest {
    pub(super) fn new(context: Context, request: ElicitationRequested) -> Self {
        Self { context, request: Box::new(request) }
    }

    /// What the user is asked.
    pub fn message(&self) -> &str {
        &self.request.message
    }

    /// The fields of the form by name, each as a JSON Schema; none for a page.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        let schema = self.request.requested_schema.iter();
        schema.flat_map(|it| &it.properties).map(|(name, field)| (name.as_str(), field))
    }

    /// The page to look at, if it is no form.
    pub fn url(&self) -> Option<&str> {
        let is_page = self.request.mode == Some(ElicitationRequestedMode::Url);
        self.request.url.as_deref().filter(|_| is_page)
    }

    /// Who asks, such as the name of an MCP server; `None` if the runtime does not say.
    pub fn source(&self) -> Option<&str> {
        self.request.elicitation_source.as_deref()
    }

    /// All that the runtime says of it.
    pub fn requested(&self) -> &ElicitationRequested {
        &self.request
    }
}

/// What the user has done with a form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ElicitationAnswer {
    /// Filled it in: the values by the names of the fields. Empty for a page that was looked at.
    Accept(BTreeMap<String, Value>),
    /// Said no.
    Decline,
    /// Closed it, and said nothing.
    Cancel,
}

impl ElicitationAnswer {
    /// Filled in with one value.
    pub fn accept_one(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Accept(BTreeMap::from([(field.into(), value.into())]))
    }

    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Accept(content) => json!({ "action": "accept", "content": content }),
            Self::Decline => json!({ "action": "decline" }),
            Self::Cancel => json!({ "action": "cancel" }),
        }
    }
}

/// The function that answers.
#[derive(Clone, Debug)]
pub(in crate::session) struct ElicitationHandler(
    Function<ElicitationRequest, ElicitationAnswer>,
);

impl ElicitationHandler {
    pub(in crate::session) fn new<F, R>(function: F) -> Self
    where
        F: FnOnce(ElicitationRequest) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ElicitationAnswer> + Send + 'static,
    {
        Self(Function::new(function))
    }

    /// One that fails says nothing.
    pub(super) async fn answer(self, request: ElicitationRequest) -> ElicitationAnswer {
        guarded(None, self.0.call(request)).await.unwrap_or(ElicitationAnswer::Cancel)
    }
}
