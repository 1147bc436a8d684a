use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::*;

fn sent(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn an_option_that_is_not_set_is_not_sent() {
    for (object, expected) in [
        (sent(InfiniteSessions::new()), json!({})),
        (sent(LargeOutput::new()), json!({})),
        (sent(ToolSearch::new()), json!({})),
        (sent(Tool::new("t")), json!({ "name": "t" })),
        (sent(CommandDefinition::new("c", "d")), json!({ "name": "c", "description": "d" })),
        (sent(McpServer::stdio("run")), json!({ "type": "stdio", "command": "run" })),
        (sent(McpServer::http("u")), json!({ "type": "http", "url": "u" })),
        (sent(McpServer::sse("u")), json!({ "type": "sse", "url": "u" })),
        (sent(CustomAgent::new("a", "p")), json!({ "name": "a", "prompt": "p" })),
        (sent(Provider::openai("u")), json!({ "type": "openai", "baseUrl": "u" })),
        (sent(Provider::new("azure", "u")), json!({ "type": "azure", "baseUrl": "u" })),
        (sent(ProviderModel::new("p", "m")), json!({ "provider": "p", "id": "m" })),
        (sent(SystemMessage::append("a")), json!({ "mode": "append", "content": "a" })),
        (sent(SystemMessage::replace("r")), json!({ "mode": "replace", "content": "r" })),
        (sent(SystemMessage::customize()), json!({ "mode": "customize" })),
    ] {
        assert_eq!(object, expected);
    }
}

#[test]
fn every_option_has_its_wire_name() {
    let provider = Provider::new("anthropic", "https://p")
        .name("mine")
        .api_key("k")
        .bearer_token("t")
        .wire_api("responses")
        .transport("websockets")
        .azure_api_version("2025")
        .header("h", "v")
        .model_id("m")
        .wire_model("w")
        .max_prompt_tokens(1)
        .max_output_tokens(2);
    let expected = json!({
        "type": "anthropic", "baseUrl": "https://p", "name": "mine", "apiKey": "k",
        "bearerToken": "t", "wireApi": "responses", "transport": "websockets",
        "azure": { "apiVersion": "2025" }, "headers": { "h": "v" }, "modelId": "m",
        "wireModel": "w", "maxPromptTokens": 1, "maxOutputTokens": 2,
    });
    assert_eq!(sent(provider), expected);

    let model = ProviderModel::new("mine", "small")
        .name("Small")
        .wire_model("w")
        .model_id("m")
        .max_prompt_tokens(3)
        .max_context_window_tokens(4)
        .max_output_tokens(5)
        .capabilities(json!({ "supports": {} }));
    let expected = json!({
        "provider": "mine", "id": "small", "name": "Small", "wireModel": "w", "modelId": "m",
        "maxPromptTokens": 3, "maxContextWindowTokens": 4, "maxOutputTokens": 5,
        "capabilities": { "supports": {} },
    });
    assert_eq!(sent(model), expected);

    let agent = CustomAgent::new("a", "you are a")
        .display_name("A")
        .description("d")
        .tools(["view"])
        .mcp_server("own", McpServer::stdio("x").env("K", "1"))
        .infer(false)
        .skills(["s"])
        .model("m")
        .reasoning_effort("low");
    let expected = json!({
        "name": "a", "prompt": "you are a", "displayName": "A", "description": "d",
        "tools": ["view"], "infer": false, "skills": ["s"], "model": "m",
        "mcpServers": { "own": { "type": "stdio", "command": "x", "env": { "K": "1" } } },
        "reasoningEffort": "low",
    });
    assert_eq!(sent(agent), expected);

    let server = McpServer::sse("https://s")
        .args(["-v"])
        .env("A", "1")
        .header("h", "v")
        .tools(["t"])
        .working_directory("/d")
        .timeout(Duration::from_micros(2_999));
    let expected = json!({
        "type": "sse", "url": "https://s", "args": ["-v"], "env": { "A": "1" },
        "headers": { "h": "v" }, "tools": ["t"], "cwd": "/d", "timeout": 2,
    });
    assert_eq!(sent(server), expected);

    let tool = Tool::new("t")
        .description("d")
        .parameters(json!({ "type": "object" }))
        .overrides_built_in_tool(true)
        .skip_permission(true)
        .defer("never")
        .metadata(json!(1))
        .is_terminal(true);
    let expected = json!({
        "name": "t", "description": "d", "parameters": { "type": "object" },
        "overridesBuiltInTool": true, "skipPermission": true, "defer": "never",
        "metadata": 1, "isTerminal": true,
    });
    assert_eq!(sent(tool), expected);

    let compaction = InfiniteSessions::new()
        .enabled(true)
        .background_compaction_threshold(0.5)
        .buffer_exhaustion_threshold(0.75);
    let expected = json!({
        "enabled": true, "backgroundCompactionThreshold": 0.5,
        "bufferExhaustionThreshold": 0.75,
    });
    assert_eq!(sent(compaction), expected);
    let output = LargeOutput::new().enabled(false).max_size_bytes(9).output_directory("/o");
    let expected = json!({ "enabled": false, "maxSizeBytes": 9, "outputDir": "/o" });
    assert_eq!(sent(output), expected);
    let search = ToolSearch::new().enabled(false).defer_threshold(7);
    assert_eq!(sent(search), json!({ "enabled": false, "deferThreshold": 7 }));
}

#[test]
fn every_section_action_has_its_wire_name() {
    let message = SystemMessage::customize()
        .section("a", SectionAction::Remove)
        .section("b", SectionAction::Preserve)
        .section("c", SectionAction::Transform)
        .section_text("d", SectionAction::Replace, "x")
        .section_text("e", SectionAction::Append, "y")
        .section_text("f", SectionAction::Prepend, "")
        .section("g", SectionAction::Remove)
        .section_text("g", SectionAction::Replace, "last")
        .content("more");
    let expected = json!({
        "mode": "customize", "content": "more",
        "sections": {
            "a": { "action": "remove" }, "b": { "action": "preserve" },
            "c": { "action": "transform" }, "d": { "action": "replace", "content": "x" },
            "e": { "action": "append", "content": "y" },
            "f": { "action": "prepend", "content": "" },
            "g": { "action": "replace", "content": "last" },
        },
    });
    assert_eq!(sent(message), expected);
}

#[test]
fn every_fixed_word_has_its_wire_name() {
    assert_eq!(
        sent([Storage::Persistent, Storage::InMemory]),
        json!(["persistent", "in-memory"])
    );
    assert_eq!(
        sent([RemoteSession::Off, RemoteSession::Export, RemoteSession::On]),
        json!(["off", "export", "on"])
    );
    assert_eq!(
        sent([AskUserVariant::Legacy, AskUserVariant::Elicitation]),
        json!(["legacy", "elicitation"])
    );
}

#[test]
fn what_is_set_last_counts_and_entries_add_up() {
    let server = McpServer::stdio("x")
        .args(["a", "b"])
        .args([""; 0])
        .env("A", "1")
        .env("B", "2")
        .env("A", "3")
        .tools([""; 0]);
    let expected = json!({
        "type": "stdio", "command": "x", "args": [], "env": { "A": "3", "B": "2" }, "tools": [],
    });
    assert_eq!(sent(server), expected);
    let tool = Tool::new("t")
        .defer("auto")
        .defer("never")
        .parameters(Value::Null)
        .metadata(Value::Null);
    let expected =
        json!({ "name": "t", "defer": "never", "parameters": null, "metadata": null });
    assert_eq!(sent(tool), expected);
    let message = SystemMessage::append("a").content("b");
    assert_eq!(sent(message), json!({ "mode": "append", "content": "b" }));
    let agent = CustomAgent::new("a", "p")
        .mcp_server("m", McpServer::stdio("x"))
        .mcp_server("m", McpServer::http("u"));
    let expected = json!({
        "name": "a", "prompt": "p", "mcpServers": { "m": { "type": "http", "url": "u" } },
    });
    assert_eq!(sent(agent), expected);
}

#[test]
fn a_value_that_json_can_not_hold_is_an_error_until_it_is_set_again() {
    let endless = McpServer::stdio("x").timeout(Duration::MAX);
    assert!(serde_json::to_value(&endless).is_err());
    let agent = CustomAgent::new("a", "p").mcp_server("m", endless.clone());
    assert!(serde_json::to_value(&agent).is_err());

    let mended = endless.timeout(Duration::from_secs(1));
    assert_eq!(sent(&mended)["timeout"], 1000);
    let agent = agent.mcp_server("m", mended);
    assert_eq!(sent(agent)["mcpServers"]["m"]["timeout"], 1000);
    // So does an option that is set anew as a whole.
    let endless = McpServer::stdio("x").timeout(Duration::MAX);
    let mut options = Options::default();
    options.add("mcpServers", "m".to_owned(), endless);
    options.set("mcpServers", json!({}));
    assert_eq!(options.into_json(), Ok(json!({ "mcpServers": {} })));
    // A fraction that is no number is `null`.
    let compaction = InfiniteSessions::new().background_compaction_threshold(f64::NAN);
    assert_eq!(sent(compaction), json!({ "backgroundCompactionThreshold": null }));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_unicode_is_an_error() {
    use std::os::unix::ffi::OsStrExt;

    let path = std::ffi::OsStr::from_bytes(b"\xff");
    assert!(serde_json::to_value(McpServer::stdio("x").working_directory(path)).is_err());
    assert!(serde_json::to_value(LargeOutput::new().output_directory(path)).is_err());
}

#[test]
fn debug_shows_what_is_set_and_no_secret() {
    let provider = Provider::new("azure", "https://p")
        .api_key("secret")
        .bearer_token("secret")
        .header("h", "secret");
    let server =
        McpServer::stdio("run").args(["secret"]).env("K", "secret").header("h", "secret");
    let agent = CustomAgent::new("fisher", "p").mcp_server("m", server.clone());
    for (shown, expected) in [
        (format!("{provider:?}"), "https://p"),
        (format!("{server:?}"), "run"),
        (format!("{agent:?}"), "fisher"),
        (format!("{:?}", ToolSearch::new().defer_threshold(71)), "71"),
        (format!("{:?}", Tool::new("t").description("d71")), "d71"),
        (format!("{:?}", SystemMessage::append("be brief")), "be brief"),
        (format!("{:?}", ProviderModel::new("p", "heron")), "heron"),
    ] {
        assert!(shown.contains(expected), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn configurations_can_be_cloned_and_sent_between_threads() {
    fn check<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
    fn checked<T: Clone + Debug + Serialize + Send + Sync + Unpin + 'static>() {}
    check::<SessionConfig>();
    check::<ResumeConfig>();
    check::<JoinConfig>();
    checked::<Provider>();
    checked::<ProviderModel>();
    checked::<CustomAgent>();
    checked::<SystemMessage>();
    checked::<Tool>();
    checked::<CommandDefinition>();
    checked::<McpServer>();
    checked::<InfiniteSessions>();
    checked::<LargeOutput>();
    checked::<ToolSearch>();
}
