//! Options about the model, what it is told and what it may use.

/// The options that all three ways to start have in common: the first half.
macro_rules! model_options {
    ($config:ident) => {
        impl $config {
            $crate::session::config::setters::setters! {
                /// The model, by its id.
                text model = "model";
                /// How long the model thinks, where it lets one choose: `low`, `medium`,
                /// `high`, `xhigh` or `max`.
                text reasoning_effort = "reasoningEffort";
                /// Whether the model sums up what it thought, where it lets one choose.
                value reasoning_summary(ReasoningSummary) = "reasoningSummary";
                /// How much context the model is given, where it lets one choose.
                value context_tier(ContextTier) = "contextTier";
                /// What the model can do, where the runtime assumes otherwise.
                json model_capabilities = "modelCapabilities";
                /// A model endpoint of the user's own, for the whole session.
                value provider(Provider) = "provider";
                /// Named endpoints of the user's own, beside GitHub's; [`models`] says which
                /// models they have.
                ///
                /// [`models`]: Self::models
                list providers(Provider) = "providers";
                /// Models at named endpoints.
                list models(ProviderModel) = "models";
                /// Options of GitHub's own endpoint.
                json capi = "capi";
                /// What the agent is told before the conversation begins.
                value system_message(SystemMessage) = "systemMessage";
                /// Rules of an organisation, for the system message.
                text organization_custom_instructions = "organizationCustomInstructions";
                /// Directories to look for files with instructions in, beside the usual ones.
                paths instruction_directories = "instructionDirectories";
                /// Whether files with instructions are looked for next to every file that
                /// the agent views.
                flag on_demand_instructions = "enableOnDemandInstructionDiscovery";

                /// Tools of this program's.
                list tools(ToolDefinition) = "tools";
                /// The only tools that there are, by name or pattern: `builtin:view`,
                /// `mcp:*`, `custom:x`.
                texts available_tools = "availableTools";
                /// Tools that there are not, by name or pattern; they go before
                /// [`available_tools`](Self::available_tools).
                texts excluded_tools = "excludedTools";
                /// When tools are kept from the model until it searches for them.
                value tool_search(ToolSearch) = "toolSearch";
                /// Slash commands of this program's.
                list commands(CommandDefinition) = "commands";

                /// Agents that the session's agent can hand work to.
                list custom_agents(CustomAgent) = "customAgents";
                /// Whether these never run on other machines.
                flag custom_agents_local_only = "customAgentsLocalOnly";
                /// The custom agent that the session begins with.
                text agent = "agent";
                /// Built-in agents that there are not.
                texts excluded_builtin_agents = "excludedBuiltinAgents";
                /// Whether there are skills at all.
                flag skills = "enableSkills";
                /// Directories to load skills from.
                paths skill_directories = "skillDirectories";
                /// Skills that there are not.
                texts disabled_skills = "disabledSkills";
                /// Directories of plugins to load.
                paths plugin_directories = "pluginDirectories";

                /// MCP servers, by name, that are configured elsewhere and not started.
                texts disabled_mcp_servers = "disabledMcpServers";
                /// Where tokens for MCP servers are kept.
                value mcp_oauth_token_storage(Storage) = "mcpOAuthTokenStorage";
                /// The document that says to MCP servers who this program is.
                text auth_client_id_metadata_url = "authClientIdMetadataUrl";
                /// How the built-in GitHub MCP server is set up.
                json github_mcp_tool_config = "githubMcpToolConfig";
            }

            /// Adds an MCP server under this name.
            pub fn mcp_server(mut self, name: impl Into<String>, server: McpServer) -> Self {
                self.options.add("mcpServers", name.into(), server);
                self
            }

            /// Tools that the session's own agent does not have, while custom agents may.
            pub fn default_agent_excluded_tools(
                mut self,
                tools: impl IntoIterator<Item = impl Into<String>>,
            ) -> Self {
                let tools: Vec<String> = tools.into_iter().map(Into::into).collect();
                self.options.set("defaultAgent", json!({ "excludedTools": tools }));
                self
            }
        }
    };
}

pub(super) use model_options;
