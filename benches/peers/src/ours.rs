//! This repository's crate, as the measures use it.

use anyhow::Result;
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, Event, EventStream, PendingSession, SessionConfig,
};
use futures::StreamExt;
use tokio::process::{ChildStdin, ChildStdout};

use crate::sdk::{Item, Sdk};

pub(crate) struct Ours;

impl Sdk for Ours {
    type Client = Client;
    type Session = ActiveSession;
    type Events = EventStream;
    type Event = Event;

    async fn connect(reader: ChildStdout, writer: ChildStdin) -> Result<Client> {
        Ok(Client::connect(reader, writer, ClientOptions::new()).await?)
    }

    async fn create(client: &Client, model: &str) -> Result<ActiveSession> {
        Ok(pending(client, model).start().await?)
    }

    /// A capacity cannot be set for a subscriber: the bounds of the log apply to all.
    async fn create_subscribed(
        client: &Client,
        model: &str,
        _capacity: Option<usize>,
    ) -> Result<(ActiveSession, EventStream)> {
        let pending = pending(client, model);
        let events = pending.events();
        Ok((pending.start().await?, events))
    }

    fn subscribe(session: &ActiveSession) -> EventStream {
        session.events()
    }

    async fn next(events: &mut EventStream) -> Item<Event> {
        match events.next().await {
            Some(Ok(event)) => Item::Event(event),
            Some(Err(lagged)) => Item::Missed(lagged.missed()),
            None => Item::End,
        }
    }

    fn read(event: &Event) -> (&str, &str) {
        (event.kind(), event.id())
    }

    async fn send(session: &ActiveSession, prompt: &str) -> Result<()> {
        session.send(prompt).await?;
        Ok(())
    }

    async fn send_and_wait(session: &ActiveSession, prompt: &str) -> Result<bool> {
        let answer = session.send_and_wait(prompt).await?;
        Ok(answer.message.is_some())
    }

    async fn ping(client: &Client) -> Result<()> {
        client.ping("").await?;
        Ok(())
    }

    async fn disconnect(session: ActiveSession) -> Result<()> {
        session.disconnect().await?;
        Ok(())
    }
}

fn pending(client: &Client, model: &str) -> PendingSession {
    client.create_session(SessionConfig::new().streaming(true).model(model))
}
