//! Options of what the agent may use: tools, commands, MCP servers, agents, skills, plugins.

use serde_json::json;

use crate::session::config::choices::Storage;
use crate::session::config::context_window::ToolSearch;
use crate::session::config::custom_agent::CustomAgent;
use crate::session::config::mcp_server::McpServer;
use crate::session::config::setters::{for_each_config, setters};
use crate::session::config::tools::{CommandDefinition, Tool};

for_each_config! {
    setters! {
        /// The only tools that are enabled, by name or pattern: `builtin:view`, `mcp:*`,
        /// `custom:x`. All tools unless set.
        texts available_tools = "availableTools";
        /// Disabled tools, by name or pattern. Takes precedence over
        /// [`available_tools`](Self::available_tools).
        texts excluded_tools = "excludedTools";
        /// Tool search: the model looks tools up when it needs them.
        value tool_search(ToolSearch) = "toolSearch";
        /// Client-provided slash commands that this client only declares: whoever reads the event
        /// `command.execute` runs them. Set before any [`command`](Self::command).
        list commands(CommandDefinition) = "commands";

        /// Adds an MCP server with this name.
        entry mcp_server(McpServer) = "mcpServers";
        /// Disabled MCP servers, by name: servers that are configured elsewhere and are not
        /// started.
        texts disabled_mcp_servers = "disabledMcpServers";
        /// Where OAuth tokens for MCP servers are kept. In memory unless set.
        value mcp_oauth_token_storage(Storage) = "mcpOAuthTokenStorage";
        /// URL of the OAuth client ID metadata document that identifies this program to MCP
        /// servers.
        text auth_client_id_metadata_url = "authClientIdMetadataUrl";
        /// Configuration of the built-in GitHub MCP server.
        json github_mcp_tool_config = "githubMcpToolConfig";

        /// Custom agents, to which the main agent can delegate work.
        list custom_agents(CustomAgent) = "customAgents";
        /// Keeps custom agents on this machine: none is dispatched to a remote worker. Off
        /// unless set.
        flag custom_agents_local_only = "customAgentsLocalOnly";
        /// Name of the custom agent that the session starts with.
        text agent = "agent";
        /// Disabled built-in agents, by name.
        texts excluded_builtin_agents = "excludedBuiltinAgents";

        /// Enables skills. `false` disables all, also those of
        /// [`skill_directories`](Self::skill_directories). As
        /// [`config_discovery`](Self::config_discovery) unless set.
        flag skills = "enableSkills";
        /// Directories from which skills are loaded.
        paths skill_directories = "skillDirectories";
        /// Disabled skills, by name.
        texts disabled_skills = "disabledSkills";
        /// Directories from which plugins are loaded.
        paths plugin_directories = "pluginDirectories";
    }

    /// Adds a client-provided tool. Its name must be another than those of the other tools.
    pub fn tool(mut self, tool: Tool) -> Self {
        self.handlers.add_tool(tool.name(), tool.handler());
        self.options.append("tools", tool);
        self
    }

    /// Adds client-provided tools.
    pub fn tools(self, tools: impl IntoIterator<Item = Tool>) -> Self {
        tools.into_iter().fold(self, Self::tool)
    }

    /// Tools that the main agent can't use, while custom agents can.
    pub fn default_agent_excluded_tools(
        mut self,
        tools: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let tools: Vec<String> = tools.into_iter().map(Into::into).collect();
        self.options.set("defaultAgent", json!({ "excludedTools": tools }));
        self
    }
}
