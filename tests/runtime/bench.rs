//! What a scenario stands on: a binary, a home of its own, and a model of its own.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use copilot_sessions::testing::model::ScriptedModel;
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, Provider, ResumeConfig, RuntimeCommand, SessionConfig,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A safety net: no scenario takes a quarter of it on an idle machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A runtime takes up to 0.5 GB in a burst, so a machine with many cores does not run as
/// many scenarios at once as it could.
static SEATS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));

/// The variable by which a test binary that a test starts knows that it is the child.
pub(crate) const CHILD: &str = "COPILOT_SESSIONS_TEST_CHILD";

/// The program under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Runtime,
    Cli,
}

impl Binary {
    pub(crate) fn path(self) -> PathBuf {
        let variable = match self {
            Self::Runtime => "COPILOT_SESSIONS_RUNTIME",
            Self::Cli => "COPILOT_SESSIONS_CLI",
        };
        match std::env::var_os(variable) {
            Some(path) if !path.is_empty() => path.into(),
            _ => panic!(
                "{variable} does not name a program: run these tests with `cargo xtask test`, \
                 or after `export $(cargo xtask setup --print)`"
            ),
        }
    }
}

/// Runs a scenario to its end, or to the end of its time.
pub(crate) fn run(binary: Binary, scenario: impl AsyncFnOnce(Bench)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let _seat = SEATS.acquire().await.unwrap();
        let bench = Bench::new(binary).await;
        timeout(LIMIT, scenario(bench)).await.expect("the scenario hangs");
    });
}

/// Everything here is gone at the end of the scenario.
pub(crate) struct Bench {
    pub(crate) binary: Binary,
    pub(crate) model: ScriptedModel,
    home: TempDir,
    work: TempDir,
}

impl Bench {
    async fn new(binary: Binary) -> Self {
        Self {
            binary,
            model: ScriptedModel::start().await.unwrap(),
            home: tempfile::tempdir().unwrap(),
            work: tempfile::tempdir().unwrap(),
        }
    }

    /// The directory that sessions work in.
    pub(crate) fn work(&self) -> &Path {
        self.work.path()
    }

    /// Where the runtime keeps its state.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self) -> RuntimeCommand {
        // Nobody is signed in, whoever runs this.
        ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]
            .into_iter()
            .fold(RuntimeCommand::at(self.binary.path()), RuntimeCommand::env_remove)
            .base_directory(self.home())
            .working_directory(self.work())
            .log_level("error")
    }

    pub(crate) fn options(&self) -> ClientOptions {
        ClientOptions::stdio(self.command()).use_logged_in_user(false)
    }

    /// A client with a runtime process of its own.
    pub(crate) async fn client(&self) -> Client {
        Client::start(self.options()).await.unwrap()
    }

    pub(crate) fn provider(&self) -> Provider {
        Provider::openai(self.model.base_url()).api_key(self.model.api_key())
    }

    pub(crate) fn config(&self) -> SessionConfig {
        SessionConfig::new()
            .provider(self.provider())
            .model(self.model.name())
            .working_directory(self.work())
            .streaming(true)
    }

    pub(crate) fn resume_config(&self) -> ResumeConfig {
        ResumeConfig::new()
            .provider(self.provider())
            .model(self.model.name())
            .working_directory(self.work())
            .streaming(true)
    }

    /// A client and an active session of it.
    pub(crate) async fn session(&self) -> (Client, ActiveSession) {
        let client = self.client().await;
        let session = client.create_session(self.config()).await.unwrap();
        (client, session)
    }
}
