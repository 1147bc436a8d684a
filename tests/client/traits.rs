//! What can be sent, shared and moved.

use copilot_sessions::events::{Batch, EventDraft, EventLog, Snapshot};
use copilot_sessions::session::{
    ConnectionStates, LifecycleEvents, RuntimeRequest, Start, Subscription,
};
use copilot_sessions::{
    ActiveSession, Answer, AnySession, Client, ClientOptions, ClosedSession, Cursor, Error,
    Event, EventStream, Lagged, PendingSession, SessionConfig, StartError,
};

fn send<T: Send + 'static>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn future_is_send<T: Send>(_: &T) {}

#[test]
fn public_types_are_send_and_sync() {
    send::<Client>();
    sync::<Client>();
    send::<PendingSession>();
    sync::<PendingSession>();
    send::<ActiveSession>();
    sync::<ActiveSession>();
    send::<ClosedSession>();
    sync::<ClosedSession>();
    send::<AnySession>();
    sync::<AnySession>();
    send::<Event>();
    sync::<Event>();
    send::<EventLog>();
    sync::<EventLog>();
    send::<(EventDraft, Batch, Snapshot, Lagged, Answer, Subscription, RuntimeRequest)>();
    sync::<(EventDraft, Batch, Snapshot, Lagged, Answer, Subscription, RuntimeRequest)>();
    send::<(Error, StartError, ClientOptions, SessionConfig)>();
    sync::<(Error, StartError, ClientOptions, SessionConfig)>();
    send::<EventStream>();
    sync::<EventStream>();
    unpin::<EventStream>();
    send::<Start>();
    unpin::<Start>();
    send::<LifecycleEvents>();
    send::<ConnectionStates>();
}

/// Never called: that it compiles is the test.
#[expect(dead_code)]
fn futures_can_be_spawned(client: &Client, session: ActiveSession) {
    future_is_send(&Client::start(ClientOptions::new()));
    future_is_send(&client.ping(""));
    future_is_send(&client.stop());
    future_is_send(&client.force_stop());
    future_is_send(&client.closed());
    future_is_send(&session.send(""));
    future_is_send(&session.send_and_wait(""));
    future_is_send(&session.wait_for_from(Cursor::START, |_| true));
    future_is_send(&session.history());
    future_is_send(&session.abort());
    future_is_send(&session.closed());
    future_is_send(&session.disconnect());
}
