//! Wire form of the options with which a session is created or resumed.

use std::time::Duration;

use copilot_sessions::events::kinds::{ContextTier, ReasoningSummary};
use copilot_sessions::session::{
    AskUserVariant, CommandDefinition, InfiniteSessions, LargeOutput, ProviderModel,
    RemoteSession, SectionAction, Storage, ToolSearch,
};
use copilot_sessions::{
    CustomAgent, ErrorKind, McpServer, Provider, ResumeConfig, SessionConfig, SystemMessage,
    Tool,
};
use serde_json::{Value, json};

use crate::connected;

/// What the runtime is asked for by this configuration, without what every start says.
async fn asked(config: SessionConfig) -> Value {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(config.session_id("s")).start());
    let create = agent.expect("session.create").await;
    let mut params = create.params().clone();
    create.by_default();
    starting.await.unwrap().unwrap();
    for (name, value) in said_by_all() {
        assert_eq!(params.as_object_mut().unwrap().remove(name), Some(value), "{name}");
    }
    params
}

fn said_by_all() -> [(&'static str, Value); 4] {
    [
        ("sessionId", json!("s")),
        ("toolFilterPrecedence", json!("excluded")),
        ("envValueMode", json!("direct")),
        ("includeSubAgentStreamingEvents", json!(true)),
    ]
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    assert_eq!(asked(SessionConfig::new()).await, json!({}));
}

#[tokio::test]
async fn what_is_set_to_false_is_sent_as_false() {
    let config = SessionConfig::new()
        .streaming(false)
        .request_permission(false)
        .request_user_input(false)
        .request_elicitation(false)
        .request_exit_plan_mode(false)
        .request_auto_mode_switch(false)
        .request_hooks(false)
        .request_mcp_apps(false)
        .request_canvas_renderer(false)
        .request_extensions(false)
        .config_discovery(false)
        .file_hooks(false)
        .host_git_operations(false)
        .session_store(false)
        .file_change_tracking(false)
        .skip_embedding_retrieval(false)
        .experimental(false)
        .citations(false)
        .session_telemetry(false)
        .telemetry_forwarding(false)
        .enable_managed_settings(false)
        .on_demand_instructions(false)
        .custom_agents_local_only(false)
        .skills(false)
        .memory(false);
    let expected = json!({
        "streaming": false, "requestPermission": false, "requestUserInput": false,
        "requestElicitation": false, "requestExitPlanMode": false,
        "requestAutoModeSwitch": false, "hooks": false, "requestMcpApps": false,
        "requestCanvasRenderer": false, "requestExtensions": false,
        "enableConfigDiscovery": false, "enableFileHooks": false,
        "enableHostGitOperations": false, "enableSessionStore": false,
        "enableFileChangeTracking": false, "skipEmbeddingRetrieval": false,
        "isExperimentalMode": false, "enableCitations": false,
        "enableSessionTelemetry": false, "enableGitHubTelemetryForwarding": false,
        "enableManagedSettings": false, "enableOnDemandInstructionDiscovery": false,
        "customAgentsLocalOnly": false, "enableSkills": false,
        "memory": { "enabled": false },
    });
    assert_eq!(asked(config).await, expected);
}

#[tokio::test]
async fn words_paths_and_lists_go_by_their_wire_names() {
    let config = SessionConfig::new()
        .model("m")
        .reasoning_effort("high")
        .reasoning_summary(ReasoningSummary::Concise)
        .context_tier(ContextTier::LongContext)
        .model_capabilities(json!({ "supports": { "vision": true } }))
        .capi(json!({ "autoTier": "fast" }))
        .organization_custom_instructions("be kind")
        .instruction_directories(["i"])
        .available_tools(["builtin:view"])
        .excluded_tools(["mcp:*", "custom:x"])
        .agent("a")
        .excluded_builtin_agents(["b"])
        .skill_directories(["s"])
        .disabled_skills(["t"])
        .plugin_directories(["p"])
        .disabled_mcp_servers(["n"])
        .mcp_oauth_token_storage(Storage::InMemory)
        .auth_client_id_metadata_url("https://example.org/id")
        .github_mcp_tool_config(json!({ "enableAllTools": true }))
        .default_agent_excluded_tools(["edit"])
        .ask_user_variant(AskUserVariant::Elicitation)
        .canvases(json!([]))
        .canvas_provider(json!({ "id": "c" }))
        .extension_sdk_path("/sdk")
        .extension_info(json!({ "source": "o", "name": "n" }))
        .working_directory("/work")
        .additional_directories(["/more"])
        .config_directory("/config")
        .embedding_cache_storage(Storage::Persistent)
        .client_name("me")
        .traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .tracestate("vendor=1")
        .github_token("gh")
        .github_token_provider("registration")
        .remote_session(RemoteSession::Export)
        .session_limits(json!({ "maxAiCredits": 1 }))
        .feature_flags(json!({ "F": true }))
        .exp_assignments(json!({ "e": "x" }))
        .managed_settings(json!({ "permissions": {} }));
    let expected = json!({
        "model": "m", "reasoningEffort": "high", "reasoningSummary": "concise",
        "contextTier": "long_context",
        "modelCapabilities": { "supports": { "vision": true } },
        "capi": { "autoTier": "fast" },
        "organizationCustomInstructions": "be kind", "instructionDirectories": ["i"],
        "availableTools": ["builtin:view"], "excludedTools": ["mcp:*", "custom:x"],
        "agent": "a", "excludedBuiltinAgents": ["b"], "skillDirectories": ["s"],
        "disabledSkills": ["t"], "pluginDirectories": ["p"], "disabledMcpServers": ["n"],
        "mcpOAuthTokenStorage": "in-memory",
        "authClientIdMetadataUrl": "https://example.org/id",
        "githubMcpToolConfig": { "enableAllTools": true },
        "defaultAgent": { "excludedTools": ["edit"] }, "askUserVariant": "elicitation",
        "canvases": [], "canvasProvider": { "id": "c" }, "extensionSdkPath": "/sdk",
        "extensionInfo": { "source": "o", "name": "n" }, "workingDirectory": "/work",
        "additionalDirectories": ["/more"], "configDir": "/config",
        "embeddingCacheStorage": "persistent", "clientName": "me",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "vendor=1", "gitHubToken": "gh",
        "gitHubTokenProviderRegistrationId": "registration", "remoteSession": "export",
        "sessionLimits": { "maxAiCredits": 1 }, "featureFlags": { "F": true },
        "expAssignments": { "e": "x" }, "managedSettings": { "permissions": {} },
    });
    assert_eq!(asked(config).await, expected);
}

#[tokio::test]
async fn providers_and_models_are_sent_whole() {
    let azure = Provider::new("azure", "https://a")
        .name("mine")
        .bearer_token("t")
        .azure_api_version("2025")
        .header("x-team", "blue")
        .wire_api("responses")
        .transport("websockets");
    let config = SessionConfig::new()
        .provider(
            Provider::openai("http://o")
                .api_key("k")
                .model_id("gpt")
                .wire_model("deployed")
                .max_prompt_tokens(1)
                .max_output_tokens(2),
        )
        .providers([azure])
        .models([ProviderModel::new("mine", "small")
            .name("Small")
            .wire_model("w")
            .model_id("m")
            .max_prompt_tokens(3)
            .max_context_window_tokens(4)
            .max_output_tokens(5)
            .capabilities(json!({ "supports": {} }))]);
    let expected = json!({
        "provider": {
            "type": "openai", "baseUrl": "http://o", "apiKey": "k", "modelId": "gpt",
            "wireModel": "deployed", "maxPromptTokens": 1, "maxOutputTokens": 2,
        },
        "providers": [{
            "name": "mine", "type": "azure", "baseUrl": "https://a", "bearerToken": "t",
            "azure": { "apiVersion": "2025" }, "headers": { "x-team": "blue" },
            "wireApi": "responses", "transport": "websockets",
        }],
        "models": [{
            "provider": "mine", "id": "small", "name": "Small", "wireModel": "w",
            "modelId": "m", "maxPromptTokens": 3, "maxContextWindowTokens": 4,
            "maxOutputTokens": 5, "capabilities": { "supports": {} },
        }],
    });
    assert_eq!(asked(config).await, expected);
}

#[tokio::test]
async fn tools_commands_servers_and_agents_are_sent_whole() {
    let config = SessionConfig::new()
        .tools([Tool::new("t")
            .description("d")
            .parameters(json!({ "type": "object" }))
            .overrides_built_in_tool(true)
            .skip_permission(true)
            .defer("never")
            .metadata(json!(1))
            .is_terminal(false)])
        .tool_search(ToolSearch::new().enabled(true).defer_threshold(9))
        .commands([CommandDefinition::new("c", "")])
        .mcp_server(
            "local",
            McpServer::stdio("run")
                .args(["-v"])
                .env("A", "1")
                .working_directory("/d")
                .tools(["*"])
                .timeout(Duration::from_secs(2)),
        )
        .mcp_server("far", McpServer::http("https://m").header("h", "v"))
        .mcp_server("old", McpServer::sse("https://s"))
        .custom_agents([CustomAgent::new("a", "you are a")
            .display_name("A")
            .description("d")
            .tools(["view"])
            .infer(false)
            .skills(["s"])
            .model("m")
            .reasoning_effort("low")
            .mcp_server("own", McpServer::stdio("x"))]);
    let expected = json!({
        "tools": [{
            "name": "t", "description": "d", "parameters": { "type": "object" },
            "overridesBuiltInTool": true, "skipPermission": true, "defer": "never",
            "metadata": 1, "isTerminal": false,
        }],
        "toolSearch": { "enabled": true, "deferThreshold": 9 },
        "commands": [{ "name": "c", "description": "" }],
        "mcpServers": {
            "local": {
                "type": "stdio", "command": "run", "args": ["-v"], "env": { "A": "1" },
                "cwd": "/d", "tools": ["*"], "timeout": 2000,
            },
            "far": { "type": "http", "url": "https://m", "headers": { "h": "v" } },
            "old": { "type": "sse", "url": "https://s" },
        },
        "customAgents": [{
            "name": "a", "prompt": "you are a", "displayName": "A", "description": "d",
            "tools": ["view"], "infer": false, "skills": ["s"], "model": "m",
            "reasoningEffort": "low",
            "mcpServers": { "own": { "type": "stdio", "command": "x" } },
        }],
    });
    assert_eq!(asked(config).await, expected);
}

#[tokio::test]
async fn system_messages_and_settings_are_sent_whole() {
    let config = SessionConfig::new()
        .system_message(
            SystemMessage::customize()
                .section("tone", SectionAction::Remove)
                .section_text("identity", SectionAction::Replace, "me")
                .content("more"),
        )
        .infinite_sessions(
            InfiniteSessions::new()
                .enabled(true)
                .background_compaction_threshold(0.5)
                .buffer_exhaustion_threshold(0.75),
        )
        .large_output(
            LargeOutput::new().enabled(true).max_size_bytes(9).output_directory("/o"),
        );
    let expected = json!({
        "systemMessage": {
            "mode": "customize", "content": "more",
            "sections": {
                "tone": { "action": "remove" },
                "identity": { "action": "replace", "content": "me" },
            },
        },
        "infiniteSessions": {
            "enabled": true, "backgroundCompactionThreshold": 0.5,
            "bufferExhaustionThreshold": 0.75,
        },
        "largeOutput": { "enabled": true, "maxSizeBytes": 9, "outputDir": "/o" },
    });
    assert_eq!(asked(config).await, expected);
    for (message, expected) in [
        (SystemMessage::append("a"), json!({ "mode": "append", "content": "a" })),
        (SystemMessage::replace("r"), json!({ "mode": "replace", "content": "r" })),
    ] {
        let config = SessionConfig::new().system_message(message);
        assert_eq!(asked(config).await["systemMessage"], expected);
    }
}

#[tokio::test]
async fn a_resume_has_options_of_its_own() {
    let (agent, client) = connected().await;
    agent.hold("session.resume");
    let config = ResumeConfig::new()
        .model("m")
        .suppress_resume_event(true)
        .continue_pending_work(false)
        .open_canvases(json!([]))
        .factories(json!([]))
        .requested_environment_variables(["PATH"]);
    let starting = tokio::spawn(client.resume_session("s", config).start());
    let resume = agent.expect("session.resume").await;
    let mut expected = json!({
        "model": "m", "disableResume": true, "continuePendingWork": false,
        "openCanvases": [], "factories": [], "requestedEnvironmentVariables": ["PATH"],
    });
    expected.as_object_mut().unwrap().extend(said_by_all().map(|(k, v)| (k.to_owned(), v)));
    assert_eq!(*resume.params(), expected);
    resume.reply(json!({ "sessionId": "s" }));
    starting.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_set_last_counts() {
    let config = SessionConfig::new()
        .model("a")
        .model("b")
        .option("mcpServers", json!({ "a": 1, "b": 2 }))
        .mcp_server("a", McpServer::stdio("x"))
        .option("memory", json!({ "enabled": true, "more": 1 }))
        .memory(false)
        .skills(true)
        .option("enableSkills", Value::Null)
        .option("ofTomorrow", 1);
    let expected = json!({
        "model": "b", "mcpServers": { "a": { "type": "stdio", "command": "x" }, "b": 2 },
        "memory": { "enabled": false }, "enableSkills": null, "ofTomorrow": 1,
    });
    assert_eq!(asked(config).await, expected);
}

#[tokio::test]
async fn a_value_that_json_can_not_hold_is_named_and_nothing_is_sent() {
    let (agent, client) = connected().await;
    let endless = McpServer::stdio("x").timeout(Duration::MAX);
    for (config, option) in [
        (SessionConfig::new().mcp_server("m", endless.clone()), "`mcpServers`"),
        (
            SessionConfig::new()
                .custom_agents([CustomAgent::new("a", "").mcp_server("m", endless)]),
            "`customAgents`",
        ),
    ] {
        let error = client.create_session(config).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
        let said = error.to_string();
        assert!(said.contains(option) && said.contains("number out of range"), "{said}");
    }
    assert_eq!(agent.count("session.create"), 0);
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let config = SessionConfig::new()
        .github_token("secret")
        .provider(Provider::openai("http://o").api_key("secret").header("h", "secret"))
        .mcp_server("m", McpServer::stdio("x").env("K", "secret").args(["secret"]));
    let provider = Provider::openai("u").api_key("secret").bearer_token("secret");
    let server = McpServer::http("https://u").header("h", "secret");
    let shown = format!("{config:?} {provider:?} {server:?}");
    assert!(!shown.contains("secret"), "{shown}");
}
