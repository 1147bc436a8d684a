//! Several sessions in one stream, each item labelled.

use std::collections::BTreeMap;

use copilot_sessions::session::SessionId;
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ClientOptions, Event, Gap, LogBounds, SessionConfig, SessionView};
use futures::stream::select_all;
use futures::{Stream, StreamExt};

use crate::{Failure, bounded, note, note_of};

type Labelled = (SessionId, Result<Event, Gap>);

/// The label comes from the session, not from the event: gaps have one too.
fn merged<'a>(
    sessions: impl IntoIterator<Item = &'a SessionView>,
) -> impl Stream<Item = Labelled> + Send + Unpin + 'static {
    let streams: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            let id = session.id().expect("only a cloud session has no id").clone();
            session.events().map(move |item| (id.clone(), item)).boxed()
        })
        .collect();
    select_all(streams)
}

#[tokio::test]
async fn merge_labelled() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let options = ClientOptions::new().log_bounds(LogBounds::default().max_events(8));
        let client = agent.connect(options).await?;
        let a = client.create_session(SessionConfig::new().session_id("a"));
        let b = client.create_session(SessionConfig::new().session_id("b"));
        let c = client.create_session(SessionConfig::new().session_id("c"));
        // Subscribed before anything is sent.
        let mut stream = merged([&*a, &*b, &*c]);
        let (a, b, c) = (a.start().await?, b.start().await?, c.start().await?);

        // Interleaved, and live.
        let mut seen = Vec::new();
        let mut delivered: BTreeMap<String, u64> = BTreeMap::new();
        for round in 0..3 {
            for (name, id) in [("a", a.id()), ("b", b.id())] {
                agent.emit(id, note(&format!("{name}{round}")));
                loop {
                    let (label, item) = stream.next().await.expect("the sessions are open");
                    let event = item?;
                    assert_eq!(Some(&label), event.session_id());
                    *delivered.entry(label.to_string()).or_default() += 1;
                    if let Some(text) = note_of(&event) {
                        seen.push(format!("{label}:{text}"));
                        break;
                    }
                }
            }
        }
        assert_eq!(seen, ["a:a0", "b:b0", "a:a1", "b:b1", "a:a2", "b:b2"]);

        // Session c gets more than its log keeps, while nobody reads: the gap is c's.
        agent.burst("c", 100, |number| note(&number.to_string()));
        client.ping("all of it was read").await?;
        let closed = [a.disconnect().await?, b.disconnect().await?, c.disconnect().await?];
        let mut missed: BTreeMap<String, u64> = BTreeMap::new();
        while let Some((label, item)) = stream.next().await {
            match item {
                Ok(event) => {
                    assert_eq!(Some(&label), event.session_id());
                    *delivered.entry(label.to_string()).or_default() += 1;
                }
                Err(gap) => *missed.entry(label.to_string()).or_default() += gap.missed(),
            }
        }
        assert_eq!(missed.keys().collect::<Vec<_>>(), ["c"]);
        assert!(missed["c"] > 0 && delivered["c"] >= 8);
        for session in &closed {
            let name = session.id().as_str();
            let all = delivered[name] + missed.get(name).copied().unwrap_or(0);
            assert_eq!(all, session.stats().published, "{name}");
        }
        Ok(())
    })
    .await
}
