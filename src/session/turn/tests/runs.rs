//! Every combination of outcomes and idle timings for three messages in a row.

use std::cell::Cell;

use super::*;
use crate::session::turn::timing::QuerySchedule;

/// How the work on a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunEnd {
    Answered,
    /// The agent only calls a tool and writes no text.
    WithoutText,
    Failed,
    Aborted,
}

/// When the runtime sends the idle that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdleTiming {
    AtOnce,
    /// After the `user.message` of the next run.
    AfterNextMessage,
    /// After the turn of the next run has begun.
    AfterNextTurnStart,
    /// Not at all, because the next message was queued.
    Never,
}

#[derive(Clone, Debug)]
struct Run {
    end: RunEnd,
    idle: IdleTiming,
}

const ENDS: [RunEnd; 4] =
    [RunEnd::Answered, RunEnd::WithoutText, RunEnd::Failed, RunEnd::Aborted];
const TIMINGS: [IdleTiming; 4] = [
    IdleTiming::AtOnce,
    IdleTiming::AfterNextMessage,
    IdleTiming::AfterNextTurnStart,
    IdleTiming::Never,
];

fn event(id: usize, kind: &str, data: &str) -> String {
    format!(r#"{{"id":"{kind}{id}","type":"{kind}","data":{data}}}"#)
}

/// The events of the runs, each with whether the runtime is busy after it.
fn events(runs: &[Run]) -> Vec<(String, bool)> {
    let mut events = Vec::new();
    let mut late: Option<(IdleTiming, String)> = None;
    for (id, Run { end, idle: timing }) in runs.iter().enumerate() {
        let mut push = |event: String, busy| events.push((event, busy));
        let message = format!(r#"{{"content":"?","messageId":"m{id}","delivery":"idle"}}"#);
        push(event(id, "user.message", &message), true);
        if let Some((_, idle)) =
            late.take_if(|(timing, _)| *timing == IdleTiming::AfterNextMessage)
        {
            push(idle, true);
        }
        push(event(id, "assistant.turn_start", r#"{"turnId":"0"}"#), true);
        if let Some((_, idle)) = late.take() {
            push(idle, true);
        }
        let content =
            if *end == RunEnd::Answered { format!("answer {id}") } else { String::new() };
        let answer = format!(
            r#"{{"messageId":"a{id}","content":"{content}","originatingMessageId":"m{id}"}}"#
        );
        match end {
            RunEnd::Answered | RunEnd::WithoutText => {
                push(event(id, "assistant.message", &answer), true);
            }
            RunEnd::Failed => {}
            RunEnd::Aborted => push(event(id, "abort", r#"{"reason":"user_initiated"}"#), true),
        }
        push(event(id, "assistant.turn_end", r#"{"turnId":"0"}"#), true);
        if *end == RunEnd::Failed {
            let error = r#"{"errorType":"query","message":"x"}"#;
            push(event(id, "session.error", error), true);
        }
        let idle = format!(r#"{{"aborted":{}}}"#, *end == RunEnd::Aborted);
        let idle = event(id, "session.idle", &idle);
        match timing {
            IdleTiming::AtOnce => push(idle, false),
            IdleTiming::AfterNextMessage | IdleTiming::AfterNextTurnStart => {
                late = Some((*timing, idle));
            }
            IdleTiming::Never => {}
        }
    }
    events
}

#[test]
fn each_wait_gets_its_own_outcome_whenever_idles_arrive() {
    let mut paused = tokio::runtime::Builder::new_current_thread();
    let paused = paused.start_paused(true).enable_time().build().unwrap();
    let mut ways = 0;
    for number in 0..16_usize.pow(3) {
        let run = |place: u32| {
            let digit = number / 16_usize.pow(place) % 16;
            Run { end: ENDS[digit / 4], idle: TIMINGS[digit % 4] }
        };
        let runs = [run(0), run(1), run(2)];
        // Impossible: an abort empties the queue, and the last idle is always sent.
        let queued_behind_abort =
            |run: &Run| run.end == RunEnd::Aborted && run.idle == IdleTiming::Never;
        if runs.iter().any(queued_behind_abort) || runs[2].idle != IdleTiming::AtOnce {
            continue;
        }
        ways += 1;
        let events = events(&runs);
        for (id, Run { end, .. }) in runs.iter().enumerate() {
            for early in [true, false] {
                let outcome = paused.block_on(outcome_of(id, early, &events));
                let expected = match end {
                    RunEnd::Answered => Ok(format!("answer {id}")),
                    RunEnd::WithoutText => Ok(String::new()),
                    RunEnd::Failed => Err(ErrorKind::TurnFailed("query".into())),
                    RunEnd::Aborted => Err(ErrorKind::Aborted),
                };
                assert_eq!(outcome, expected, "message {id} of {runs:?}, sent early: {early}");
            }
        }
    }
    println!("{ways} ways");
    assert!(ways > 500);
}

/// The outcome of a message that was sent before all events (`early`), or just before its run.
async fn outcome_of(
    id: usize,
    early: bool,
    events: &[(String, bool)],
) -> Result<String, ErrorKind> {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let user_message = format!("user.message{id}");
    let sent = if early {
        0
    } else {
        events.iter().position(|(event, _)| event.contains(&user_message)).unwrap()
    };
    let busy = Cell::new(false);
    for (event, busy_after) in &events[..sent] {
        writer.append(EventDraft::parse(event)).unwrap();
        busy.set(*busy_after);
    }
    let message = format!("m{id}");
    let was_idle = !busy.get() && sent == 0 && id == 0;
    let queued = Cell::new(true);
    let is_queued_or_busy = |_| ready(queued.get() || busy.get());
    let answered = wait_for_answer(
        log.events_from(log.end()),
        message.as_str().into(),
        was_idle,
        None,
        is_queued_or_busy,
    );
    let mut answered = pin!(answered);
    for (event, busy_after) in &events[sent..] {
        busy.set(*busy_after);
        queued.set(queued.get() && !event.contains(&user_message));
        writer.append(EventDraft::parse(event)).unwrap();
        if let Some(answer) = answered.as_mut().now_or_never() {
            return answer
                .map(|answer| answer.text().to_owned())
                .map_err(|error| error.kind().clone());
        }
        tokio::time::advance(QuerySchedule::MAX_PAUSE).await;
    }
    panic!("message {id} is not answered by {events:#?}");
}

#[test]
fn older_runtimes_name_no_message_and_the_first_one_after_sending_is_this_one() {
    let message = |id, extra| {
        format!(r#"{{"id":"{id}","type":"user.message","data":{{"content":"?"{extra}}}}}"#)
    };
    let text = |id| {
        format!(
            r#"{{"id":"{id}","type":"assistant.message","data":{{"messageId":"{id}","content":"{id}"}}}}"#
        )
    };
    let (ours, theirs) = (&message("u", ""), &message("v", ""));
    let events = [ours, &text("a"), IDLE, theirs, &text("b"), LAST_IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("a".into())));
    // The second message takes over, without an idle between the two.
    let events = [ours, &text("a"), theirs, &text("b"), IDLE];
    assert_eq!(outcome(true, &events), Some(Ok("a".into())));
}

#[test]
fn a_message_with_a_source_and_one_that_steers_belong_to_the_work() {
    for extra in [r#","source":"skill""#, r#","delivery":"steering""#] {
        let added = format!(
            r#"{{"id":"w","type":"user.message","data":{{"content":"?","messageId":"n"{extra}}}}}"#
        );
        let events = [OURS, &says("a", ","), &added, &says("b", ","), IDLE];
        assert_eq!(outcome(true, &events), Some(Ok("b".into())), "{extra}");
        // What is not superseded fails with an error that names no message.
        let error =
            r#"{"id":"e","type":"session.error","data":{"errorType":"query","message":"x"}}"#;
        let failed = Some(Err(ErrorKind::TurnFailed("query".into())));
        assert_eq!(outcome(true, &[OURS, &added, error]), failed, "{extra}");
    }
}
