//! What a configuration with handlers asks of the runtime, and what it refuses.

use copilot_sessions::session::{AutoModeSwitchAnswer, ExitPlanModeAnswer, Hooks};
use copilot_sessions::{ErrorKind, SessionConfig, Tool, permissions};
use serde_json::{Value, json};

use crate::connected;

/// What is asked of the runtime.
async fn params_of(config: SessionConfig) -> Value {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(config).start());
    let create = peer.expect("session.create").await;
    starting.abort();
    create["params"].clone()
}

fn all() -> SessionConfig {
    SessionConfig::new()
        .on_permission(permissions::deny_all())
        .on_user_input(async |_, _| "x")
        .on_exit_plan_mode(async |_, _| ExitPlanModeAnswer::approve())
        .on_auto_mode_switch(async |_, _| AutoModeSwitchAnswer::No)
        .hooks(Hooks::new())
}

const FLAGS: [&str; 5] = [
    "requestPermission",
    "requestUserInput",
    "requestExitPlanMode",
    "requestAutoModeSwitch",
    "hooks",
];

#[tokio::test(start_paused = true)]
async fn what_has_a_handler_is_enabled_and_nothing_else() {
    let params = params_of(all()).await;
    for flag in FLAGS {
        assert_eq!(params[flag], true, "{flag}");
    }
    let params = params_of(SessionConfig::new().tool(Tool::new("t"))).await;
    for flag in FLAGS {
        assert_eq!(params.get(flag), None, "{flag}");
    }
    assert_eq!(params["tools"], json!([{ "name": "t" }]));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_would_never_be_called_and_one_that_would_be_lost_fail_the_start() {
    let tool = || Tool::new("t");
    let twice = [
        all().on_permission(permissions::approve_all()),
        all().on_user_input(async |_, _| "y"),
        all().hooks(Hooks::new()),
        SessionConfig::new().tool(tool()).tool(tool()),
        SessionConfig::new().tools([tool(), tool()]),
        SessionConfig::new()
            .hooks(Hooks::new().on("h", async |_| Value::Null).on("h", async |_| Value::Null)),
    ];
    let off = FLAGS.map(|flag| all().option(flag, false));
    let (mut peer, client) = connected().await;
    for (config, text) in twice
        .map(|config| (config, "lost"))
        .into_iter()
        .chain(off.map(|it| (it, "never be called")))
    {
        let error = client.create_session(config).start().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(text), "{error}");
    }
    peer.settle(&client).await;
    assert_eq!(peer.waiting("session.create"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_method_that_has_a_handler_already_fails_the_start_and_can_be_tried_again() {
    let (mut peer, client) = connected().await;
    let pending = client.create_session(all().session_id("s"));
    let other = pending.handle_requests("hooks.invoke", async |_| Ok(json!({}))).unwrap();
    let error = pending.start().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("hooks.invoke"), "{error}");
    drop(other);
    peer.start(error.into_pending()).await;
}

#[tokio::test(start_paused = true)]
async fn configurations_can_be_cloned_and_sent() {
    fn checked<T: Clone + Send + Sync + 'static>(_: &T) {}
    let config = all().tool(Tool::new("t").handle(async |_: Value, _| Ok("x")));
    checked(&config);
    let (mut peer, client) = connected().await;
    for id in ["a", "b"] {
        peer.start(client.create_session(config.clone().session_id(id))).await;
    }
}
