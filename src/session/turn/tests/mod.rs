//! Tests of the wait for an answer: events in, outcome out, on paused time.

mod aborts;
mod runs;

use std::future::{Future, pending, ready};
use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::Instant;

use crate::error::{ErrorKind, Result};
use crate::events::{CloseReason, EventDraft, EventLogWriter, EventStream, MessageRun};
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::wait::Work;

const OURS: &str = r#"{"id":"u","type":"user.message","data":{"content":"?","messageId":"m"}}"#;
const IDLE: &str = r#"{"id":"i","type":"session.idle","data":{}}"#;
const LAST_IDLE: &str = r#"{"id":"j","type":"session.idle","data":{}}"#;
const THEIRS: &str = r#"{"id":"v","type":"user.message","data":{"content":"?","messageId":"n","delivery":"queued"}}"#;
const TURN: &str = r#"{"id":"t","type":"assistant.turn_start","data":{"turnId":"0"}}"#;
const TURN_END: &str = r#"{"id":"x","type":"assistant.turn_end","data":{"turnId":"0"}}"#;
const TURN_AGAIN: &str = r#"{"id":"z","type":"assistant.turn_start","data":{"turnId":"0"}}"#;
const SECOND_TURN: &str = r#"{"id":"s","type":"assistant.turn_start","data":{"turnId":"1"}}"#;
const TOOLS: &str = r#"{"id":"k","type":"assistant.message","data":{"messageId":"k","content":"","originatingMessageId":"m"}}"#;
const ABORT: &str = r#"{"id":"x","type":"abort","data":{"reason":"user_initiated"}}"#;
const AGENT_ABORTED: &str = r#"{"id":"z","type":"assistant.idle","data":{"aborted":true}}"#;
const ABORTED: &str = r#"{"id":"y","type":"session.idle","data":{"aborted":true}}"#;

fn says(id: &str, extra: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"assistant.message"{extra}"data":{{"messageId":"{id}","content":"{id}","originatingMessageId":"m"}}}}"#
    )
}

/// Waits for the answer to a message with the text `?`.
async fn wait_for_answer<W: Future<Output = bool>>(
    events: EventStream,
    id: MessageId,
    was_idle: bool,
    inactivity: Option<Duration>,
    is_queued_or_busy: impl Fn(MessageId) -> W,
) -> Result<Answer> {
    let run = MessageRun::new(id, vec!["?".into()], was_idle);
    let mut work = Work::new(events, run, inactivity, is_queued_or_busy);
    while work.next().await?.is_some() {}
    work.outcome()
}

/// A log with these events, that is open.
fn writer_of(events: &[&str]) -> EventLogWriter {
    let mut writer = EventLogWriter::default();
    for event in events {
        writer.append(EventDraft::parse(event)).unwrap();
    }
    writer
}

fn outcome(was_idle: bool, events: &[&str]) -> Option<Result<String, ErrorKind>> {
    outcome_with_queries(was_idle, events, || false)
}

/// The outcome so far, if the runtime answers queries with `is_busy`.
fn outcome_with_queries(
    was_idle: bool,
    events: &[&str],
    is_busy: impl Fn() -> bool,
) -> Option<Result<String, ErrorKind>> {
    let mut paused = tokio::runtime::Builder::new_current_thread();
    let paused = paused.start_paused(true).enable_time().build().unwrap();
    let writer = writer_of(events);
    let log = writer.log();
    let answered = paused.block_on(async {
        wait_for_answer(log.events(), "m".into(), was_idle, None, |_| ready(is_busy()))
            .now_or_never()
    })?;
    Some(answered.map(|answer| answer.text().to_owned()).map_err(|e| e.kind().clone()))
}

#[test]
fn a_message_is_answered_by_the_last_text_before_the_idle() {
    let tools = r#"{"id":"t","type":"assistant.message","data":{"messageId":"t","content":"","originatingMessageId":"m"}}"#;
    let events = [OURS, &says("a", ","), &says("b", ","), tools, IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("b".into())));
}

/// Whose it is can't be known, whatever its text.
#[test]
fn a_message_whose_id_can_not_be_read_is_not_taken_for_this_one() {
    let unreadable = OURS.replace(r#""m""#, "5");
    let says = r#"{"id":"a","type":"assistant.message","data":{"content":"a"}}"#;
    let events = [&unreadable, TURN, says, TURN_END, IDLE];
    assert_eq!(outcome(true, &events), Some(Err(ErrorKind::Ambiguous)));
    let absent = OURS.replace(r#","messageId":"m""#, "");
    let events = [&absent, TURN, says, TURN_END, IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("a".into())));
}

#[test]
fn an_earlier_idle_or_error_does_not_end_the_wait() {
    let error =
        r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x"}}"#;
    assert_eq!(outcome(true, &[IDLE]), None);
    assert_eq!(outcome(false, &[IDLE, error, IDLE]), None);
    assert_eq!(
        outcome(false, &[error, IDLE, OURS, &says("a", ","), IDLE]),
        Some(Ok("a".into()))
    );
}

#[test]
fn an_error_of_another_message_does_not_end_the_wait() {
    let error = |origin| {
        format!(
            r#"{{"id":"e","type":"session.error","data":{{"errorType":"query","message":"x","originatingMessageId":"{origin}"}}}}"#
        )
    };
    assert_eq!(outcome(true, &[OURS, &error("n")]), None);
    let failed = Some(Err(ErrorKind::TurnFailed("query".into())));
    assert_eq!(outcome(false, &[&error("m")]), failed);
}

#[tokio::test(start_paused = true)]
async fn a_late_idle_does_not_end_the_next_message() {
    let says = &says("a", ",");
    for events in [
        vec![OURS, IDLE, TURN, says, TURN_END],
        vec![OURS, TURN, IDLE, says, TURN_END],
        vec![OURS, ABORTED, TURN, says, TURN_END],
        vec![OURS, TURN, TOOLS, IDLE, says, TURN_END],
        vec![OURS, TURN, TOOLS, IDLE, TURN_END, SECOND_TURN, says, TURN_END],
    ] {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        let mut waiting =
            pin!(wait_for_answer(log.events(), "m".into(), true, None, |_| ready(true)));
        for event in events {
            writer.append(EventDraft::parse(event)).unwrap();
            assert!(waiting.as_mut().now_or_never().is_none(), "{event}");
        }
        writer.append(EventDraft::parse(LAST_IDLE)).unwrap();
        let answer = waiting.await.unwrap();
        assert_eq!((answer.text(), answer.end.id()), ("a", "j"));
    }
}

#[test]
fn an_idle_after_the_end_of_a_turn_needs_no_query() {
    let ended = |events: &[&str]| outcome_with_queries(true, events, || panic!("queried"));
    let aborted = Some(Err(ErrorKind::Aborted));
    assert_eq!(ended(&[OURS, TURN, ABORT, TURN_END, ABORTED]), aborted);
    // The next message is under way already.
    let next = [OURS, TURN, ABORT, TURN_END, ABORTED, THEIRS, SECOND_TURN];
    assert_eq!(ended(&next), aborted);
    let said_nothing = Some(Ok(String::new()));
    assert_eq!(ended(&[OURS, TURN, TOOLS, TURN_END, IDLE]), said_nothing);
    // A late idle, after work on the next message has begun.
    assert_eq!(ended(&[OURS, TURN, ABORT, TURN_END, THEIRS, ABORTED]), aborted);
    // Without a turn, the next message shows that it was the end.
    assert_eq!(outcome_with_queries(true, &[OURS, IDLE, THEIRS], || true), said_nothing);
    // Or a query does.
    assert_eq!(outcome(true, &[OURS, IDLE]), said_nothing);
    assert_eq!(outcome(true, &[OURS, ABORTED]), aborted);
}

#[tokio::test(start_paused = true)]
async fn an_idle_without_an_answer_ends_the_wait_when_the_runtime_is_not_busy() {
    // Busy at the first query, idle at the second.
    let writer = writer_of(&[OURS, IDLE]);
    let log = writer.log().clone();
    let queries = AtomicUsize::new(0);
    let is_busy = |_| ready(queries.fetch_add(1, Relaxed) == 0);
    let answer = wait_for_answer(log.events(), "m".into(), true, None, is_busy).await.unwrap();
    assert_eq!((answer.text(), answer.end.id()), ("", "i"));
    assert_eq!(queries.load(Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn queries_are_rare_and_end_with_the_inactivity_timeout() {
    let limit = Duration::from_secs(60);
    let queries = AtomicUsize::new(0);
    let never_answered = |_| {
        queries.fetch_add(1, Relaxed);
        pending()
    };
    let always_busy = |_| {
        queries.fetch_add(1, Relaxed);
        ready(true)
    };
    let writer = writer_of(&[OURS, IDLE]);
    let log = writer.log().clone();
    let start = Instant::now();
    let error =
        wait_for_answer(log.events(), "m".into(), true, Some(limit), never_answered).await;
    assert_eq!(error.unwrap_err().kind(), &ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), limit);
    let error = wait_for_answer(log.events(), "m".into(), true, Some(limit), always_busy).await;
    assert_eq!(error.unwrap_err().kind(), &ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), 2 * limit);
    assert!(queries.load(Relaxed) < 20, "{queries:?}");
}

#[test]
fn a_steering_message_is_answered_by_the_run_that_it_changes() {
    let steering = r#"{"id":"u","type":"user.message","data":{"content":"?","messageId":"m","delivery":"steering"}}"#;
    let theirs = r#"{"id":"w","type":"assistant.message","data":{"messageId":"w","content":"w","originatingMessageId":"n"}}"#;
    let events = [steering, theirs, TURN_END, IDLE];
    assert_eq!(outcome(false, &events), Some(Ok("w".into())));
    let error = r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x","originatingMessageId":"n"}}"#;
    let failed = Some(Err(ErrorKind::TurnFailed("query".into())));
    assert_eq!(outcome(false, &[steering, error]), failed);
    // The next message has a run of its own.
    let events = [steering, theirs, TURN_END, THEIRS, SECOND_TURN, error, IDLE];
    assert_eq!(outcome(false, &events), Some(Ok("w".into())));
}

#[test]
fn work_that_a_hook_continues_belongs_to_the_message() {
    // As recorded: the hook's message is queued, and later answers name the first message.
    let on = [OURS, TURN, &says("a", ","), TURN_END, THEIRS, TURN_AGAIN, &says("b", ",")];
    let ends = |rest: &[&str]| outcome(true, &[&on, rest].concat());
    let error =
        r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x"}}"#;
    assert_eq!(ends(&[TURN_END, IDLE]), Some(Ok("b".into())));
    assert_eq!(ends(&[error]), Some(Err(ErrorKind::TurnFailed("query".into()))));
    assert_eq!(ends(&[ABORT, TURN_END, ABORTED]), Some(Err(ErrorKind::Aborted)));
}

#[test]
fn work_that_the_runtime_begins_after_the_answer_is_not_the_messages() {
    let report = r#"{"id":"w","type":"assistant.message","data":{"messageId":"w","content":"w","originatingMessageId":"n"}}"#;
    let on = [OURS, TURN, &says("a", ","), TURN_END, TURN_AGAIN];
    let ends = |rest: &[&str]| outcome(true, &[&on, rest].concat());
    let error =
        r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x"}}"#;
    for rest in [[report, TURN_END, IDLE], [error, TURN_END, IDLE], [ABORT, TURN_END, ABORTED]]
    {
        assert_eq!(ends(&rest), Some(Ok("a".into())), "{rest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_autopilot_the_wait_ends_when_the_runtime_is_not_busy() {
    let system = r#"{"id":"o","type":"user.message","data":{"content":"","messageId":"o","source":"system","isAutopilotContinuation":true,"delivery":"idle"}}"#;
    let more = r#"{"id":"w","type":"assistant.message","data":{"messageId":"w","content":"w","originatingMessageId":"o"}}"#;
    let idle = r#"{"id":"i","type":"session.idle","data":{"mode":"autopilot"}}"#;
    // With an idle in between, as the schema has it, and without, as recorded.
    for between in [vec![], vec![idle]] {
        let mut writer = writer_of(&[OURS, TURN, &says("a", ","), TURN_END]);
        let log = writer.log().clone();
        let queries = AtomicUsize::new(0);
        let is_busy = |_| {
            queries.fetch_add(1, Relaxed);
            ready(false)
        };
        let mut waiting = pin!(wait_for_answer(log.events(), "m".into(), true, None, is_busy));
        for event in between.into_iter().chain([system, TURN_AGAIN, more, TURN_END]) {
            writer.append(EventDraft::parse(event)).unwrap();
            assert!(waiting.as_mut().now_or_never().is_none(), "{event}");
        }
        assert_eq!(queries.load(Relaxed), 0);
        writer.append(EventDraft::parse(&idle.replace(r#""id":"i""#, r#""id":"j""#))).unwrap();
        assert_eq!(waiting.await.unwrap().text(), "w");
        assert_eq!(queries.load(Relaxed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_read_while_a_query_is_under_way() {
    let mut writer = writer_of(&[OURS, IDLE]);
    let log = writer.log().clone();
    let mut waiting =
        pin!(wait_for_answer(log.events(), "m".into(), true, None, |_| pending()));
    assert!(waiting.as_mut().now_or_never().is_none());
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(waiting.as_mut().now_or_never().is_none());
    for event in [TURN, &says("a", ","), TURN_END, LAST_IDLE] {
        writer.append(EventDraft::parse(event)).unwrap();
    }
    assert_eq!(waiting.now_or_never().unwrap().unwrap().text(), "a");
}

#[test]
fn an_error_of_a_later_message_does_not_fail_an_answered_one() {
    let error =
        r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x"}}"#;
    let events = [OURS, TURN, &says("a", ","), TURN_END, THEIRS, SECOND_TURN, error, IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("a".into())));
}

#[test]
fn sub_agents_do_not_answer_a_message() {
    let sub = says("s", r#","agentId":"x","#);
    let sub_idle = r#"{"id":"j","type":"session.idle","agentId":"x","data":{}}"#;
    assert_eq!(outcome(true, &[OURS, &sub, sub_idle]), None);
    assert_eq!(outcome(true, &[OURS, &says("a", ","), &sub, IDLE]), Some(Ok("a".into())));
}

#[test]
fn another_clients_turn_does_not_answer_a_message() {
    let theirs = r#"{"id":"v","type":"user.message","data":{"content":"?","messageId":"n"}}"#;
    let answer = r#"{"id":"w","type":"assistant.message","data":{"messageId":"w","content":"w","originatingMessageId":"n"}}"#;
    let turn = r#"{"id":"x","type":"assistant.turn_start","data":{"turnId":"0"}}"#;
    assert_eq!(outcome(true, &[theirs, turn, answer, IDLE]), None);
    assert_eq!(
        outcome(true, &[theirs, answer, IDLE, OURS, answer, &says("a", ","), IDLE]),
        Some(Ok("a".into()))
    );
}

#[test]
fn errors_end_the_wait_unless_they_are_logged_or_retried() {
    let error = |kind| {
        format!(
            r#"{{"id":"{kind}","type":"session.error","data":{{"errorType":"{kind}","message":"x"}}}}"#
        )
    };
    assert_eq!(
        outcome(true, &[OURS, &error("query")]),
        Some(Err(ErrorKind::TurnFailed("query".into())))
    );
    let events = [OURS, &error("notification"), &error("model_call"), &says("a", ","), IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("a".into())));
}

#[test]
fn without_message_ids_the_order_of_events_decides() {
    let user = r#"{"id":"u","type":"user.message","data":{"content":"?"}}"#;
    let answer =
        r#"{"id":"a","type":"assistant.message","data":{"messageId":"a","content":"a"}}"#;
    assert_eq!(outcome(true, &[user, answer, IDLE]), Some(Ok("a".into())));
    assert_eq!(outcome(true, &[answer, IDLE]), Some(Ok("a".into())));
    assert_eq!(outcome(false, &[answer, IDLE]), None);
}

#[test]
fn the_end_of_the_session_ends_the_wait() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    writer.append(EventDraft::parse(OURS)).unwrap();
    writer.close(CloseReason::Deleted);
    let error = wait_for_answer(log.events(), "m".into(), true, None, |_| ready(false))
        .now_or_never()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed(CloseReason::Deleted));
}

#[tokio::test(start_paused = true)]
async fn the_inactivity_timeout_ends_the_wait_and_any_event_restarts_it() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let waiting = tokio::spawn(wait_for_answer(
        log.events(),
        "m".into(),
        true,
        Some(Duration::from_secs(10)),
        |_| ready(false),
    ));
    for number in 0..5 {
        tokio::time::advance(Duration::from_secs(9)).await;
        let event = format!(r#"{{"id":"{number}","type":"unknown","agentId":"x"}}"#);
        writer.append(EventDraft::parse(&event)).unwrap();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
    }
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::TimedOut);
}
