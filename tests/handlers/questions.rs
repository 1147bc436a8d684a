//! Questions to the user.

use copilot_sessions::session::{
    AutoModeSwitchAnswer, ExitPlanModeAnswer, UserInputAnswer, UserInputRequest,
};
use copilot_sessions::{ResumeConfig, SessionConfig};
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::started;

/// Asks, and returns the response.
async fn ask(peer: &mut Peer, method: &str, mut params: Value) -> Value {
    params["sessionId"] = json!("s");
    let request = json!({ "jsonrpc": "2.0", "id": 77, "method": method, "params": params });
    peer.send(request.to_string()).await;
    loop {
        let message = peer.next().await.unwrap();
        if message["id"] == 77 && message.get("method").is_none() {
            return message;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_users_answer_reaches_the_agent_and_says_whether_it_is_one_of_the_choices() {
    let config =
        SessionConfig::new().on_user_input(async |asked: UserInputRequest, session| {
            assert_eq!(session.id().unwrap().as_str(), "s");
            assert_eq!((&*asked.question, asked.choices.len()), ("Which?", 2));
            if asked.allow_freeform { "green" } else { "blue" }
        });
    let (mut peer, _client, _session) = started(config).await;
    for (freeform, answer) in [(false, "blue"), (true, "green")] {
        let asked = json!({ "question": "Which?", "choices": ["red", "blue"], "allowFreeform": freeform });
        let answered = ask(&mut peer, "userInput.request", asked).await;
        assert_eq!(answered["result"], json!({ "answer": answer, "wasFreeform": freeform }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_who_does_not_answer_and_a_handler_that_panics_are_errors() {
    let config = SessionConfig::new().on_user_input(async |asked: UserInputRequest, _| {
        assert_eq!(asked.question, "declined");
        assert!(asked.choices.is_empty() && asked.allow_freeform);
        UserInputAnswer::Declined("not now".to_owned())
    });
    let (mut peer, _client, _session) = started(config).await;
    let answered = ask(&mut peer, "userInput.request", json!({ "question": "declined" })).await;
    assert_eq!(answered["error"]["message"], "not now");
    let answered = ask(&mut peer, "userInput.request", json!({ "question": "other" })).await;
    assert!(answered["error"]["message"].as_str().unwrap().contains("failed unexpectedly"));
    let answered = ask(&mut peer, "userInput.request", json!({ "question": 5 })).await;
    assert_eq!(answered["error"]["code"], -32602);
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_approved_changed_or_rejected_and_a_panic_rejects() {
    let plan = |summary: &str| {
        json!({ "summary": summary, "planContent": "p", "actions": ["autopilot", "interactive"],
            "recommendedAction": "autopilot" })
    };
    let config = SessionConfig::new().on_exit_plan_mode(async |plan, _| {
        assert_eq!(plan.recommended_action.as_deref(), Some("autopilot"));
        match &*plan.summary {
            "good" => ExitPlanModeAnswer::approve(),
            "slow" => ExitPlanModeAnswer::approve_with(plan.actions[1].clone()),
            "bad" => ExitPlanModeAnswer::reject("too short"),
            _ => panic!("handler"),
        }
    });
    let (mut peer, _client, _session) = started(config).await;
    for (summary, answer) in [
        ("good", json!({ "approved": true })),
        ("slow", json!({ "approved": true, "selectedAction": "interactive" })),
        ("bad", json!({ "approved": false, "feedback": "too short" })),
    ] {
        let answered = ask(&mut peer, "exitPlanMode.request", plan(summary)).await;
        assert_eq!(answered["result"], answer);
    }
    let answered = ask(&mut peer, "exitPlanMode.request", plan("panic")).await;
    assert_eq!(answered["result"]["approved"], false);
}

#[tokio::test(start_paused = true)]
async fn a_switch_of_the_model_is_approved_once_always_or_not_and_a_panic_says_no() {
    let config = SessionConfig::new().on_auto_mode_switch(async |switch, _| {
        match switch.error_code.as_deref() {
            Some("once") => AutoModeSwitchAnswer::Yes,
            Some("always") => AutoModeSwitchAnswer::YesAlways,
            Some("never") => AutoModeSwitchAnswer::No,
            _ => panic!("handler"),
        }
    });
    let (mut peer, _client, _session) = started(config).await;
    for (code, response) in [
        (json!("once"), "yes"),
        (json!("always"), "yes_always"),
        (json!("never"), "no"),
        (Value::Null, "no"),
    ] {
        let params = json!({ "errorCode": code, "retryAfterSeconds": 1.5 });
        let answered = ask(&mut peer, "autoModeSwitch.request", params).await;
        assert_eq!(answered["result"], json!({ "response": response }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reconfiguration_puts_new_handlers_in_the_place_of_old_ones_and_keeps_the_rest() {
    let config = SessionConfig::new()
        .on_user_input(async |_, _| "old")
        .on_auto_mode_switch(async |_, _| AutoModeSwitchAnswer::Yes);
    let (mut peer, _client, mut session) = started(config).await;
    let newer = ResumeConfig::new()
        .on_user_input(async |_, _| "new")
        .on_exit_plan_mode(async |_, _| ExitPlanModeAnswer::approve());
    let (reconfigured, ()) = tokio::join!(session.reconfigure(newer), peer.answer_start());
    reconfigured.unwrap();
    let answered = ask(&mut peer, "userInput.request", json!({ "question": "?" })).await;
    assert_eq!(answered["result"]["answer"], "new");
    let answered = ask(&mut peer, "autoModeSwitch.request", json!({})).await;
    assert_eq!(answered["result"]["response"], "yes");
    let plan = json!({ "summary": "s" });
    let answered = ask(&mut peer, "exitPlanMode.request", plan).await;
    assert_eq!(answered["result"]["approved"], true);
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_questions_ends_with_its_session() {
    let (sender, mut dropped) = tokio::sync::mpsc::unbounded_channel::<()>();
    let config = SessionConfig::new().on_user_input(async move |_, _| {
        let _sender = sender;
        std::future::pending::<&str>().await
    });
    let (mut peer, _client, session) = started(config).await;
    let params = json!({ "sessionId": "s", "question": "?" });
    let asked =
        json!({ "jsonrpc": "2.0", "id": 77, "method": "userInput.request", "params": params });
    peer.send(asked.to_string()).await;
    crate::yields().await;
    peer.during("session.detach", session.disconnect()).await.unwrap();
    // Closed, once the last share of the function is gone.
    assert_eq!(dropped.recv().await, None);
}
