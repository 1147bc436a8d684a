//! Model endpoints of the user's own.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::session::config::setters::members;

/// A model endpoint of the user's own, instead of GitHub's.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Provider {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    r#type: String,
    base_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire_api: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    azure: Option<Value>,
    #[serde(rename = "headers", skip_serializing_if = "BTreeMap::is_empty")]
    header: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
}

impl Provider {
    /// An endpoint that speaks OpenAI's protocol.
    pub fn openai(base_url: impl Into<String>) -> Self {
        Self::new("openai", base_url)
    }

    /// An endpoint of this type: `openai`, `azure` or `anthropic`. A runtime takes a type
    /// that it does not know for `openai`.
    pub fn new(r#type: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            name: None,
            r#type: r#type.into(),
            base_url: base_url.into(),
            api_key: None,
            bearer_token: None,
            wire_api: None,
            transport: None,
            azure: None,
            header: BTreeMap::new(),
            model_id: None,
            wire_model: None,
            max_prompt_tokens: None,
            max_output_tokens: None,
        }
    }

    members! {
        /// The name by which a [`ProviderModel`] means this endpoint; without `/`. Needed
        /// in a list of providers only.
        text name;
        /// The key. Some runtimes blank out every occurrence of it in the events' text, so
        /// one that is a common word garbles them.
        text api_key;
        /// A token for the header `Authorization`; it goes before a key.
        text bearer_token;
        /// The protocol's variant: `completions` or `responses`.
        text wire_api;
        /// How the variant `responses` is spoken: `http` or `websockets`.
        text transport;
        /// Adds a header to every request to the endpoint.
        entry header;
        /// The well-known model that this one behaves like: the runtime takes tools,
        /// prompts and limits from it.
        text model_id;
        /// The model's name at the endpoint, where it differs.
        text wire_model;
        /// How many tokens a prompt may have; beyond, the conversation is compacted first.
        value max_prompt_tokens(u64);
        /// How many tokens an answer may have; beyond, it is cut off.
        value max_output_tokens(u64);
    }

    /// The version of Azure's API; without one, the route that has none.
    pub fn azure_api_version(mut self, version: impl Into<String>) -> Self {
        self.azure = Some(json!({ "apiVersion": version.into() }));
        self
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys, tokens and headers stay out.
        f.debug_struct("Provider")
            .field("type", &self.r#type)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// A model at a named [`Provider`], which can be selected as `provider/id` beside those
/// that the runtime offers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct ProviderModel {
    id: String,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_context_window_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Value>,
}

impl ProviderModel {
    /// The model `id` at the provider of this name.
    pub fn new(provider: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            provider: provider.into(),
            name: None,
            wire_model: None,
            model_id: None,
            max_prompt_tokens: None,
            max_context_window_tokens: None,
            max_output_tokens: None,
            capabilities: None,
        }
    }

    members! {
        /// What pickers call it; `provider/id` unless set.
        text name;
        /// The model's name at the endpoint; the id unless set.
        text wire_model;
        /// The well-known model that this one behaves like; the id unless set.
        text model_id;
        /// How many tokens a prompt may have.
        value max_prompt_tokens(u64);
        /// How many tokens fit into the context.
        value max_context_window_tokens(u64);
        /// How many tokens an answer may have.
        value max_output_tokens(u64);
        /// What the model can do (`vision`, `tool_calls`, `reasoning`, …), where the
        /// runtime assumes otherwise.
        value capabilities(Value);
    }
}
