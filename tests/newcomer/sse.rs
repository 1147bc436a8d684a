//! Server-sent events.

use copilot_sessions::events::EventLog;
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{ClientOptions, Cursor, Gap, ResumeConfig, SessionConfig, Update};
use futures::{Stream, StreamExt, TryStreamExt};

use crate::{Failure, bounded, note};

fn sse(log: &EventLog, last_event_id: Option<&str>) -> impl Stream<Item = String> + use<> {
    let cursor = last_event_id.and_then(|id| id.parse().ok()).unwrap_or(Cursor::START);
    log.events_from(cursor).updates().map(|update| match update {
        Update::Event(event) => {
            format!(
                "id: {}\ndata: {}\n\n",
                event.cursor(),
                event.raw().replace(['\r', '\n'], " ")
            )
        }
        Update::Gap(gap @ (Gap::Foreign { .. } | Gap::Diverged { .. })) => {
            format!("event: reset\ndata: {gap}\n\n")
        }
        Update::Gap(gap) => format!("event: gap\ndata: {}\n\n", gap.missed()),
        Update::CaughtUp => "event: live\ndata:\n\n".to_owned(),
        Update::Closed(reason) => format!("event: end\ndata: {reason}\n\n"),
        _ => ": progress\n\n".to_owned(),
    })
}

/// What a browser makes of the text.
#[derive(Default)]
struct Browser {
    last_event_id: Option<String>,
    shown: Vec<String>,
    resets: usize,
    gaps: usize,
    ended: bool,
}

impl Browser {
    fn take(&mut self, frame: &str) {
        let field = |name: &str| {
            frame
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|text| text.trim().to_owned())
        };
        if let Some(id) = field("id:") {
            self.last_event_id = Some(id);
        }
        match field("event:").as_deref() {
            None => {
                let event: serde_json::Value =
                    serde_json::from_str(&field("data:").expect("data")).expect("JSON");
                self.shown.push(event["id"].as_str().expect("an id").to_owned());
            }
            Some("reset") => {
                self.resets += 1;
                self.shown.clear();
            }
            Some("gap") => self.gaps += 1,
            Some("end") => self.ended = true,
            Some(_) => {}
        }
    }
}

pub(crate) async fn ids(log: &EventLog) -> Result<Vec<String>, Gap> {
    log.events().map_ok(|event| event.id().to_owned()).try_collect().await
}

#[tokio::test]
async fn server_sent_events() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;
        let session = client.create_session(SessionConfig::new().session_id("s")).await?;
        session.send_and_wait("one").await?;

        // The connection breaks in the middle of the replay.
        let mut browser = Browser::default();
        let mut body = sse(session.log(), None);
        for _ in 0..3 {
            browser.take(&body.next().await.expect("open"));
        }
        drop(body);
        assert_eq!(browser.shown.len(), 3);
        // More happens while it is away.
        session.send_and_wait("two").await?;
        let mut body = sse(session.log(), browser.last_event_id.clone().as_deref());
        // Replay, then live.
        loop {
            let frame = body.next().await.expect("open");
            browser.take(&frame);
            if frame.starts_with("event: live") {
                break;
            }
        }
        agent.emit("s", note("live"));
        browser.take(&body.next().await.expect("open"));
        let closed = session.disconnect().await?;
        while let Some(frame) = body.next().await {
            browser.take(&frame);
        }
        assert_eq!(browser.shown, ids(closed.log()).await?, "no gap, no repeat");
        assert_eq!((browser.resets, browser.gaps, browser.ended), (0, 0, true));
        client.stop().await?;

        // The server restarts: the session is the same, the log is another one.
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;
        // A new agent knows no session; what is emitted becomes its history.
        agent.emit("s", AgentEvent::session_start("s"));
        client.ping("the client has thrown it away").await?;
        let session = client.resume_session("s", ResumeConfig::new()).await?;
        session.send_and_wait("three").await?;
        let closed = session.disconnect().await?;
        browser.ended = false;
        let frames: Vec<_> =
            sse(closed.log(), browser.last_event_id.clone().as_deref()).collect().await;
        assert!(frames[0].starts_with("event: reset\n"), "{}", frames[0]);
        for frame in &frames {
            browser.take(frame);
        }
        assert_eq!((browser.resets, browser.gaps, browser.ended), (1, 0, true));
        assert_eq!(browser.shown, ids(closed.log()).await?);
        // And the next reconnect finds its place again.
        let again: Vec<_> = sse(closed.log(), browser.last_event_id.as_deref()).collect().await;
        assert_eq!(again.iter().filter(|frame| frame.starts_with("id:")).count(), 0);
        assert!(again.last().expect("the end").starts_with("event: end"));
        Ok(())
    })
    .await
}
