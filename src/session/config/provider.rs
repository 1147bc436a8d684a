//! Model providers: endpoints with a key of the user's own, and the models that they serve.

use serde::Serialize;
use serde_json::{Value, json};

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// A model endpoint with a key of the user's own, instead of GitHub's (bring your own key).
///
/// # Examples
///
/// ```
/// use copilot_sessions::{Provider, SessionConfig};
///
/// let config = SessionConfig::new()
///     .model("llama3.2")
///     .provider(Provider::openai("http://localhost:11434/v1"));
/// # let _ = config;
/// ```
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct Provider {
    options: Options,
}

impl Provider {
    /// An endpoint that speaks OpenAI's protocol.
    pub fn openai(base_url: impl Into<String>) -> Self {
        Self::new("openai", base_url)
    }

    /// An endpoint of this type: `openai`, `azure` or `anthropic`.
    ///
    /// The runtime treats a type that it does not know as `openai`.
    pub fn new(r#type: impl Into<String>, base_url: impl Into<String>) -> Self {
        let options =
            Options::default().with("type", r#type.into()).with("baseUrl", base_url.into());
        Self { options }
    }

    setters! {
        /// Name by which a [`ProviderModel`] refers to this endpoint; without `/`.
        ///
        /// Required in [`SessionConfig::providers`](crate::SessionConfig::providers) only.
        text name = "name";
        /// API key.
        ///
        /// Some runtimes replace every occurrence of the key in the text of events. A key
        /// that is a common word garbles them.
        secret api_key = "apiKey";
        /// Token for the `Authorization` header. Takes precedence over an API key.
        secret bearer_token = "bearerToken";
        /// Variant of the protocol: `completions` or `responses`. `completions` unless set.
        text wire_api = "wireApi";
        /// Transport of the variant `responses`: `http` or `websockets`. `http` unless set.
        text transport = "transport";
        /// Adds an HTTP header to every request to the endpoint.
        secret_entry header = "headers";
        /// ID of a well-known model whose tools, prompts and limits the runtime uses. The
        /// session's model unless set.
        text model_id = "modelId";
        /// Name of the model at the endpoint. The [`model_id`](Self::model_id) unless set.
        text wire_model = "wireModel";
        /// Maximum number of tokens in a prompt. The runtime compacts the conversation
        /// before it sends a longer one.
        value max_prompt_tokens(u64) = "maxPromptTokens";
        /// Maximum number of tokens in an answer. A longer answer is cut off.
        value max_output_tokens(u64) = "maxOutputTokens";
    }

    /// Version of the Azure API. The route without a version unless set.
    pub fn azure_api_version(mut self, version: impl Into<String>) -> Self {
        self.options.set("azure", json!({ "apiVersion": version.into() }));
        self
    }
}

// Keys, tokens and headers are secrets; of the URL, user and query are left out.
debug_shows!(Provider, |option| matches!(option, "type" | "baseUrl"));

/// A model that a named [`Provider`] serves.
///
/// It is selected as `provider/id`, beside the models that the runtime offers.
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct ProviderModel {
    options: Options,
}

impl ProviderModel {
    /// The model `id` at the provider with this name.
    pub fn new(provider: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            options: Options::default().with("provider", provider.into()).with("id", id.into()),
        }
    }

    setters! {
        /// Name that user interfaces show. `provider/id` unless set.
        text name = "name";
        /// Name of the model at the endpoint. The model's ID unless set.
        text wire_model = "wireModel";
        /// ID of a well-known model whose tools, prompts and limits the runtime uses. The
        /// model's ID unless set.
        text model_id = "modelId";
        /// Maximum number of tokens in a prompt.
        value max_prompt_tokens(u64) = "maxPromptTokens";
        /// Number of tokens in the context window.
        value max_context_window_tokens(u64) = "maxContextWindowTokens";
        /// Maximum number of tokens in an answer.
        value max_output_tokens(u64) = "maxOutputTokens";
        /// Overrides of what the runtime assumes the model can do, such as `vision`,
        /// `tool_calls` or `reasoning`.
        value capabilities(Value) = "capabilities";
    }
}

debug_shows!(ProviderModel, |_| true);
