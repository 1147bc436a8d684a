//! Hooks: inputs and outputs of every type, and what a failing one comes to.

use std::time::Duration;

use copilot_sessions::SessionConfig;
use copilot_sessions::session::{
    AgentStopOutput, HookCall, HookContext, Hooks, PostToolUseOutput, PreToolUse,
    PreToolUseOutput, UserPromptOutput,
};
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::started;

/// Invokes a hook, and returns the result.
async fn invoke(peer: &mut Peer, hook: &str, input: Value) -> Value {
    let params = json!({ "sessionId": "s", "hookType": hook, "input": input });
    let request =
        json!({ "jsonrpc": "2.0", "id": 77, "method": "hooks.invoke", "params": params });
    peer.send(request.to_string()).await;
    loop {
        let message = peer.next().await.unwrap();
        if message["id"] == 77 && message.get("method").is_none() {
            return message["result"].clone();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_hook_gets_its_input_and_its_output_reaches_the_runtime() {
    let hooks = Hooks::new()
        .pre_tool_use(async |tool, call| {
            assert_eq!((call.hook_type(), call.agent_id()), ("preToolUse", None));
            assert_eq!((&*tool.tool_name, &tool.tool_args), ("t", &json!({ "a": 1 })));
            PreToolUseOutput::allow().modified_args(json!({ "a": 2 })).additional_context("c")
        })
        .post_tool_use(async |tool, _| {
            assert_eq!(tool.tool_result["textResultForLlm"], "r");
            PostToolUseOutput::default().modified_result("better").additional_context("c")
        })
        .post_tool_use_failure(async |tool, _| HookContext::new(tool.error))
        .user_prompt_submitted(async |prompt, _| {
            UserPromptOutput::default().modified_prompt(prompt.prompt + "!")
        })
        .session_start(async |start, _| HookContext::new(start.source.unwrap()))
        .session_end(async |end, _| assert_eq!(end.reason.as_deref(), Some("complete")))
        .agent_stop(async |stop, _| {
            if stop.stop_hook_active {
                AgentStopOutput::default()
            } else {
                AgentStopOutput::go_on("once more")
            }
        })
        .error_occurred(async |error, _| assert_eq!(error.error, "bad"))
        .on("of tomorrow", async |call: HookCall| json!({ "got": call.input()["x"] }));
    let (mut peer, _client, _session) = started(SessionConfig::new().hooks(hooks)).await;
    let tool = json!({ "sessionId": "s", "toolName": "t", "toolArgs": { "a": 1 } });
    let with = |changes: Value| {
        let mut input = tool.clone();
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        input
    };
    let result = json!({ "textResultForLlm": "better", "resultType": "success" });
    for (hook, input, output) in [
        (
            "preToolUse",
            tool.clone(),
            json!({ "permissionDecision": "allow", "modifiedArgs": { "a": 2 }, "additionalContext": "c" }),
        ),
        (
            "postToolUse",
            with(json!({ "toolResult": { "textResultForLlm": "r" } })),
            json!({ "modifiedResult": result, "additionalContext": "c" }),
        ),
        (
            "postToolUseFailure",
            with(json!({ "error": "e" })),
            json!({ "additionalContext": "e" }),
        ),
        ("userPromptSubmitted", json!({ "prompt": "hi" }), json!({ "modifiedPrompt": "hi!" })),
        ("sessionStart", json!({ "source": "new" }), json!({ "additionalContext": "new" })),
        (
            "agentStop",
            json!({ "stop_hook_active": false }),
            json!({ "decision": "block", "reason": "once more" }),
        ),
        ("agentStop", json!({ "stop_hook_active": true }), json!({})),
        ("of tomorrow", json!({ "x": 5 }), json!({ "got": 5 })),
    ] {
        let got = invoke(&mut peer, hook, input).await;
        assert_eq!(got, json!({ "output": output }), "{hook}");
    }
    for (hook, input) in [
        ("sessionEnd", json!({ "reason": "complete" })),
        ("errorOccurred", json!({ "error": "bad" })),
        ("errorOccurred", json!({ "error": { "message": "bad", "stack": "s" } })),
        ("without a function", json!({})),
    ] {
        assert_eq!(invoke(&mut peer, hook, input).await, json!({}), "{hook}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_hook_denies_the_tool_and_changes_nothing_else() {
    let hooks = Hooks::new()
        .time_limit(Duration::from_secs(5))
        .pre_tool_use(async |tool: PreToolUse, _| match &*tool.tool_name {
            "hang" => std::future::pending().await,
            _ => panic!("handler"),
        })
        .user_prompt_submitted(async |_, _| panic!("handler"))
        .post_tool_use(async |_, _| std::future::pending().await);
    let (mut peer, _client, _session) = started(SessionConfig::new().hooks(hooks)).await;
    for (input, reason) in [
        (json!({ "toolName": "panic" }), "failed unexpectedly"),
        (json!({ "toolName": "hang" }), "did not answer within 5s"),
        (json!({ "toolName": 5 }), "its input can't be read"),
        (json!([]), "its input can't be read"),
        (Value::Null, "its input can't be read"),
    ] {
        let output = &invoke(&mut peer, "preToolUse", input).await["output"];
        assert_eq!(output["permissionDecision"], "deny");
        let text = output["permissionDecisionReason"].as_str().unwrap();
        assert!(text.contains(reason), "{text}");
    }
    assert_eq!(
        invoke(&mut peer, "userPromptSubmitted", json!({ "prompt": "x" })).await,
        json!({})
    );
    assert_eq!(invoke(&mut peer, "postToolUse", json!({ "toolName": "t" })).await, json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_hook_of_a_sub_agent_says_which() {
    let hooks = Hooks::new().on("preToolUse", async |call: HookCall| json!(call.agent_id()));
    let (mut peer, _client, _session) = started(SessionConfig::new().hooks(hooks)).await;
    let got = invoke(&mut peer, "preToolUse", json!({ "sessionId": "agent-1" })).await;
    assert_eq!(got, json!({ "output": "agent-1" }));
    assert_eq!(invoke(&mut peer, "preToolUse", json!({ "sessionId": "s" })).await, json!({}));
}
