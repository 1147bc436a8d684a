//! Reading logs, and what must hold of all of them.

use copilot_sessions::events::kinds::AssistantMessageDelta;
use copilot_sessions::events::{Event, EventLog, EventStream};
use futures::TryStreamExt;

pub(crate) type Events = Vec<Event>;

/// All events of a stream, to the end of its log. None may have been missed.
pub(crate) async fn all(stream: EventStream) -> Events {
    stream.try_collect().await.expect("nothing was missed")
}

/// What is in a closed log: numbered from 1 without a gap, every id once.
pub(crate) async fn whole(log: &EventLog) -> Events {
    assert!(log.close_reason().is_some(), "the log is open");
    let events = all(log.events()).await;
    assert_dense(&events);
    assert_unique(&events);
    assert_eq!(log.stats().published, events.len() as u64);
    events
}

pub(crate) fn assert_dense(events: &[Event]) {
    for (event, number) in events.iter().zip(1..) {
        assert_eq!(event.seq().get(), number, "{event:?}");
        assert_eq!(event.problem(), None, "{event:?}");
    }
}

pub(crate) fn assert_unique(events: &[Event]) {
    let mut ids: Vec<_> = ids(events);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "an id occurs twice");
}

pub(crate) fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(copilot_sessions::Event::id).collect()
}

pub(crate) fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(copilot_sessions::Event::kind).collect()
}

/// The events' exact bytes.
pub(crate) fn raw(events: &[Event]) -> Vec<&str> {
    events.iter().map(copilot_sessions::Event::raw).collect()
}

pub(crate) fn count(events: &[Event], kind: &str) -> usize {
    events.iter().filter(|event| event.kind() == kind).count()
}

/// The deltas of one message, joined.
pub(crate) fn deltas(events: &[Event], message: &str) -> String {
    events
        .iter()
        .filter_map(|event| event.get::<AssistantMessageDelta>())
        .filter(|delta| delta.message_id == message)
        .map(|delta| delta.delta_content.as_str())
        .collect()
}
