//! Shared setup of the examples: a client, and a model for its sessions.

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::testing::model::{Reply, ScriptedModel};
use copilot_sessions::{
    Client, ClientOptions, Provider, ResumeConfig, RuntimeCommand, SessionConfig,
};

/// The result of an example, with any error.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A client, and the configuration that gives its sessions a model.
pub(crate) struct Setup {
    pub(crate) client: Client,
    pub(crate) provider: Option<Provider>,
    /// The scripted model, which answers until it is dropped.
    #[allow(dead_code, reason = "most examples set the answers with `new`")]
    pub(crate) model: Option<ScriptedModel>,
}

impl Setup {
    /// Starts the installed runtime and chooses a model, the first of these:
    ///
    /// - the endpoint `COPILOT_PROVIDER_URL`, with the key `COPILOT_PROVIDER_KEY` and the model
    ///   name `COPILOT_MODEL`;
    /// - the model of the signed-in user;
    /// - a scripted model on a loopback port, which needs no network and no account. `answer`
    ///   makes its answers.
    ///
    /// With `COPILOT_SESSIONS_SCRIPTED=1` the scripted agent replaces the runtime.
    pub(crate) async fn new(answer: fn(&str) -> String) -> Result<Self> {
        if std::env::var_os("COPILOT_SESSIONS_SCRIPTED").is_some() {
            eprintln!("# no runtime: the scripted agent answers");
            let agent = ScriptedAgent::new();
            agent.answer_with(answer);
            let client = agent.connect(ClientOptions::new()).await?;
            return Ok(Self { client, provider: None, model: None });
        }
        let client = Self::another_client().await?;
        let version =
            client.runtime().version.unwrap_or_else(|| "of unknown version".to_owned());
        eprintln!("# runtime {version}");
        if let Ok(url) = std::env::var("COPILOT_PROVIDER_URL") {
            eprintln!("# model endpoint {url}");
            let key = std::env::var("COPILOT_PROVIDER_KEY").unwrap_or_default();
            let provider = Some(Provider::openai(url).api_key(key));
            return Ok(Self { client, provider, model: None });
        }
        if client.auth_status().await?.is_authenticated {
            eprintln!("# model of the signed-in user");
            return Ok(Self { client, provider: None, model: None });
        }
        eprintln!("# nobody is signed in: the scripted model answers");
        let model = ScriptedModel::start().await?;
        model.respond_with(move |request| Reply::text(answer(&request.prompt())));
        let provider = Some(Provider::openai(model.base_url()).api_key(model.api_key()));
        Ok(Self { client, provider, model: Some(model) })
    }

    /// Starts a client with its own runtime process.
    pub(crate) async fn another_client() -> Result<Client> {
        let command = RuntimeCommand::new().log_level("error");
        Ok(Client::start(ClientOptions::stdio(command)).await?)
    }

    /// The configuration of a new session.
    pub(crate) fn config(&self) -> SessionConfig {
        let config = SessionConfig::new().streaming(true);
        let model = std::env::var("COPILOT_MODEL").ok();
        match (&self.provider, model) {
            (Some(provider), model) => config
                .provider(provider.clone())
                .model(model.unwrap_or_else(|| "scripted-model".into())),
            (None, Some(model)) => config.model(model),
            (None, None) => config,
        }
    }

    /// The configuration of a resumed session. It names the provider again, because runtimes do
    /// not persist endpoints and keys.
    #[allow(dead_code, reason = "most examples do not resume a session")]
    pub(crate) fn resume_config(&self) -> ResumeConfig {
        let config = ResumeConfig::new().streaming(true);
        match &self.provider {
            Some(provider) => config.provider(provider.clone()),
            None => config,
        }
    }
}
