//! The trait by which the measures use an SDK.

use std::future::Future;

use anyhow::Result;
use tokio::process::{ChildStdin, ChildStdout};

/// A Rust SDK.
pub trait Sdk: 'static {
    /// A connection.
    type Client: Clone + Send + Sync + 'static;
    /// A started session.
    type Session: Send + Sync + 'static;
    /// What a subscriber reads.
    type Events: Send + 'static;
    /// An event as a subscriber gets it.
    type Event: Send;

    /// Connects to a runtime over its standard streams, including the handshake.
    fn connect(
        reader: ChildStdout,
        writer: ChildStdin,
    ) -> impl Future<Output = Result<Self::Client>> + Send;

    /// Creates a session with this model.
    fn create(
        client: &Self::Client,
        model: &str,
    ) -> impl Future<Output = Result<Self::Session>> + Send;

    /// Creates a session with a subscriber that exists before the request is sent. The subscriber has this capacity, if
    /// the SDK lets one set it.
    fn create_subscribed(
        client: &Self::Client,
        model: &str,
        capacity: Option<usize>,
    ) -> impl Future<Output = Result<(Self::Session, Self::Events)>> + Send;

    /// A subscriber of a started session.
    fn subscribe(session: &Self::Session) -> Self::Events;

    /// The subscriber's next item.
    fn next(events: &mut Self::Events) -> impl Future<Output = Item<Self::Event>> + Send;

    /// The kind and the id of an event.
    fn read(event: &Self::Event) -> (&str, &str);

    /// Sends a message; ends when the runtime has accepted it.
    fn send(session: &Self::Session, prompt: &str) -> impl Future<Output = Result<()>> + Send;

    /// Sends a message and waits for its answer; false if the turn ended without one.
    fn send_and_wait(
        session: &Self::Session,
        prompt: &str,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// One round trip.
    fn ping(client: &Self::Client) -> impl Future<Output = Result<()>> + Send;

    /// Disconnects from a session.
    fn disconnect(session: Self::Session) -> impl Future<Output = Result<()>> + Send;
}

/// An item of a subscriber.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "not a library for others")]
pub enum Item<E> {
    /// An event.
    Event(E),
    /// The report that this many events were missed.
    Missed(u64),
    /// The end of the events.
    End,
}
