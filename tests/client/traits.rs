//! What can be sent, shared and moved.

use copilot_sessions::events::{
    Batch, EventDraft, EventLog, EventLogWriter, Snapshot, Updates,
};
use copilot_sessions::session::{
    ConnectionStates, LifecycleEvents, RuntimeRequest, Start, Subscription,
};
use copilot_sessions::{
    ActiveSession, Answer, AnySession, Client, ClientOptions, ClosedSession, Cursor, Error,
    Event, EventStream, Gap, PendingSession, SessionConfig, SessionHandle, SessionView,
    StartError, Update,
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
    send::<(EventDraft, Batch, Snapshot, Gap, Answer, Subscription, RuntimeRequest)>();
    sync::<(EventDraft, Batch, Snapshot, Gap, Answer, Subscription, RuntimeRequest)>();
    send::<(Error, StartError, ClientOptions, SessionConfig)>();
    sync::<(Error, StartError, ClientOptions, SessionConfig)>();
    send::<EventStream>();
    sync::<EventStream>();
    unpin::<EventStream>();
    send::<(EventLogWriter, SessionHandle, SessionView, Update, Updates)>();
    sync::<(EventLogWriter, SessionHandle, SessionView, Update, Updates)>();
    unpin::<Updates>();
    send::<Start>();
    unpin::<Start>();
    send::<LifecycleEvents>();
    send::<ConnectionStates>();
}

/// Never called: that it compiles is the test.
#[expect(dead_code)]
fn futures_of_a_handle_can_be_spawned_without_it(handle: &SessionHandle) {
    fn is_static<T: Send + 'static>(_: T) {}
    is_static(handle.send(""));
    is_static(handle.send_and_wait(""));
    is_static(handle.wait_for(|_| true));
    is_static(handle.history());
    is_static(handle.abort());
    is_static(handle.closed());
    is_static(handle.close());
    is_static(handle.call::<()>("m", &()));
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
