//! What the runtime asks in events, answered by calls.

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use copilot_sessions::events::kinds::{
    AssistantMessage, ExternalToolRequested, PermissionRequest, PermissionRequested,
    SessionMode, ToolExecutionComplete, UserMessage, UserMessageDelivery,
};
use copilot_sessions::events::{EventStreamExt, Payload, Typed};
use copilot_sessions::methods::ModeSetRequest;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{ActiveSession, Client, Cursor, Message};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::read;

const PERMISSION: &str = "session.permissions.handlePendingPermissionRequest";
const TOOL: &str = "session.tools.handlePendingToolCall";

/// The first event of this kind.
async fn first<P: Payload>(session: &ActiveSession) -> Typed<P> {
    session.events().of::<P>().next().await.expect("the session goes on").unwrap()
}

/// Answers a request; whether the runtime has taken the answer.
async fn answer(session: &ActiveSession, method: &str, params: &Value) -> bool {
    let answered: Value = session.call(method, params).await.unwrap();
    answered["success"] == json!(true)
}

fn write_file(work: &Path) -> Reply {
    let path = work.join("note.txt");
    Reply::tool_call("create", json!({ "path": path, "file_text": "heron\n" }))
}

/// A session whose client has a tool.
async fn with_lookup(bench: &Bench, client: &Client) -> ActiveSession {
    let lookup = json!({
        "name": "lookup",
        "description": "Looks a word up.",
        "parameters": { "type": "object", "properties": { "word": { "type": "string" } } },
        "skipPermission": true,
    });
    let config = bench.config().option("tools", json!([lookup]));
    client.create_session(config).await.unwrap()
}

pub(crate) async fn a_permission_is_asked_for_until_somebody_answers(bench: Bench) {
    bench.model.push(write_file(bench.work()));
    bench.model.push(Reply::text("written"));
    let client = bench.client().await;
    let config = bench.config().request_permission(true);
    let session = client.create_session(config).await.unwrap();

    let (text, ()) = tokio::join!(session.send_and_wait("write a note"), async {
        let request = first::<PermissionRequested>(&session).await;
        assert!(matches!(request.permission_request, PermissionRequest::Write(_)));
        assert_ne!(request.resolved_by_hook, Some(true));
        let decision =
            json!({ "requestId": request.request_id, "result": { "kind": "approve-once" } });
        assert!(answer(&session, PERMISSION, &decision).await);
        assert!(!answer(&session, PERMISSION, &decision).await, "the first answer counts");
    });
    assert_eq!(text.unwrap().text(), "written");
    let note = std::fs::read_to_string(bench.work().join("note.txt")).unwrap();
    assert_eq!(note, "heron\n");

    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "permission.requested"), 1);
    assert_eq!(read::count(&log, "permission.completed"), 1);
    client.stop().await.unwrap();
}

pub(crate) async fn nobody_to_ask_means_no(bench: Bench) {
    bench.model.push(write_file(bench.work()));
    bench.model.push(Reply::text("refused"));
    let (client, session) = bench.session().await;

    assert_eq!(session.send_and_wait("write a note").await.unwrap().text(), "refused");
    assert!(!bench.work().join("note.txt").exists());
    let done = first::<ToolExecutionComplete>(&session).await;
    assert!(!done.success);
    client.stop().await.unwrap();
}

pub(crate) async fn a_tool_of_the_client_is_called_and_answered(bench: Bench) {
    bench.model.push(Reply::tool_call("lookup", json!({ "word": "heron" })));
    bench.model.push(Reply::text("it is a bird"));
    let client = bench.client().await;
    let session = with_lookup(&bench, &client).await;

    let (text, ()) = tokio::join!(session.send_and_wait("what is a heron?"), async {
        let request = first::<ExternalToolRequested>(&session).await;
        assert_eq!(request.tool_name, "lookup");
        assert_eq!(request.arguments, Some(json!({ "word": "heron" })));
        let result = json!({ "textResultForLlm": "a wading bird", "resultType": "success" });
        let result = json!({ "requestId": request.request_id, "result": result });
        assert!(answer(&session, TOOL, &result).await);
        assert!(!answer(&session, TOOL, &result).await, "the first answer counts");
    });
    assert_eq!(text.unwrap().text(), "it is a bird");

    let requests = bench.model.requests();
    assert!(requests[0].tools().contains(&"lookup"));
    let results = requests[1].tool_results();
    assert_eq!(results.len(), 1);
    assert!(results[0].1.contains("a wading bird"), "{results:?}");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "external_tool.requested"), 1);
    assert_eq!(read::count(&log, "external_tool.completed"), 1);
    client.stop().await.unwrap();
}

pub(crate) async fn a_message_that_steers_is_answered_by_the_work_that_it_steers(bench: Bench) {
    bench.model.push(Reply::tool_call("lookup", json!({ "word": "heron" })));
    bench.model.respond_with(|_| Reply::text("it is a grey bird"));
    let client = bench.client().await;
    let session = with_lookup(&bench, &client).await;

    let (answered, steered) = tokio::join!(session.send_and_wait("what is a heron?"), async {
        let request = first::<ExternalToolRequested>(&session).await;
        let result = json!({ "textResultForLlm": "a wading bird", "resultType": "success" });
        let result = json!({ "requestId": request.request_id, "result": result });
        let steering = Message::new("say its colour").immediate();
        let (steered, taken) =
            tokio::join!(session.send_and_wait(steering), answer(&session, TOOL, &result));
        assert!(taken);
        steered
    });
    assert_eq!(answered.unwrap().text(), "it is a grey bird");
    assert_eq!(steered.unwrap().text(), "it is a grey bird");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    let deliveries =
        log.iter().filter_map(|event| event.get::<UserMessage>()?.delivery.clone());
    assert!(deliveries.eq([UserMessageDelivery::Idle, UserMessageDelivery::Steering]));
    client.stop().await.unwrap();
}

pub(crate) async fn in_autopilot_the_answer_is_what_is_said_last(bench: Bench) {
    let said = AtomicUsize::new(0);
    bench.model.respond_with(move |_| Reply::text(said.fetch_add(1, Relaxed).to_string()));
    let (client, session) = bench.session().await;
    let autopilot = ModeSetRequest::new(SessionMode::Autopilot);
    session.rpc().mode().set(autopilot).await.unwrap();

    let answer = session.send_and_wait("go on").await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    let said: Vec<_> = log.iter().filter_map(|event| event.get::<AssistantMessage>()).collect();
    assert!(said.len() > 1);
    assert_eq!(answer.text(), said.last().unwrap().content);
    // Behind the end there may be another idle, since the agent had stopped, and nothing that was said.
    let end = log.iter().position(|event| event.id() == answer.end.id()).unwrap();
    let last_said = log.iter().rposition(|event| event.get::<AssistantMessage>().is_some());
    assert!(last_said.unwrap() < end);
    assert!(["session.idle", "session.autopilot_stopped"].contains(&answer.end.kind()));
    client.stop().await.unwrap();
}

pub(crate) async fn an_abort_takes_a_request_back(bench: Bench) {
    bench.model.push(write_file(bench.work()));
    let client = bench.client().await;
    let config = bench.config().request_permission(true);
    let session = client.create_session(config).await.unwrap();

    session.send("write a note").await.unwrap();
    let request = first::<PermissionRequested>(&session).await;
    session.abort().await.unwrap();
    session.wait_for_from(Cursor::START, |event| event.kind() == "session.idle").await.unwrap();
    let decision =
        json!({ "requestId": request.request_id, "result": { "kind": "approve-once" } });
    assert!(!answer(&session, PERMISSION, &decision).await);
    assert!(!bench.work().join("note.txt").exists());
    client.stop().await.unwrap();
}
