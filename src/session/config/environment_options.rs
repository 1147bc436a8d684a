//! Options of the session's environment: directories, storage, GitHub account, telemetry,
//! policy.

use serde_json::json;

use crate::session::config::choices::{RemoteSession, Storage};
use crate::session::config::setters::{for_each_config, setters};

for_each_config! {
    setters! {
        /// Working directory of the session.
        path working_directory = "workingDirectory";
        /// Directories that the agent may use beside the working directory. Relative paths
        /// are relative to it.
        ///
        /// Configuration in these directories is trusted.
        paths additional_directories = "additionalDirectories";
        /// Directory of the session's configuration and state.
        path config_directory = "configDir";
        /// Enables discovery of configuration in the usual places. Off unless set.
        ///
        /// What is configured here takes precedence over what is discovered.
        flag config_discovery = "enableConfigDiscovery";
        /// Enables hooks from the repository's files (`.github/hooks`).
        flag file_hooks = "enableFileHooks";
        /// Enables git on this machine, for branch, status and history in the system
        /// message.
        flag host_git_operations = "enableHostGitOperations";

        /// Enables the store that makes conversations searchable across sessions.
        flag session_store = "enableSessionStore";
        /// Enables tracking of file changes, by which they can be shown and undone. Off
        /// unless set.
        flag file_change_tracking = "enableFileChangeTracking";
        /// Disables retrieval by embeddings, whose cache is shared by sessions.
        flag skip_embedding_retrieval = "skipEmbeddingRetrieval";
        /// Where embeddings are cached.
        value embedding_cache_storage(Storage) = "embeddingCacheStorage";

        /// Token of the GitHub user that the session works for. The runtime's own sign-in
        /// unless set.
        secret github_token = "gitHubToken";
        /// ID of a token provider's registration, under which the runtime asks this client
        /// for GitHub tokens. Replaces [`github_token`](Self::github_token).
        text github_token_provider = "gitHubTokenProviderRegistrationId";
        /// What the session sends to GitHub. [`Off`](RemoteSession::Off) unless set.
        value remote_session(RemoteSession) = "remoteSession";
        /// Limits of the session, such as `maxAiCredits`.
        json session_limits = "sessionLimits";
        /// Enables fetching of the enterprise's settings for the user of
        /// [`github_token`](Self::github_token). Off unless set.
        flag enable_managed_settings = "enableManagedSettings";
        /// An enterprise's settings, provided by this client. They add restrictions to
        /// those that are fetched.
        json managed_settings = "managedSettings";

        /// Name of this program in requests to services.
        text client_name = "clientName";
        /// Enables the session's telemetry to GitHub. On for sessions that are signed in to
        /// GitHub unless set, always off with a [`provider`](Self::provider).
        flag session_telemetry = "enableSessionTelemetry";
        /// Forwards the telemetry to this client too, as `gitHubTelemetry.event`
        /// notifications.
        flag telemetry_forwarding = "enableGitHubTelemetryForwarding";
        /// Trace that the session is part of, as a W3C Trace Context `traceparent` header.
        text traceparent = "traceparent";
        /// Vendor data of the trace, as a W3C Trace Context `tracestate` header.
        text tracestate = "tracestate";

        /// Enables experimental features.
        flag experimental = "isExperimentalMode";
        /// Enables citations in answers, for models that support them. Off unless set.
        flag citations = "enableCitations";
        /// Feature flags, by name.
        json feature_flags = "featureFlags";
        /// Experiments that the session is part of.
        json exp_assignments = "expAssignments";
    }

    /// Enables the agent's memory across turns and sessions.
    pub fn memory(mut self, enabled: bool) -> Self {
        self.options.set("memory", json!({ "enabled": enabled }));
        self
    }
}
