//! Early events, as a user's own crate would test them.

use copilot_sessions::events::kinds::{SessionInfo, SessionStart};
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{ClientOptions, Cursor, Seq, SessionConfig};
use futures::{FutureExt, StreamExt};
use serde_json::json;

use crate::{Failure, bounded, note, note_of};

#[tokio::test]
async fn first_event_is_seen_by_all() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;

        // The worst case: session.start comes before the answer to the create.
        agent.hold("session.create");
        let (handled, mut in_handler) = tokio::sync::mpsc::unbounded_channel();
        let pending = client.create_session(SessionConfig::new()).on_event(move |event| {
            handled.send(event).ok();
            async {}
        });
        let mut early = pending.events();
        let starting = tokio::spawn(pending.start());
        let create = agent.expect("session.create").await;
        let id = create.session_id();
        let start = AgentEvent::session_start(&id);
        let start_id = start.event_id().to_owned();
        agent.emit(&id, start);
        agent.emit(&id, note("early"));

        // The early reader has it although the session has not been started yet.
        let first = early.next().await.expect("open")?;
        assert!(!starting.is_finished());
        create.reply(json!({ "sessionId": id }));
        let session = starting.await??;

        let mut late = session.events();
        let late_first = late.next().await.expect("open")?;
        let handler_first = in_handler.recv().await.expect("open");
        // A handler that is added late sees it too.
        let (handled, mut in_late_handler) = tokio::sync::mpsc::unbounded_channel();
        session.on_event(move |event| {
            handled.send(event).ok();
            async {}
        });
        let late_handler_first = in_late_handler.recv().await.expect("open");

        for event in [&first, &late_first, &handler_first, &late_handler_first] {
            assert_eq!(event.id(), start_id);
            assert_eq!(event.seq(), Seq::FIRST);
            assert!(event.is::<SessionStart>());
            assert_eq!(event.get::<SessionStart>().expect("decodes").session_id, id);
        }
        for second in [early.next().await, late.next().await] {
            assert_eq!(note_of(&second.expect("open")?), Some("early"));
        }
        assert_eq!(note_of(&in_handler.recv().await.expect("open")), Some("early"));
        assert!(late.next_ready().is_none(), "nothing is delivered twice");

        // `wait_for` would wait for ever: the event is there already.
        let waiting = session.wait_for(|event| event.is::<SessionInfo>());
        assert!(waiting.now_or_never().is_none(), "wait_for looks at later events only");
        let found =
            session.wait_for_from(Cursor::START, |event| event.is::<SessionInfo>()).await?;
        assert_eq!(found.seq().get(), 2);
        Ok(())
    })
    .await
}

/// The same with what the agent does by default.
#[tokio::test]
async fn first_event_is_seen_by_default() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;
        let pending = client.create_session(SessionConfig::new());
        let mut early = pending.events();
        let session = pending.await?;
        let mut late = session.events();
        assert!(early.next().await.expect("open")?.is::<SessionStart>());
        assert!(late.next().await.expect("open")?.is::<SessionStart>());
        Ok(())
    })
    .await
}
