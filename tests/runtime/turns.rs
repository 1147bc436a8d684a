//! Turns: the events of one message's own work, and its answer.

use copilot_sessions::events::Text;
use copilot_sessions::events::kinds::{AssistantMessage, UserMessage};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{ErrorKind, Event, EventStreamExt, Message};
use futures::{StreamExt, TryStreamExt};

use crate::bench::Bench;

/// The texts of the users' messages and of the agent's.
fn said(events: &[Event]) -> (Vec<&str>, Vec<&str>) {
    let asked = events.iter().filter_map(|event| event.get::<UserMessage>());
    let answered = events.iter().filter_map(|event| event.get::<AssistantMessage>());
    (
        asked.map(|message| &*message.content).collect(),
        answered.map(|message| &*message.content).collect(),
    )
}

pub(crate) async fn two_asks_at_once_have_their_own_events_and_answers(bench: Bench) {
    let (client, session) = bench.session().await;
    for round in 0..5 {
        let [one, two] = ["one", "two"].map(|text| format!("{text} {round}"));
        let (mut first, mut second) = (session.ask(&*one), session.ask(&*two));
        let (first_events, second_events) = tokio::join!(
            first.by_ref().try_collect::<Vec<_>>(),
            second.by_ref().try_collect::<Vec<_>>()
        );
        assert_eq!(said(&first_events.unwrap()), (vec![&*one], vec![&*one]));
        assert_eq!(said(&second_events.unwrap()), (vec![&*two], vec![&*two]));
        assert_eq!(first.await.unwrap().text(), one);
        assert_eq!(second.await.unwrap().text(), two);
    }
    client.stop().await.unwrap();
}

pub(crate) async fn the_text_of_a_turn_grows_to_its_answer(bench: Bench) {
    bench.model.push(Reply::chunks(["It ", "grows ", "well."]));
    let (client, session) = bench.session().await;
    let mut turn = session.ask("grow");
    let parts: Vec<_> = turn.by_ref().main_agent().text().try_collect().await.unwrap();
    let (whole, deltas) = parts.split_last().unwrap();
    let grown: String = deltas.iter().map(Text::as_str).collect();
    assert_eq!((whole.as_str(), &*grown), ("It grows well.", "It grows well."));
    assert_eq!(turn.await.unwrap().text(), "It grows well.");
    client.stop().await.unwrap();
}

/// The turn of a message that steers is the rest of the work that it steers.
pub(crate) async fn the_turn_of_a_steering_message_ends_with_the_work(bench: Bench) {
    bench.model.push(Reply::chunks(["first ", "answer"]).hold_after(1));
    let (client, session) = bench.session().await;
    let mut first = session.ask("begin");
    loop {
        let event = first.next().await.unwrap().unwrap();
        if event.kind() == "assistant.message_delta" {
            break;
        }
    }
    let mut steering = session.ask(Message::new("and this too").immediate());
    let (steering_events, first_answer) = tokio::join!(
        async {
            let mut events = Vec::new();
            while let Some(event) = steering.next().await {
                events.push(event.unwrap());
                bench.model.release();
            }
            events
        },
        async {
            session
                .wait_for(|event| event.kind() == "pending_messages.modified")
                .await
                .unwrap();
            bench.model.release();
            first.await
        }
    );
    let last = steering_events.last().unwrap();
    assert_eq!(last.kind(), "session.idle");
    let answer = steering.await.unwrap();
    assert_eq!(answer.end.id(), last.id());
    assert_eq!(first_answer.unwrap().end.id(), last.id());
    client.stop().await.unwrap();
}

pub(crate) async fn a_failed_turn_says_with_which_status(bench: Bench) {
    let (client, session) = bench.session().await;
    for status in [402, 400] {
        bench.model.push(Reply::error(status, "not now"));
        let error = session.ask("?").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TurnFailed(_)), "{error:?}");
        let failure = error.turn_failure().unwrap();
        assert_eq!(failure.status_code(), Some(status), "{failure:?}");
        assert_eq!(failure.event().kind(), "session.error");
    }
    assert_eq!(session.ask("and now?").await.unwrap().text(), "and now?");
    client.stop().await.unwrap();
}

/// Aborted at each event of a turn in turn, also when the event is the last one.
pub(crate) async fn an_abort_ends_a_turn_in_every_phase(bench: Bench) {
    let phases = [
        "user.message",
        "system.message",
        "assistant.turn_start",
        "assistant.message_start",
        "assistant.message_delta",
        "assistant.message",
        "assistant.turn_end",
    ];
    bench.model.respond_with(|_| Reply::chunks(["half ", "done"]));
    let (client, session) = bench.session().await;
    for phase in phases {
        let mut turn = session.ask(phase);
        let mut reached = false;
        while let Some(event) = turn.next().await {
            let Ok(event) = event else { break };
            if !reached && event.kind() == phase {
                reached = true;
                turn.abort().await.unwrap();
            }
        }
        assert!(reached, "{phase}");
        match turn.await {
            Ok(answer) => assert_eq!(answer.text(), "half done", "{phase}"),
            Err(error) => assert_eq!(*error.kind(), ErrorKind::Aborted, "{phase}: {error:?}"),
        }
    }
    assert_eq!(session.ask("and now?").await.unwrap().text(), "half done");
    client.stop().await.unwrap();
}
