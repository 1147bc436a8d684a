//! The names of kinds.

use std::collections::BTreeSet;

use copilot_sessions::events::kinds::SessionStart;
use copilot_sessions::events::{EventKind, Payload};

use crate::schema::Schema;

#[test]
fn every_kind_of_the_schema_has_a_name_and_no_other() {
    let schema = Schema::pinned();
    let wire: BTreeSet<_> = schema.kinds().into_iter().map(|(kind, _)| kind).collect();
    let known: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(known, wire);
    for &kind in EventKind::ALL {
        assert_eq!(EventKind::of(kind.as_str()), Some(kind));
    }
    for other in
        ["", "session", "session.star", "session.startx", "session.stars", "SESSION.START"]
    {
        assert_eq!(EventKind::of(other), None);
    }
}

#[test]
fn a_kind_compares_with_what_the_wire_has() {
    assert_eq!(EventKind::SessionStart, "session.start");
    assert!("session.idle" != EventKind::SessionStart);
    assert_eq!(SessionStart::KIND, "session.start");
    assert_eq!(format!("{:>14}|", EventKind::SessionStart), " session.start|");
    assert!(EventKind::AssistantMessageDelta.is_ephemeral());
    assert!(!EventKind::AssistantMessage.is_ephemeral());
    // The schema lets the runtime persist it or not.
    assert!(!EventKind::ExternalToolCompleted.is_ephemeral());
}
