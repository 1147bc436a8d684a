//! Options about the program, the machine and the services around a session.

/// The options that all three ways to start have in common: the second half.
macro_rules! surroundings_options {
    ($config:ident) => {
        impl $config {
            $crate::session::config::setters::setters! {
                /// Whether the model's answers come piece by piece, as delta events, before
                /// they are complete. Applies to every client of the session: one that joins
                /// without it turns it off for all.
                flag streaming = "streaming";
                /// Whether those of sub-agents come as well; yes unless set.
                flag sub_agent_streaming = "includeSubAgentStreamingEvents";

                /// Whether permissions are asked for, as `permission.requested` events that
                /// some client answers. Without it every tool that needs one is refused.
                flag request_permission = "requestPermission";
                /// Whether the agent may ask the user, by `userInput.request`.
                flag request_user_input = "requestUserInput";
                /// Whether forms are asked for, by `elicitation.requested` events.
                flag request_elicitation = "requestElicitation";
                /// Whether the end of the plan mode is asked for, by `exitPlanMode.request`.
                flag request_exit_plan_mode = "requestExitPlanMode";
                /// Whether a change of the mode is asked for, by `autoModeSwitch.request`.
                flag request_auto_mode_switch = "requestAutoModeSwitch";
                /// Whether every hook is asked for, by `hooks.invoke`. One that nobody
                /// answers blocks the turn; one that is answered by an error counts as
                /// passed.
                flag hooks = "hooks";
                /// How the built-in tool `ask_user` asks.
                value ask_user_variant(AskUserVariant) = "askUserVariant";
                /// Whether MCP servers may show user interfaces of their own.
                flag request_mcp_apps = "requestMcpApps";
                /// Canvases that this program shows.
                json canvases = "canvases";
                /// Whether the agent is given the tools to show canvases.
                flag request_canvas_renderer = "requestCanvasRenderer";
                /// The identity under which canvases are found again by a later connection.
                json canvas_provider = "canvasProvider";
                /// Whether extensions are managed over this connection.
                flag request_extensions = "requestExtensions";
                /// The SDK that extensions are given instead of the runtime's own.
                path extension_sdk_path = "extensionSdkPath";
                /// The identity of the extension that this program is.
                json extension_info = "extensionInfo";

                /// The directory that the session works in.
                path working_directory = "workingDirectory";
                /// Directories that the agent may use beside it; relative ones are within it.
                paths additional_directories = "additionalDirectories";
                /// The directory of the session's configuration and state.
                path config_directory = "configDir";
                /// Whether configuration is looked for in the usual places.
                flag config_discovery = "enableConfigDiscovery";
                /// Whether hooks are loaded from the repository's files.
                flag file_hooks = "enableFileHooks";
                /// Whether git is run on this machine: branch, status, history.
                flag host_git_operations = "enableHostGitOperations";
                /// Whether what is said is kept for searches across sessions.
                flag session_store = "enableSessionStore";
                /// Whether changes of files are kept, to be shown and undone.
                flag file_change_tracking = "enableFileChangeTracking";
                /// Whether no embeddings are used to find things: they are shared by
                /// sessions.
                flag skip_embedding_retrieval = "skipEmbeddingRetrieval";
                /// Where embeddings are kept.
                value embedding_cache_storage(Storage) = "embeddingCacheStorage";
                /// How a long conversation is kept within the model's context.
                value infinite_sessions(InfiniteSessions) = "infiniteSessions";
                /// What becomes of a tool's output that is too large for the model.
                value large_output(LargeOutput) = "largeOutput";

                /// What the program is called in requests to services.
                text client_name = "clientName";
                /// Whether experimental features are on.
                flag experimental = "isExperimentalMode";
                /// Whether models cite where that is possible.
                flag citations = "enableCitations";
                /// Whether the runtime reports on the session to its maker.
                flag session_telemetry = "enableSessionTelemetry";
                /// Whether these reports come to this client too.
                flag telemetry_forwarding = "enableGitHubTelemetryForwarding";
                /// The trace that the session is part of, as the header of W3C's Trace Context.
                text traceparent = "traceparent";
                /// What vendors add to that trace.
                text tracestate = "tracestate";
                /// The GitHub user that the session works for, by a token.
                text github_token = "gitHubToken";
                /// The same, by a registration under which the runtime asks for tokens.
                text github_token_provider =
                    "gitHubTokenProviderRegistrationId";
                /// What of the session goes to GitHub.
                value remote_session(RemoteSession) = "remoteSession";
                /// Limits of the session, such as `maxAiCredits`.
                json session_limits = "sessionLimits";
                /// Flags of features, by name.
                json feature_flags = "featureFlags";
                /// Experiments that the session is part of.
                json exp_assignments = "expAssignments";
                /// Whether the runtime fetches an enterprise's settings.
                flag enable_managed_settings = "enableManagedSettings";
                /// An enterprise's settings.
                json managed_settings = "managedSettings";
            }

            /// Whether the agent remembers across sessions.
            pub fn memory(mut self, enabled: bool) -> Self {
                self.options.set("memory", json!({ "enabled": enabled }));
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

pub(super) use surroundings_options;
