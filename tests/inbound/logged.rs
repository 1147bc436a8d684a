//! What the log says of methods that the runtime names.

use std::io;
use std::sync::{Arc, Mutex};

use copilot_sessions::ClientOptions;
use copilot_sessions::rpc::ConnectionLimits;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::{connected, send};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_method_with_a_line_break_forges_no_line_of_the_log() {
    let lines = Lines::default();
    // For all threads: one for this thread alone can miss what other tests log first.
    tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .init();

    let limits = ConnectionLimits::default().max_inbound_requests(1);
    let options = ClientOptions::new()
        .connection_limits(limits)
        .on_request("panics\nFORGED", |_| async { panic!("as told") })
        .on_request("waits", |_| std::future::pending())
        .on_notification("panics\nFORGED", |_| async { panic!("as told") });
    let (agent, client) = connected(options).await;
    for method in ["unknown\nFORGED", "panics\nFORGED"] {
        agent.request(method, json!({})).await.unwrap_err();
        agent.notify(method, json!({}));
        client.ping("").await.unwrap();
    }
    let _waits = send(&agent, "waits", json!({})).await;
    let refused = agent.request("refused\nFORGED", json!({})).await.unwrap_err();
    assert_eq!(refused["code"], -32_000);

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for method in ["unknown", "panics", "refused"] {
        assert!(text.contains(&format!(r"{method}\nFORGED")), "{method}: {text}");
    }
    assert!(text.lines().all(|line| !line.starts_with("FORGED")), "{text}");
}
