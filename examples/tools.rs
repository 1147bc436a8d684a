//! A tool, a permission, a question to the user and a hook, in one session.
//!
//! `cargo run --features derive,testing --example tools`. It needs a runtime, and no account: the scripted
//! model does what a real one might.

mod common;

use copilot_sessions::schemars::JsonSchema;
use copilot_sessions::session::{Hooks, PreToolUse, PreToolUseOutput, UserInputRequest};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{Decision, EventStreamExt, PermissionRequest, Tool, ToolError};
use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::json;

/// The arguments of the tool. Their schema is what the model gets.
#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "copilot_sessions::schemars")]
struct Weather {
    /// The name of the city.
    city: String,
}

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(|_| "It is sunny in Paris.".to_owned()).await?;
    if let Some(model) = &setup.model {
        model.push(Reply::tool_call(
            "ask_user",
            json!({
                "question": "Which city?", "choices": ["Paris", "Oz"],
            }),
        ));
        model.push(Reply::tool_call("weather", json!({ "city": "Paris" })));
        model.push(Reply::tool_call(
            "bash",
            json!({
                "command": "rm -rf /", "description": "Removes everything",
            }),
        ));
    }

    let weather = Tool::new("weather")
        .description("Tells the weather of a city.")
        .handle_typed(async |asked: Weather, call| {
            println!("# tool: {} of {}", call.tool_name(), asked.city);
            match &*asked.city {
                "Paris" => Ok("sunny, 22 degrees"),
                _ => Err(ToolError::new("no such city")),
            }
        });
    let hooks = Hooks::new().pre_tool_use(async |tool: PreToolUse, _call| {
        println!("# hook: before {}", tool.tool_name);
        if tool.tool_name == "bash" {
            PreToolUseOutput::deny("no commands here")
        } else {
            PreToolUseOutput::default()
        }
    });
    let config = setup
        .config()
        .tool(weather)
        .hooks(hooks)
        .on_permission(async |request: PermissionRequest| {
            println!("# permission: {:?}", request.details());
            Decision::ApproveOnce
        })
        .on_user_input(async |asked: UserInputRequest, _session| {
            println!("# question: {} {:?}", asked.question, asked.choices);
            asked.choices.first().cloned().unwrap_or_default()
        });

    let session = setup.client.create_session(config).await?;
    let answer = session.send_and_wait("What is the weather in my city?").await?;
    println!("# answer: {answer}");

    let closed = session.disconnect().await?;
    let log: Vec<_> = closed.events().kinds(["external_tool.completed"]).try_collect().await?;
    if setup.model.is_some() {
        assert_eq!(log.len(), 1, "the tool was called once");
    }
    setup.client.stop().await?;
    Ok(())
}
