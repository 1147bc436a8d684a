//! Requests of the runtime, read by the method that they are for.

use std::collections::BTreeMap;

use copilot_sessions::ClientOptions;
use copilot_sessions::methods::{
    AutoModeSwitchRequestMethod, AutoModeSwitchRequestResult, ClientMethod,
    ExitPlanModeRequestMethod, ExitPlanModeRequestResult, GitHubTokenAcquireReason,
    GitHubTokenGetTokenMethod, ProviderTokenGetTokenMethod, QueuedCommandHandled,
    QueuedCommandNotHandled, QueuedCommandResult, SystemMessageTransformMethod,
    SystemMessageTransformResult, UserInputRequestMethod, UserInputRequestResult,
};
use copilot_sessions::testing::ScriptedAgent;
use serde_json::{Value, json};

/// What a handler for `M` that answers with what it read gives for a request.
async fn asked<M: ClientMethod + 'static>(method: &str, params: Value) -> Result<Value, Value> {
    let options = ClientOptions::new().on_any_request(|request| async move {
        let params = request.params_of::<M>()?;
        Ok(serde_json::to_value(params).unwrap())
    });
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    let answer = agent.request(method, params).await;
    drop(client);
    answer
}

#[tokio::test]
async fn a_request_is_read_by_its_method() {
    let params = json!({ "registrationId": "r", "host": "github.com", "reason": "moonlight" });
    let answer =
        asked::<GitHubTokenGetTokenMethod>("gitHubToken.getToken", params.clone()).await;
    assert_eq!(answer, Ok(params));
    assert_eq!(GitHubTokenAcquireReason::from("moonlight"), "moonlight");
}

#[tokio::test]
async fn invalid_params_are_answered_with_their_path() {
    let params = json!({ "registrationId": 5, "host": "github.com", "reason": "initial" });
    let error =
        asked::<GitHubTokenGetTokenMethod>("gitHubToken.getToken", params).await.unwrap_err();
    assert_eq!(error["code"], -32_602);
    let text = error["message"].as_str().unwrap();
    assert!(text.starts_with("invalid params at `registrationId`: "), "{text}");
}

#[tokio::test]
async fn a_request_for_another_method_is_not_read() {
    let error = asked::<ProviderTokenGetTokenMethod>("gitHubToken.getToken", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error["code"], -32_601);
}

#[tokio::test]
async fn requests_that_the_schema_lacks_are_read_as_well() {
    let question = json!({
        "sessionId": "s", "question": "Which colour?", "choices": ["red", "blue"],
        "allowFreeform": true,
    });
    let read = asked::<UserInputRequestMethod>("userInput.request", question.clone()).await;
    assert_eq!(read, Ok(question));
    let plan = json!({
        "sessionId": "s", "summary": "two steps", "planContent": "1. 2.",
        "actions": ["interactive", "autopilot"], "recommendedAction": "interactive",
    });
    let read = asked::<ExitPlanModeRequestMethod>("exitPlanMode.request", plan.clone()).await;
    assert_eq!(read, Ok(plan));
    let limit = json!({ "sessionId": "s", "errorCode": "quota", "retryAfterSeconds": 1.5 });
    let method = "autoModeSwitch.request";
    assert_eq!(asked::<AutoModeSwitchRequestMethod>(method, limit.clone()).await, Ok(limit));
    let sections = json!({ "tone": { "content": "# Tone" } });
    let transform = json!({ "sessionId": "s", "sections": sections });
    let method = "systemMessage.transform";
    let read = asked::<SystemMessageTransformMethod>(method, transform.clone()).await;
    assert_eq!(read, Ok(transform));
}

#[test]
fn answers_that_the_schema_lacks_are_written_as_the_runtime_wants_them() {
    assert_eq!(
        serde_json::to_value(UserInputRequestResult::new("red", false)).unwrap(),
        json!({ "answer": "red", "wasFreeform": false })
    );
    let mut refused = ExitPlanModeRequestResult::new(false);
    refused.feedback = Some("too long".into());
    assert_eq!(
        serde_json::to_value(refused).unwrap(),
        json!({ "approved": false, "feedback": "too long" })
    );
    assert_eq!(
        serde_json::to_value(AutoModeSwitchRequestResult::new("yes_always")).unwrap(),
        json!({ "response": "yes_always" })
    );
    assert_eq!(
        serde_json::to_value(SystemMessageTransformResult::new(BTreeMap::new())).unwrap(),
        json!({ "sections": {} })
    );
}

#[test]
fn a_flag_tells_variants_apart_wherever_it_stands() {
    let read = |json: &str| -> QueuedCommandResult { serde_json::from_str(json).unwrap() };
    let mut handled = QueuedCommandHandled::default();
    handled.stop_processing_queue = Some(true);
    let handled = QueuedCommandResult::QueuedCommandHandled(handled);
    assert_eq!(read(r#"{"handled":true,"stopProcessingQueue":true}"#), handled);
    assert_eq!(read(r#"{"stopProcessingQueue":true,"handled":true}"#), handled);
    let written = json!({ "handled": true, "stopProcessingQueue": true });
    assert_eq!(serde_json::to_value(&handled).unwrap(), written);

    let not_handled =
        QueuedCommandResult::QueuedCommandNotHandled(QueuedCommandNotHandled::default());
    assert_eq!(read(r#"{"handled":false}"#), not_handled);
    assert_eq!(serde_json::to_value(&not_handled).unwrap(), json!({ "handled": false }));

    for other in [
        json!({ "handled": "later", "by": "whom" }),
        json!({ "handled": null }),
        json!({ "handled": "true" }),
    ] {
        assert_eq!(read(&other.to_string()), QueuedCommandResult::Unknown(other));
    }
}
