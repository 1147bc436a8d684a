//! Print the events of a session as they arrive, and count them by kind.
//!
//! `cargo run --features testing --example session_events`. The stream is created before the
//! session is started, so it also gets `session.start`. Deltas and events of unknown kinds are
//! counted but not printed.

mod common;

use std::collections::BTreeMap;

use copilot_sessions::events::kinds::{AssistantUsage, SessionStart, SystemNotification};
use copilot_sessions::events::{EventData, EventKind, EventStream};
use copilot_sessions::{Event, EventStreamExt};
use futures::{StreamExt, TryStreamExt};

/// The counts of events.
#[derive(Default)]
struct Counts {
    by_kind: BTreeMap<String, usize>,
    /// Events of kinds that this release does not know.
    unknown: usize,
    /// Events that left the log before they were read.
    missed: u64,
}

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(|prompt| format!("You asked: {prompt}")).await?;
    let pending = setup.client.create_session(setup.config());
    let watcher = tokio::spawn(watch(pending.events()));
    let session = pending.start().await?;
    for question in ["What is 2 + 2?", "And 3 + 3?"] {
        println!("# answer: {}", session.send_and_wait(question).await?);
    }
    let closed = session.disconnect().await?;

    let Counts { by_kind, unknown, missed } = watcher.await?;
    println!("# {} kinds, {unknown} events of unknown ones, {missed} missed", by_kind.len());
    for (kind, count) in &by_kind {
        println!("{count:>6} {kind}");
    }
    // A stream that is created now replays the same events.
    let turns: Vec<_> = closed.events().turns().try_collect().await?;
    for turn in &turns {
        println!("# a turn of {} events: {:?}", turn.events().len(), turn.answer()?);
    }
    assert_eq!(by_kind.get("session.start"), Some(&1), "the first event is there");
    setup.client.stop().await?;
    Ok(())
}

/// Counts every event, and prints those of known kinds that are not deltas.
async fn watch(mut events: EventStream) -> Counts {
    let mut counts = Counts::default();
    while let Some(item) = events.next().await {
        match item {
            Ok(event) => {
                *counts.by_kind.entry(event.kind().to_owned()).or_default() += 1;
                counts.unknown += usize::from(event.known_kind().is_none());
                if is_state(&event) {
                    println!("{:>4} {}", event.seq(), describe(&event));
                }
            }
            Err(lagged) => counts.missed += lagged.missed(),
        }
    }
    counts
}

/// Whether the event is of a known kind and not a delta.
fn is_state(event: &Event) -> bool {
    event.known_kind().is_some_and(|kind| {
        !matches!(
            kind,
            EventKind::AssistantMessageDelta
                | EventKind::AssistantReasoningDelta
                | EventKind::AssistantStreamingDelta
        )
    })
}

/// The kind, with the most important fields of some payloads.
fn describe(event: &Event) -> String {
    let kind = event.kind();
    match event.data() {
        EventData::SessionStart(start) => {
            let SessionStart { session_id, copilot_version, .. } = &**start;
            format!("{kind}: {session_id}, runtime {copilot_version}")
        }
        EventData::SystemNotification(notification) => {
            let SystemNotification { content, .. } = &**notification;
            format!("{kind}: {content}")
        }
        EventData::AssistantUsage(usage) => {
            let AssistantUsage { model, output_tokens, .. } = &**usage;
            format!("{kind}: {model}, {output_tokens:?} tokens")
        }
        EventData::SessionIdle(idle) if idle.aborted == Some(true) => {
            format!("{kind}: aborted")
        }
        EventData::Unknown(Some(mismatch)) => format!("{kind}: {mismatch}"),
        _ => kind.to_owned(),
    }
}
