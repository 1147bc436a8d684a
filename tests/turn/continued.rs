//! Work that a hook continues: another message comes, and the agent goes on in the name of this one.

use copilot_sessions::{ErrorKind, Event, Message};
use futures::StreamExt;

use crate::false_success::queried;
use crate::{accept, tell, with_session, yields};

type Events<'a> = &'a [(&'a str, &'a str)];

const M: (&str, &str) = ("user.message", r#"{"content":"?","messageId":"m"}"#);
/// Another message: one of a hook, or one that was queued.
const N: (&str, &str) =
    ("user.message", r#"{"content":"n","messageId":"n","delivery":"queued"}"#);
const START: (&str, &str) = ("assistant.turn_start", r#"{"turnId":"0"}"#);
const END: (&str, &str) = ("assistant.turn_end", r#"{"turnId":"0"}"#);
const A: (&str, &str) = ("assistant.message", r#"{"content":"a","originatingMessageId":"m"}"#);
const B: (&str, &str) = ("assistant.message", r#"{"content":"b","originatingMessageId":"m"}"#);
const OF_N: (&str, &str) =
    ("assistant.message", r#"{"content":"x","originatingMessageId":"n"}"#);
const DELTA: (&str, &str) =
    ("assistant.message_delta", r#"{"messageId":"b","deltaContent":"b"}"#);
const IDLE: (&str, &str) = ("session.idle", "{}");

/// The answer to `message`, if the runtime is idle behind these events, and the kinds of its items.
async fn asked(
    message: Message,
    events: Events<'_>,
) -> (Result<String, ErrorKind>, Vec<Result<String, ErrorKind>>) {
    let (mut peer, _client, session) = with_session().await;
    let kind = |item: Result<Event, copilot_sessions::Error>| {
        item.map(|event| event.kind().to_owned()).map_err(|error| error.kind().clone())
    };
    let items = tokio::spawn(session.ask(message.clone()).map(kind).collect::<Vec<_>>());
    accept(&mut peer, "m").await;
    let answer = tokio::spawn(session.send_and_wait(message));
    accept(&mut peer, "m").await;
    yields().await;
    tell(&mut peer, events).await;
    yields().await;
    let answerer = tokio::spawn(queried(peer, Some(r#"{"items":[],"processing":false}"#)));
    let answer = answer.await.unwrap();
    let items = items.await.unwrap();
    answerer.abort();
    (answer.map(|it| it.text().to_owned()).map_err(|error| error.kind().clone()), items)
}

#[tokio::test(start_paused = true)]
async fn steered_work_that_a_hook_continues_ends_with_its_last_text() {
    let steers = ("user.message", r#"{"content":"?","messageId":"m","delivery":"steering"}"#);
    let hook = ("user.message", r#"{"content":"h","messageId":"h","delivery":"queued"}"#);
    let events = [N, START, steers, OF_N, END, hook, START, DELTA, OF_N, DELTA, B, END, IDLE];
    let (answer, items) = asked(Message::new("?").immediate(), &events).await;
    assert_eq!(answer, Ok("b".to_owned()));
    assert_eq!(items.len(), events.len() - 2);
    // Named by what the run began with, as the answers before.
    let events = [N, START, steers, OF_N, END, hook, START, DELTA, OF_N, END, IDLE];
    let (answer, items) = asked(Message::new("?").immediate(), &events).await;
    assert_eq!((answer, items.len()), (Ok("x".to_owned()), events.len() - 2));
}

#[tokio::test(start_paused = true)]
async fn a_continuation_that_fails_belongs_to_the_message_that_it_names() {
    let failed =
        ("session.error", r#"{"errorType":"quota","message":"no","originatingMessageId":"m"}"#);
    let events = [M, START, A, END, N, START, DELTA, failed, IDLE];
    let (answer, items) = asked("?".into(), &events).await;
    let error = ErrorKind::TurnFailed("quota".into());
    assert_eq!(answer, Err(error.clone()));
    assert_eq!((items.len(), items.last()), (9, Some(&Err(error))));
}

#[tokio::test(start_paused = true)]
async fn work_that_stops_without_an_idle_ends_the_message_before_it_too() {
    let stopped = ("session.autopilot_stopped", r#"{"reason":"done"}"#);
    let events = [M, START, A, END, N, START, OF_N, END, stopped];
    assert_eq!(asked("?".into(), &events).await.0, Ok("a".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_abort_of_a_continuation_is_one_of_its_message() {
    let abort = ("abort", r#"{"reason":"user_initiated"}"#);
    let events = [M, START, A, END, N, START, abort, B, END, IDLE];
    assert_eq!(asked("?".into(), &events).await.0, Err(ErrorKind::Aborted));
    // It is of the other message, if the agent does not go on in the name of this one.
    let events = [M, START, A, END, N, START, abort, OF_N, END, IDLE];
    assert_eq!(asked("?".into(), &events).await.0, Ok("a".to_owned()));
}

/// A message of which something can't be read, and one that names no message, decide nothing.
#[tokio::test(start_paused = true)]
async fn what_can_not_be_read_ends_no_continuation() {
    let odd = ("user.message", r#"{"content":"z","messageId":"z","delivery":5}"#);
    let late = [M, START, IDLE, odd, A, END, IDLE];
    assert_eq!(asked("?".into(), &late).await.0, Ok("a".to_owned()));
    let nameless = ("assistant.message", r#"{"content":"c","originatingMessageId":5}"#);
    let events = [M, START, A, END, N, START, nameless, B, END, IDLE];
    assert_eq!(asked("?".into(), &events).await.0, Ok("b".to_owned()));
}

/// Once the agent has answered the other message, what follows is that one's.
#[tokio::test(start_paused = true)]
async fn the_events_of_another_message_are_no_items_whatever_comes_later() {
    let events = [M, START, A, END, N, START, OF_N, DELTA, B, END, IDLE];
    let (answer, items) = asked("?".into(), &events).await;
    assert_eq!((answer, items.len()), (Ok("b".to_owned()), 7));
    let events = [M, START, A, END, N, START, DELTA, IDLE];
    let (answer, items) = asked("?".into(), &events).await;
    assert_eq!((answer, items.len()), (Ok("a".to_owned()), 5));
}
