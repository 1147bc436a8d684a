//! Handlers of what the runtime asks, as a configuration has them.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use copilot_sessions::session::{
    AgentStopOutput, CommandCall, ElicitationAnswer, ElicitationRequest, ExitPlanMode,
    ExitPlanModeAnswer, HookCall, Hooks, PostToolUse, PostToolUseOutput, PreToolUse,
    PreToolUseOutput, UserInputAnswer, UserInputRequest, UserPrompt, UserPromptOutput,
};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{
    Cursor, Decision, PermissionRequest, SessionConfig, Tool, ToolCall, ToolError, ToolOutput,
    permissions,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::read;

#[derive(Deserialize)]
struct Lookup {
    word: String,
}

/// A tool that knows a word.
fn lookup() -> Tool {
    Tool::new("lookup")
        .description("Looks a word up.")
        .parameters(json!({
            "type": "object", "properties": { "word": { "type": "string" } },
            "required": ["word"],
        }))
        .skip_permission(true)
        .handle(async |lookup: Lookup, _: ToolCall| match &*lookup.word {
            "heron" => Ok(ToolOutput::text_of("a wading bird").session_log("known")),
            "panic" => panic!("the handler of a test"),
            word => Err(ToolError::new(format!("no such word: {word}"))),
        })
}

/// What the model reads when it calls the tool once.
async fn result_of(bench: &Bench, config: SessionConfig, arguments: Value) -> String {
    let before = bench.model.requests().len();
    bench.model.push(Reply::tool_call("lookup", arguments));
    bench.model.push(Reply::text("done"));
    let client = bench.client().await;
    let session = client.create_session(config).await.unwrap();
    assert_eq!(session.send_and_wait("look it up").await.unwrap().text(), "done");
    let requests = bench.model.requests();
    let results = requests[before + 1].tool_results();
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(
        read::count(&log, "external_tool.requested"),
        read::count(&log, "external_tool.completed")
    );
    client.stop().await.unwrap();
    results[0].1.clone()
}

pub(crate) async fn what_a_tool_returns_and_why_it_fails_is_what_the_model_reads(bench: Bench) {
    for (arguments, text) in [
        (json!({ "word": "heron" }), "a wading bird"),
        (json!({ "word": "xyz" }), "no such word: xyz"),
        (json!({ "word": "panic" }), "failed unexpectedly"),
    ] {
        let read = result_of(&bench, bench.config().tool(lookup()), arguments).await;
        assert!(read.contains(text), "{read}");
    }
}

fn write_file(work: &Path) -> Reply {
    let path = work.join("note.txt");
    Reply::tool_call("create", json!({ "path": path, "file_text": "heron\n" }))
}

/// What the model reads when it writes a file, and whether the file is there.
async fn written(bench: &Bench, config: SessionConfig) -> (String, bool) {
    let before = bench.model.requests().len();
    bench.model.push(write_file(bench.work()));
    bench.model.push(Reply::text("done"));
    let client = bench.client().await;
    let session = client.create_session(config).await.unwrap();
    session.send_and_wait("write a note").await.unwrap();
    let requests = bench.model.requests();
    let read = requests[before + 1].tool_results()[0].1.clone();
    client.stop().await.unwrap();
    let note = bench.work().join("note.txt");
    let is_there = note.exists();
    if is_there {
        std::fs::remove_file(note).unwrap();
    }
    (read, is_there)
}

pub(crate) async fn a_permission_is_what_its_handler_decides(bench: Bench) {
    let (_, is_there) =
        written(&bench, bench.config().on_permission(permissions::approve_all())).await;
    assert!(is_there);
    let (read, is_there) = written(
        &bench,
        bench.config().on_permission(async |request: PermissionRequest| {
            assert!(!request.is_read_only());
            Decision::reject("no notes today")
        }),
    )
    .await;
    assert!(!is_there && read.contains("no notes today"), "{read}");
    let (_, is_there) = written(
        &bench,
        bench.config().on_permission(async |_| panic!("the handler of a test")),
    )
    .await;
    assert!(!is_there);
    let (_, is_there) =
        written(&bench, bench.config().on_permission(permissions::read_only())).await;
    assert!(!is_there);
}

pub(crate) async fn a_users_answer_is_what_the_model_reads(bench: Bench) {
    let asked = json!({ "question": "Which colour?", "choices": ["red", "blue"] });
    for (declines, text) in [(false, "blue"), (true, "not now")] {
        let before = bench.model.requests().len();
        bench.model.push(Reply::tool_call("ask_user", asked.clone()));
        bench.model.push(Reply::text("done"));
        let config = bench.config().on_user_input(async move |request: UserInputRequest, _| {
            assert_eq!((&*request.question, request.choices.len()), ("Which colour?", 2));
            if declines {
                UserInputAnswer::Declined("not now".to_owned())
            } else {
                UserInputAnswer::from("blue")
            }
        });
        let client = bench.client().await;
        let session = client.create_session(config).await.unwrap();
        session.send_and_wait("ask me").await.unwrap();
        let requests = bench.model.requests();
        let read = requests[before + 1].tool_results()[0].1.clone();
        assert!(read.contains(text) || declines, "{read}");
        assert!(!(declines && read.contains("blue")), "{read}");
        client.stop().await.unwrap();
    }
}

pub(crate) async fn hooks_change_what_the_agent_gets_and_does(bench: Bench) {
    bench.model.push(Reply::tool_call("lookup", json!({ "word": "heron" })));
    bench.model.push(Reply::tool_call("lookup", json!({ "word": "xyz" })));
    bench.model.push(Reply::text("done"));
    bench.model.push(Reply::text("more"));
    let called = Arc::new(Mutex::new(Vec::<String>::new()));
    let note = |called: &Arc<Mutex<Vec<String>>>, call: &HookCall| {
        called.lock().unwrap().push(call.hook_type().to_owned());
    };
    let (first, second, third) =
        (Arc::clone(&called), Arc::clone(&called), Arc::clone(&called));
    let hooks = Hooks::new()
        .user_prompt_submitted(async move |prompt: UserPrompt, call| {
            note(&first, &call);
            UserPromptOutput::default().modified_prompt(prompt.prompt + ", please")
        })
        .pre_tool_use(async move |tool: PreToolUse, call| {
            note(&second, &call);
            match tool.tool_args["word"].as_str() {
                Some("xyz") => PreToolUseOutput::deny("not that word"),
                _ => PreToolUseOutput::default(),
            }
        })
        .post_tool_use(async |tool: PostToolUse, _| {
            assert_eq!(tool.tool_name, "lookup");
            PostToolUseOutput::default().modified_result("a grey bird")
        })
        .agent_stop(async move |stop, call| {
            note(&third, &call);
            if stop.stop_hook_active {
                AgentStopOutput::default()
            } else {
                AgentStopOutput::go_on("say more")
            }
        });
    let client = bench.client().await;
    let config = bench.config().tool(lookup()).hooks(hooks);
    let session = client.create_session(config).await.unwrap();
    assert_eq!(session.send_and_wait("what is a heron?").await.unwrap().text(), "more");
    let requests = bench.model.requests();
    let said = |number: usize| format!("{:?}", requests[number]);
    assert!(said(0).contains("what is a heron?, please"), "{}", said(0));
    for (number, text) in [(1, "a grey bird"), (2, "not that word")] {
        let results = requests[number].tool_results();
        assert!(results[0].1.contains(text), "{results:?}");
    }
    let called = called.lock().unwrap().clone();
    for hook in ["userPromptSubmitted", "preToolUse", "agentStop"] {
        assert!(called.iter().any(|it| it == hook), "{called:?}");
    }
    client.stop().await.unwrap();
}

/// The runtime itself would run the tool.
pub(crate) async fn a_hook_that_fails_before_a_tool_denies_it(bench: Bench) {
    let hooks = Hooks::new().pre_tool_use(async |_, _| panic!("the handler of a test"));
    let config = bench.config().tool(lookup()).hooks(hooks);
    let read = result_of(&bench, config, json!({ "word": "heron" })).await;
    assert!(!read.contains("a wading bird"), "{read}");
}

pub(crate) async fn a_plan_is_carried_out_once_it_is_approved(bench: Bench) {
    use copilot_sessions::events::kinds::SessionMode;
    use copilot_sessions::methods::ModeSetRequest;

    bench.model.push(Reply::tool_call(
        "exit_plan_mode",
        json!({ "summary": "The plan summary", "actions": ["interactive"],
            "recommendedAction": "interactive" }),
    ));
    bench.model.push(Reply::text("done"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let plans = Arc::clone(&asked);
    let config = bench.config().on_permission(permissions::approve_all()).on_exit_plan_mode(
        async move |plan: ExitPlanMode, _| {
            plans.lock().unwrap().push(plan.summary);
            ExitPlanModeAnswer::approve()
        },
    );
    let client = bench.client().await;
    let session = client.create_session(config).await.unwrap();
    session.rpc().mode().set(ModeSetRequest::new(SessionMode::Plan)).await.unwrap();
    session.send_and_wait("plan it").await.unwrap();
    assert_eq!(*asked.lock().unwrap(), ["The plan summary"]);
    client.stop().await.unwrap();
}

pub(crate) async fn what_was_open_when_the_runtime_died_is_answered_by_the_next(bench: Bench) {
    bench.model.push(Reply::tool_call("lookup", json!({ "word": "heron" })));
    let client = bench.client().await;
    let declared = Tool::new("lookup").description("Looks a word up.").skip_permission(true);
    let session = client.create_session(bench.config().tool(declared)).await.unwrap();
    let id = session.id().clone();
    session.send("what is a heron?").await.unwrap();
    let requested = |event: &copilot_sessions::Event| event.kind() == "external_tool.requested";
    session.wait_for_from(Cursor::START, requested).await.unwrap();
    // What is not on the disk by then is lost with the process.
    let file = bench.home().join("session-state").join(id.as_str()).join("events.jsonl");
    let is_stored = || {
        std::fs::read_to_string(&file).is_ok_and(|it| it.contains("external_tool.requested"))
    };
    while !is_stored() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client.force_stop().await;

    bench.model.push(Reply::text("it is a bird"));
    let client = bench.client().await;
    let config = bench.resume_config().continue_pending_work(true).tool(lookup());
    let session = client.resume_session(id, config).await.unwrap();
    session.wait_for_from(Cursor::START, |event| event.kind() == "session.idle").await.unwrap();
    let requests = bench.model.requests();
    let results = requests.last().unwrap().tool_results();
    assert!(results[0].1.contains("a wading bird"), "{results:?}");
    client.stop().await.unwrap();
}

pub(crate) async fn a_form_is_what_the_user_makes_of_it(bench: Bench) {
    let config =
        bench.config().on_elicitation(async |request: ElicitationRequest| {
            match request.message() {
                "Sure?" => ElicitationAnswer::accept_one("confirmed", true),
                _ => ElicitationAnswer::Decline,
            }
        });
    let client = bench.client().await;
    let session = client.create_session(config).await.unwrap();
    assert!(session.capabilities().ui.elicitation);
    let schema = json!({ "type": "object", "required": ["confirmed"],
        "properties": { "confirmed": { "type": "boolean" } } });
    for (message, answer) in [
        ("Sure?", json!({ "action": "accept", "content": { "confirmed": true } })),
        ("Really?", json!({ "action": "decline" })),
    ] {
        let params = json!({ "message": message, "requestedSchema": schema });
        let answered: Value = session.call("session.ui.elicitation", &params).await.unwrap();
        assert_eq!(answered, answer);
    }
    client.stop().await.unwrap();
}

pub(crate) async fn a_slash_command_of_the_client_runs(bench: Bench) {
    let config = bench.config().command("deploy", "Deploys.", async |call: CommandCall| {
        match call.arguments() {
            "prod now" => Ok(()),
            other => Err(ToolError::new(format!("no {other}"))),
        }
    });
    let client = bench.client().await;
    let session = client.create_session(config).await.unwrap();
    for (arguments, error) in [("prod now", Value::Null), ("x", json!("no x"))] {
        let params = json!({ "commandName": "deploy", "args": arguments });
        let done: Value = session.call("session.commands.execute", &params).await.unwrap();
        assert_eq!(done["error"], error);
    }
    client.stop().await.unwrap();
}
