//! A file and back.

use copilot_sessions::events::kinds::{AssistantMessage, UserMessage};
use copilot_sessions::events::{EventLog, TypedError};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{
    ClientOptions, CloseReason, Event, EventStreamExt, Gap, Seq, SessionConfig,
};
use futures::{StreamExt, TryStreamExt};

use crate::sse::ids;
use crate::{Failure, bounded};

/// The state of a conversation after some of its events.
#[derive(Debug, Default, PartialEq)]
struct State {
    asked: usize,
    answers: Vec<String>,
}

impl State {
    fn apply(mut self, event: &Event) -> Self {
        if event.is::<UserMessage>() {
            self.asked += 1;
        } else if let Some(message) = event.get::<AssistantMessage>() {
            self.answers.push(message.content.clone());
        }
        self
    }
}

async fn state_after(log: &EventLog, last: Seq) -> Result<State, Gap> {
    log.events_until(last)
        .try_fold(State::default(), |state, event| async move { Ok(state.apply(&event)) })
        .await
}

#[tokio::test]
async fn file_and_back() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;
        let session = client.create_session(SessionConfig::new().streaming(true)).await?;
        session.send_and_wait("one").await?;
        session.send_and_wait("two").await?;
        let closed = session.disconnect().await?;

        let path = std::env::temp_dir().join(format!("newcomer-{}.jsonl", std::process::id()));
        let mut file = Vec::new();
        let mut events = closed.events();
        while let Some(event) = events.try_next().await? {
            serde_json::to_writer(&mut file, &event)?;
            file.push(b'\n');
        }
        std::fs::write(&path, &file)?;

        let (log, errors) = EventLog::from_lines(&std::fs::read(&path)?);
        assert!(errors.is_empty());
        assert_eq!(log.close_reason(), Some(CloseReason::Complete));
        assert_eq!(ids(&log).await?, ids(closed.log()).await?);
        // Typed filters.
        let answers: Vec<_> = log
            .events()
            .of::<AssistantMessage>()
            .map_ok(|message| message.content.clone())
            .try_collect()
            .await?;
        assert_eq!(answers, ["You said: one", "You said: two"]);
        // Between the turns: after the first idle.
        let idle = log.events().kinds(["session.idle"]).next().await.expect("two idles")?;
        assert_eq!(
            state_after(&log, idle.seq()).await?,
            State { asked: 1, answers: vec!["You said: one".into()] }
        );
        assert_eq!(state_after(&log, Seq::FIRST).await?, State::default());
        let last = Seq::new(log.stats().published).expect("not empty");
        assert_eq!(state_after(&log, last).await?.asked, 2);

        // The last line is torn by a crash.
        let torn = &file[..file.len() - 10];
        std::fs::write(&path, torn)?;
        let (log, errors) = EventLog::from_lines(&std::fs::read(&path)?);
        std::fs::remove_file(&path)?;
        let whole = file.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].line(), whole as u64);
        let mut lost = 0;
        let read: Vec<_> = log
            .events()
            .on_gap(|gap| {
                assert!(matches!(gap, Gap::Lost(_)), "{gap:?}");
                lost += 1;
            })
            .map(|event| event.id().to_owned())
            .collect()
            .await;
        assert_eq!((read.len(), lost), (whole - 1, 1));
        assert_eq!(read, ids(closed.log()).await?[..whole - 1]);
        // Filters pass the gap through.
        let items: Vec<_> = log.events().of::<AssistantMessage>().collect().await;
        assert!(matches!(items.last(), Some(Err(TypedError::Gap(Gap::Lost(_))))));
        Ok(())
    })
    .await
}
