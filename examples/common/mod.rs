//! What the examples share: a runtime, and a model to go with it.

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::testing::model::{Reply, ScriptedModel};
use copilot_sessions::{
    Client, ClientOptions, Provider, ResumeConfig, RuntimeCommand, SessionConfig,
};

/// Whatever goes wrong in an example.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A client, and the configuration that gives its sessions a model.
pub(crate) struct Setup {
    pub(crate) client: Client,
    pub(crate) provider: Option<Provider>,
    /// Answers for as long as it lives.
    #[allow(dead_code, reason = "most examples give their answers by `new`")]
    pub(crate) model: Option<ScriptedModel>,
}

impl Setup {
    /// The best there is: the runtime that is installed, with
    ///
    /// - the model endpoint that `COPILOT_PROVIDER_URL` names (`COPILOT_PROVIDER_KEY`,
    ///   `COPILOT_MODEL`), or else
    /// - the user who is signed in, or else
    /// - a scripted model on a loopback port, which needs no network and no account.
    ///
    /// With `COPILOT_SESSIONS_SCRIPTED=1` a scripted agent takes the runtime's place.
    pub(crate) async fn new(answer: fn(&str) -> String) -> Result<Self> {
        if std::env::var_os("COPILOT_SESSIONS_SCRIPTED").is_some() {
            eprintln!("# no runtime: the embedded scripted agent answers");
            let agent = ScriptedAgent::new();
            agent.answer_with(answer);
            let client = agent.connect(ClientOptions::new()).await?;
            return Ok(Self { client, provider: None, model: None });
        }
        let client = Self::another_client().await?;
        let version = client.runtime().version.as_deref().unwrap_or("of unknown version");
        eprintln!("# runtime {version}");
        if let Ok(url) = std::env::var("COPILOT_PROVIDER_URL") {
            eprintln!("# model endpoint {url}");
            let key = std::env::var("COPILOT_PROVIDER_KEY").unwrap_or_default();
            let provider = Some(Provider::openai(url).api_key(key));
            return Ok(Self { client, provider, model: None });
        }
        if client.auth_status().await?.is_authenticated {
            eprintln!("# the signed-in user's model");
            return Ok(Self { client, provider: None, model: None });
        }
        eprintln!("# nobody is signed in: a scripted model on a loopback port answers");
        let model = ScriptedModel::start().await?;
        model.respond_with(move |request| Reply::text(answer(&request.prompt())));
        let provider = Some(Provider::openai(model.base_url()).api_key(model.api_key()));
        Ok(Self { client, provider, model: Some(model) })
    }

    /// A client with a runtime process of its own.
    pub(crate) async fn another_client() -> Result<Client> {
        let command = RuntimeCommand::new().log_level("error");
        Ok(Client::start(ClientOptions::stdio(command)).await?)
    }

    /// A configuration for a new session.
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

    /// The same for a session that goes on: endpoints and keys are not persisted.
    #[allow(dead_code, reason = "most examples resume nothing")]
    pub(crate) fn resume_config(&self) -> ResumeConfig {
        let config = ResumeConfig::new().streaming(true);
        match &self.provider {
            Some(provider) => config.provider(provider.clone()),
            None => config,
        }
    }
}
