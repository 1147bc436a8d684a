//! A Copilot CLI extension: joins the session that the CLI started it for.
//!
//! It counts the tools that run and, when the turn is over, writes a line about them into the
//! session. The CLI must start it. Its standard output is the connection, so it must not print:
//! it logs to standard error.

use std::collections::BTreeMap;

use copilot_sessions::events::kinds::EventData;
use copilot_sessions::{JoinConfig, Result, join_session};
use futures::StreamExt;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();

    let session = join_session(JoinConfig::new().streaming(true)).await?.await?;
    tracing::info!(session = %session.id(), "joined");

    let mut tools = BTreeMap::<String, u32>::new();
    let mut events = session.events();
    while let Some(item) = events.next().await {
        let event = match item {
            Ok(event) => event,
            Err(lagged) => {
                tracing::warn!(%lagged);
                continue;
            }
        };
        match event.data() {
            EventData::ToolExecutionStart(tool) => {
                *tools.entry(tool.tool_name.clone()).or_default() += 1;
            }
            EventData::SessionIdle(_) if !tools.is_empty() => {
                let used: Vec<_> =
                    tools.iter().map(|(tool, times)| format!("{tool} ({times})")).collect();
                let message = format!("Tools used: {}", used.join(", "));
                tracing::info!(message);
                let note = json!({ "message": message, "ephemeral": true });
                session.call::<Value>("session.log", &note).await?;
                tools.clear();
            }
            _ => {}
        }
    }
    // The stream ended: the CLI has closed the session or exited.
    tracing::info!(reason = ?session.close_reason(), "done");
    Ok(())
}
