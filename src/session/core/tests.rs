//! Tests of the busy flag, as events enter a session.

use super::*;

/// Whether the session is busy after each of these events: a kind, and what it is like.
fn busy_after(events: &[&str]) -> Vec<bool> {
    let core = SessionCore::new(None, LogBounds::default(), 16);
    let ingest = |event: &&str| {
        let (kind, data) = match *event {
            "queued" | "steering" => ("user.message", format!(r#"{{"delivery":"{event}"}}"#)),
            "skill" => ("user.message", r#"{"source":"skill"}"#.to_owned()),
            "limit" => (
                "session.error",
                r#"{"errorType":"rate_limit","eligibleForAutoSwitch":true}"#.to_owned(),
            ),
            kind => (kind, "{}".to_owned()),
        };
        let event = format!(r#"{{"type":"{kind}","data":{data}}}"#);
        assert_eq!(core.ingest(EventDraft::parse(&event)), Ingested::Appended);
        core.is_busy()
    };
    events.iter().map(ingest).collect()
}

#[test]
fn no_idle_is_owed_of_work_that_the_next_message_did_not_begin_behind() {
    let (message, start, end, idle) =
        ("user.message", "assistant.turn_start", "assistant.turn_end", "session.idle");
    for next in ["queued", "steering", "skill"] {
        let busy = busy_after(&[message, start, end, next, idle]);
        assert_eq!(busy, [true, true, true, true, false], "{next}");
    }
    // During a turn an idle is late, whatever else has come in it.
    for within in ["steering", "limit", "skill"] {
        let events = [message, start, end, idle, message, start, within, idle, end, idle];
        assert_eq!(busy_after(&events)[6..], [true, true, true, false], "{within}");
    }
}

#[test]
fn a_late_idle_leaves_the_session_busy() {
    let (message, start, end) = ("user.message", "assistant.turn_start", "assistant.turn_end");
    let (error, idle) = ("session.error", "session.idle");
    assert_eq!(busy_after(&[message, start, end, idle]), [true, true, true, false]);
    let late = busy_after(&[message, start, end, error, message, idle, start, end, idle]);
    assert_eq!(late, [true, true, true, true, true, true, true, true, false]);
    // Work that failed or was aborted before its first turn is over too.
    let failed = busy_after(&[message, start, end, idle, message, error, idle]);
    assert_eq!(failed[4..], [true, true, false]);
    // Work without a turn, when nothing is owed of earlier work: a hook has refused the message.
    let refused = busy_after(&[message, start, end, idle, message, idle]);
    assert_eq!(refused[4..], [true, false]);
    let refused = busy_after(&[message, start, end, message, idle, idle]);
    assert_eq!(refused[3..], [true, true, false]);
    // A turn that has failed is over, whether its end is told or not.
    let failed =
        busy_after(&[message, start, end, idle, message, start, "session.error", idle]);
    assert_eq!(failed[4..], [true, true, true, false]);
    // During a turn an idle is of earlier work, owed or not.
    let late = busy_after(&[message, start, end, idle, message, start, idle, end, idle]);
    assert_eq!(late[4..], [true, true, true, true, false]);
    // Without `assistant.turn_end` every idle counts.
    assert_eq!(busy_after(&[message, start, idle]), [true, true, false]);
}
