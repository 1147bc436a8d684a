//! Watches the state of a session: each event that says what it is doing, as it comes, and
//! at the end how often each kind came. `session.start` is among them: the watcher is there
//! before anything is sent.

mod common;

use std::collections::BTreeMap;

use copilot_sessions::events::kinds::{AssistantUsage, SessionStart, SystemNotification};
use copilot_sessions::events::{EventData, EventKind, EventStream};
use copilot_sessions::{Event, EventStreamExt};
use futures::{StreamExt, TryStreamExt};

/// How often each kind came, and how often it was one that this release does not know.
#[derive(Default)]
struct Counts {
    by_kind: BTreeMap<String, usize>,
    unknown: usize,
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
    // A late reader finds what the watcher saw.
    let turns: Vec<_> = closed.events().turns().try_collect().await?;
    for turn in &turns {
        println!("# a turn of {} events: {:?}", turn.events().len(), turn.answer());
    }
    assert_eq!(by_kind.get("session.start"), Some(&1), "seen from the very first event");
    setup.client.stop().await?;
    Ok(())
}

/// Counts everything, and shows what is no mere piece of an answer.
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
            Err(lagged) => counts.missed += lagged.missed,
        }
    }
    counts
}

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

/// The kind, and of some what matters in them.
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
        EventData::Unknown(Some(misfit)) => format!("{kind}: {misfit}"),
        _ => kind.to_owned(),
    }
}
