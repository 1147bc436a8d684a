use futures::executor::block_on;
use futures::stream::FusedStream;
use futures::{Stream, StreamExt, TryStreamExt};

use super::*;
use crate::events::event::Event;
use crate::events::kinds::{AssistantMessage, EventKind};
use crate::events::{CloseReason, EventDraft, EventLogWriter, EventStream, Gap, LogBounds};

fn event(kind: &str, agent: Option<&str>, data: &str) -> EventDraft {
    let agent = agent.map(|id| format!(r#""agentId":"{id}","#)).unwrap_or_default();
    EventDraft::parse(&format!(r#"{{"id":"x","type":"{kind}",{agent}"data":{data}}}"#))
}

fn log(bounds: LogBounds, events: impl IntoIterator<Item = EventDraft>) -> EventStream {
    let mut writer = EventLogWriter::new(bounds);
    let log = writer.log().clone();
    for event in events {
        writer.append(event).unwrap();
    }
    writer.close(CloseReason::Disconnected);
    log.events()
}

fn all(events: impl IntoIterator<Item = EventDraft>) -> EventStream {
    log(LogBounds::default(), events)
}

fn said(text: &str, agent: Option<&str>) -> EventDraft {
    let data = format!(r#"{{"messageId":"m","content":"{text}"}}"#);
    event("assistant.message", agent, &data)
}

fn user(text: &str) -> EventDraft {
    event("user.message", None, &format!(r#"{{"content":"{text}"}}"#))
}

fn idle(agent: Option<&str>) -> EventDraft {
    event("session.idle", agent, "{}")
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq().get()).collect()
}

fn numbers(stream: impl Stream<Item = Result<Event, Gap>>) -> Vec<u64> {
    seqs(&block_on(stream.try_collect::<Vec<_>>()).unwrap())
}

/// A log that has let go of its first events: `missed` of them.
fn lagging(events: Vec<EventDraft>) -> (EventStream, u64) {
    let stream = log(LogBounds::default().max_events(1).max_bytes(usize::MAX), events);
    let Some(Err(gap)) = block_on(stream.clone().next()) else { panic!("nothing missed") };
    (stream, gap.missed())
}

#[test]
fn each_filter_lets_through_what_its_name_says() {
    let stream = all([
        user("hi"),
        said("sub", Some("a1")),
        said("other", Some("a2")),
        EventDraft::parse(r#"{"id":"x","type":"assistant.idle","ephemeral":true,"data":{}}"#),
        EventDraft::parse(r#"{"id":"x","type":"of.another.time"}"#),
        said("main", None),
    ]);
    assert_eq!(numbers(stream.clone().main_agent()), [1, 4, 5, 6]);
    assert_eq!(numbers(stream.clone().agent("a1")), [2]);
    assert_eq!(numbers(stream.clone().persisted()), [1, 2, 3, 5, 6]);
    let kinds = [EventKind::AssistantMessage, EventKind::AssistantIdle];
    assert_eq!(numbers(stream.clone().kinds(kinds)), [2, 3, 4, 6]);
    assert!(numbers(stream.clone().kinds::<&str>([])).is_empty());
    assert_eq!(numbers(stream.main_agent().persisted().kinds(kinds)), [6]);
}

#[test]
fn until_idle_ends_behind_the_main_agents_idle_and_stays_ended() {
    let mut stream = all([user("a"), idle(Some("sub")), idle(None), user("b")]).until_idle();
    let events: Vec<_> = block_on(stream.by_ref().try_collect()).unwrap();
    assert_eq!(seqs(&events), [1, 2, 3]);
    assert!(block_on(stream.next()).is_none());
}

#[test]
fn text_is_pieces_and_wholes_in_order() {
    let piece = |message: &str, text: &str| {
        let data = format!(r#"{{"messageId":"{message}","deltaContent":"{text}"}}"#);
        event("assistant.message_delta", None, &data)
    };
    let stream = all([
        user("?"),
        piece("given up", "4"),
        piece("m", "4"),
        piece("m", "2"),
        event("assistant.message", None, r#"{"content":"no id"}"#),
        said("42", None),
    ]);
    let texts: Vec<_> = block_on(stream.text().collect());
    let texts: Vec<_> = texts
        .iter()
        .map(|text| match text {
            Ok(text) => (text.event().seq().get(), text.message_id(), text.as_str()),
            Err(TypedError::Decode { event, error }) => {
                (event.seq().get(), event.kind(), error.path())
            }
            Err(TypedError::Gap(gap)) => panic!("{gap}"),
        })
        .collect();
    let mismatch = (5, "assistant.message", "messageId");
    let said = [(2, "given up", "4"), (3, "m", "4"), (4, "m", "2"), mismatch, (6, "m", "42")];
    assert_eq!(texts, said);
}

#[test]
fn a_payload_that_does_not_decode_is_an_error_in_its_place() {
    let stream = all([
        said("one", None),
        event("assistant.message", None, r#"{"messageId":"m","content":5}"#),
        event("user.message", None, "{}"),
        said("two", None),
    ]);
    let mut messages = stream.of::<AssistantMessage>();
    assert_eq!(block_on(messages.next()).unwrap().unwrap().content, "one");
    let error = block_on(messages.next()).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "event 2 can't be read as a payload of its kind");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("content"), "{cause}");
    let TypedError::Decode { event, error } = error else { panic!("{error}") };
    assert_eq!((event.seq().get(), error.path()), (2, "content"));
    assert_eq!(event.raw_data(), r#"{"messageId":"m","content":5}"#);
    assert_eq!(event.try_get::<AssistantMessage>(), Some(Err(&error)));
    assert_eq!(block_on(messages.next()).unwrap().unwrap().content, "two");
    assert!(block_on(messages.next()).is_none());
}

#[test]
fn turns_are_from_the_users_message_to_the_main_agents_idle() {
    let failed = r#"{"errorType":"quota","message":"no more"}"#;
    let stream = all([
        idle(None),
        user("one"),
        said("sub", Some("a")),
        idle(Some("a")),
        user("and"),
        said("first", None),
        said("", None),
        idle(None),
        said("between", None),
        user("two"),
        event("session.error", None, failed),
        idle(None),
        user("three"),
    ]);
    let turns: Vec<TurnEvents> = block_on(stream.turns().try_collect()).unwrap();
    let ranges: Vec<_> = turns.iter().map(|turn| seqs(turn.events())).collect();
    assert_eq!(ranges, [vec![2, 3, 4, 5, 6, 7, 8], vec![10, 11, 12], vec![13]]);
    let said: Vec<_> =
        turns[0].user_messages().map(|message| &*message.unwrap().content).collect();
    assert_eq!(said, ["one", "and"]);
    assert_eq!(turns[0].answer().unwrap().as_deref(), Some("first"));
    assert_eq!(turns[0].messages().count(), 2);
    assert!(turns[0].error().is_none());
    assert_eq!(turns[1].answer(), Ok(None));
    assert_eq!(turns[1].error().unwrap().message(), Some("no more"));
    let complete: Vec<_> = turns.iter().map(TurnEvents::is_complete).collect();
    assert_eq!(complete, [true, true, false]);
}

#[test]
fn a_turn_that_no_message_began_is_one_all_the_same() {
    let start =
        |agent, id| event("assistant.turn_start", agent, &format!(r#"{{"turnId":"{id}"}}"#));
    let turn_start = |agent| start(agent, 0);
    let stream = all([
        turn_start(Some("a")),
        start(None, 1),
        turn_start(None),
        said("resumed", None),
        idle(None),
        user("one"),
        user("two"),
        idle(None),
        turn_start(None),
        said("late", None),
        idle(None),
    ]);
    let turns: Vec<TurnEvents> = block_on(stream.turns().try_collect()).unwrap();
    let ranges: Vec<_> = turns.iter().map(|turn| seqs(turn.events())).collect();
    assert_eq!(ranges, [vec![3, 4, 5], vec![6, 7, 8], vec![9, 10, 11]]);
    let answers: Vec<_> = turns.iter().map(|turn| turn.answer().unwrap()).collect();
    assert_eq!(answers, [Some("resumed".into()), None, Some("late".into())]);
    assert_eq!(turns[2].user_messages().count(), 0);
}

fn first<T, E>(stream: impl Stream<Item = Result<T, E>>) -> Option<u64>
where
    TypedError: From<E>,
{
    let item = block_on(std::pin::pin!(stream).next())?;
    match item.err().map(TypedError::from)? {
        TypedError::Gap(gap) => Some(gap.missed()),
        mismatch @ TypedError::Decode { .. } => panic!("{mismatch}"),
    }
}

#[test]
fn no_adapter_hides_a_gap() {
    let events = || {
        let mut events: Vec<_> = (0..600).map(|_| said("x", None)).collect();
        events.push(idle(None));
        events
    };
    let (stream, missed) = lagging(events());
    assert!(missed > 0);
    assert_eq!(first(stream.clone().of::<AssistantMessage>()), Some(missed));
    assert_eq!(first(stream.clone().kinds::<&str>([])), Some(missed));
    assert_eq!(first(stream.clone().main_agent()), Some(missed));
    assert_eq!(first(stream.clone().agent("a")), Some(missed));
    assert_eq!(first(stream.clone().persisted()), Some(missed));
    assert_eq!(first(stream.clone().until_idle()), Some(missed));
    assert_eq!(first(stream.clone().text()), Some(missed));
    assert_eq!(first(stream.turns()), Some(missed));
}

#[test]
fn an_adapter_that_ended_says_so_and_not_before() {
    fn ends<S: FusedStream + Unpin>(mut stream: S, items: usize) {
        let name = std::any::type_name::<S>();
        for item in 0..items {
            assert!(!stream.is_terminated(), "{name} before item {item}");
            assert!(block_on(stream.next()).is_some(), "{name}");
        }
        assert!(block_on(stream.next()).is_none(), "{name} has more than {items} items");
        assert!(stream.is_terminated(), "{name}");
    }

    let stream = || all([said("x", None), idle(None), said("y", None)]);
    ends(stream().until_idle(), 2);
    ends(stream().of::<AssistantMessage>(), 2);
    ends(stream().kinds(["session.idle"]), 1);
    ends(stream().main_agent(), 3);
    ends(stream().text(), 2);
    ends(stream().on_gap(|_| {}), 3);
    ends(all([user("x"), idle(None), user("y")]).turns(), 2);
}

#[test]
fn a_gap_within_a_turn_is_passed_on_and_counted_in_it() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let mut turns = log.events().turns();
    writer.append(user("one")).unwrap();
    writer.record_gap(Some(3));
    writer.append(idle(None)).unwrap();
    writer.close(CloseReason::Disconnected);
    let Some(Err(gap)) = block_on(turns.next()) else { panic!("a gap first") };
    assert_eq!(gap.missed(), 3);
    let turn = block_on(turns.next()).unwrap().unwrap();
    assert_eq!((turn.gaps(), turn.is_complete(), turn.events().len()), (1, true, 2));
    assert!(block_on(turns.next()).is_none());
}
