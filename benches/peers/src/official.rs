//! The official Rust SDK, as the measures use it.

use anyhow::Result;
use github_copilot_sdk::session::Session;
use github_copilot_sdk::subscription::{EventSubscription, RecvErrorKind};
use github_copilot_sdk::types::SessionEvent;
use github_copilot_sdk::{Client, SessionConfig};
use tokio::process::{ChildStdin, ChildStdout};

use crate::sdk::{Item, Sdk};

pub(crate) struct Official;

impl Sdk for Official {
    type Client = Client;
    type Session = Session;
    type Events = EventSubscription;
    type Event = SessionEvent;

    async fn connect(reader: ChildStdout, writer: ChildStdin) -> Result<Client> {
        let client = Client::from_streams(reader, writer, std::env::current_dir()?)?;
        client.verify_protocol_version().await?;
        Ok(client)
    }

    async fn create(client: &Client, model: &str) -> Result<Session> {
        Ok(client.create_session(config(model)).await?)
    }

    async fn create_subscribed(
        client: &Client,
        model: &str,
        capacity: Option<usize>,
    ) -> Result<(Session, EventSubscription)> {
        let mut config = config(model);
        if let Some(capacity) = capacity {
            config = config.with_event_buffer_capacity(capacity);
        }
        let prepared = client.prepare_session(config)?;
        let events = prepared.subscribe();
        Ok((prepared.start().await?, events))
    }

    fn subscribe(session: &Session) -> EventSubscription {
        session.subscribe()
    }

    async fn next(events: &mut EventSubscription) -> Item<SessionEvent> {
        match events.recv().await {
            Ok(event) => Item::Event(event),
            Err(error) => match error.kind() {
                RecvErrorKind::Lagged(lagged) => Item::Missed(lagged.skipped()),
                _ => Item::End,
            },
        }
    }

    fn read(event: &SessionEvent) -> (&str, &str) {
        (&event.event_type, &event.id)
    }

    async fn send(session: &Session, prompt: &str) -> Result<()> {
        session.send(prompt).await?;
        Ok(())
    }

    async fn send_and_wait(session: &Session, prompt: &str) -> Result<bool> {
        let answer = session.send_and_wait(prompt).await?;
        Ok(answer.is_some())
    }

    async fn ping(client: &Client) -> Result<()> {
        client.ping(None).await?;
        Ok(())
    }

    async fn disconnect(session: Session) -> Result<()> {
        session.disconnect().await?;
        Ok(())
    }
}

fn config(model: &str) -> SessionConfig {
    SessionConfig::default().with_streaming(true).with_model(model)
}
