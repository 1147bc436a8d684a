//! Every way in which three messages can be worked on, one behind the other.

use std::cell::Cell;

use super::*;
use crate::session::turn::timing::Question;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    /// The agent only calls a tool.
    Silent,
    Failed,
    Aborted,
}

/// When the idle that ends a run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    AtOnce,
    /// When the next message was taken up.
    Late,
    /// When the next message's turn has begun.
    Later,
    /// Not at all: the next message was queued.
    ByTheNext,
}

#[derive(Clone, Debug)]
struct Run {
    fate: Fate,
    told: Told,
}

const FATES: [Fate; 4] = [Fate::Answered, Fate::Silent, Fate::Failed, Fate::Aborted];
const TOLD: [Told; 4] = [Told::AtOnce, Told::Late, Told::Later, Told::ByTheNext];

fn event(id: usize, kind: &str, data: &str) -> String {
    format!(r#"{{"id":"{kind}{id}","type":"{kind}","data":{data}}}"#)
}

/// The events of the runs, each with whether the runtime is at work behind it.
fn events(runs: &[Run]) -> Vec<(String, bool)> {
    let mut events = Vec::new();
    let mut late: Option<(Told, String)> = None;
    for (id, Run { fate, told }) in runs.iter().enumerate() {
        let mut tell = |event: String, at_work| events.push((event, at_work));
        let taken_up = format!(r#"{{"content":"?","messageId":"m{id}","delivery":"idle"}}"#);
        tell(event(id, "user.message", &taken_up), true);
        if let Some((_, idle)) = late.take_if(|(told, _)| *told == Told::Late) {
            tell(idle, true);
        }
        tell(event(id, "assistant.turn_start", r#"{"turnId":"0"}"#), true);
        if let Some((_, idle)) = late.take() {
            tell(idle, true);
        }
        let content =
            if *fate == Fate::Answered { format!("answer {id}") } else { String::new() };
        let message = format!(
            r#"{{"messageId":"a{id}","content":"{content}","originatingMessageId":"m{id}"}}"#
        );
        match fate {
            Fate::Answered | Fate::Silent => {
                tell(event(id, "assistant.message", &message), true);
            }
            Fate::Failed => {}
            Fate::Aborted => tell(event(id, "abort", r#"{"reason":"user_initiated"}"#), true),
        }
        tell(event(id, "assistant.turn_end", r#"{"turnId":"0"}"#), true);
        if *fate == Fate::Failed {
            let error = r#"{"errorType":"query","message":"x"}"#;
            tell(event(id, "session.error", error), true);
        }
        let idle = format!(r#"{{"aborted":{}}}"#, *fate == Fate::Aborted);
        let idle = event(id, "session.idle", &idle);
        match told {
            Told::AtOnce => tell(idle, false),
            Told::Late | Told::Later => late = Some((*told, idle)),
            Told::ByTheNext => {}
        }
    }
    events
}

#[test]
fn each_message_finds_its_own_fate_whenever_idles_are_told() {
    let mut paused = tokio::runtime::Builder::new_current_thread();
    let paused = paused.start_paused(true).enable_time().build().unwrap();
    let mut ways = 0;
    for number in 0..16_usize.pow(3) {
        let run = |place: u32| {
            let digit = number / 16_usize.pow(place) % 16;
            Run { fate: FATES[digit / 4], told: TOLD[digit % 4] }
        };
        let runs = [run(0), run(1), run(2)];
        // An abort drops what is queued, and the last idle is told in the end.
        let queued_behind_abort =
            |run: &Run| run.fate == Fate::Aborted && run.told == Told::ByTheNext;
        if runs.iter().any(queued_behind_abort) || runs[2].told != Told::AtOnce {
            continue;
        }
        ways += 1;
        let events = events(&runs);
        for (id, Run { fate, .. }) in runs.iter().enumerate() {
            for early in [true, false] {
                let outcome = paused.block_on(outcome_of(id, early, &events));
                let expected = match fate {
                    Fate::Answered => Ok(format!("answer {id}")),
                    Fate::Silent => Ok(String::new()),
                    Fate::Failed => Err(ErrorKind::TurnFailed("query".into())),
                    Fate::Aborted => Err(ErrorKind::Aborted),
                };
                assert_eq!(outcome, expected, "message {id} of {runs:?}, sent early: {early}");
            }
        }
    }
    println!("{ways} ways");
    assert!(ways > 500);
}

/// The outcome of a message that was sent before all, or just before it was taken up.
async fn outcome_of(
    id: usize,
    early: bool,
    events: &[(String, bool)],
) -> Result<String, ErrorKind> {
    let log = EventLog::default();
    let taken_up = format!("user.message{id}");
    let sent = if early {
        0
    } else {
        events.iter().position(|(event, _)| event.contains(&taken_up)).unwrap()
    };
    let at_work = Cell::new(false);
    for (event, work) in &events[..sent] {
        log.append(EventDraft::parse(event)).unwrap();
        at_work.set(*work);
    }
    let message = format!("m{id}");
    let was_idle = !at_work.get() && sent == 0 && id == 0;
    let queued = Cell::new(true);
    let is_waiting = |_| ready(queued.get() || at_work.get());
    let answered = wait_for_answer(
        log.events_from(log.end()),
        message.as_str().into(),
        was_idle,
        None,
        is_waiting,
    );
    let mut answered = pin!(answered);
    for (event, work) in &events[sent..] {
        at_work.set(*work);
        queued.set(queued.get() && !event.contains(&taken_up));
        log.append(EventDraft::parse(event)).unwrap();
        if let Some(answer) = answered.as_mut().now_or_never() {
            return answer
                .map(|answer| answer.text().to_owned())
                .map_err(|error| error.kind().clone());
        }
        tokio::time::advance(Question::LONGEST_PAUSE).await;
    }
    panic!("message {id} is not answered by {events:#?}");
}
