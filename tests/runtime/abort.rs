//! Work that is aborted.

use copilot_sessions::events::kinds::{AssistantMessageDelta, SessionIdle};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{ActiveSession, Cursor, ErrorKind, Event};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::read;

pub(crate) async fn an_abort_ends_the_turn_and_not_the_session(bench: Bench) {
    bench.model.push(Reply::hang());
    let (client, session) = bench.session().await;

    let (answer, ()) = tokio::join!(session.send_and_wait("think for ever"), async {
        bench.model.wait_for_requests(1).await;
        session.abort().await.unwrap();
    });
    assert_eq!(answer.unwrap_err().kind(), &ErrorKind::Aborted);

    assert_eq!(session.send_and_wait("and now?").await.unwrap().text(), "and now?");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "abort"), 1);
    let idles: Vec<_> = log
        .iter()
        .filter_map(|event| event.get::<SessionIdle>())
        .map(|idle| idle.aborted == Some(true))
        .collect();
    assert_eq!(idles, [true, false]);
    client.stop().await.unwrap();
}

pub(crate) async fn an_abort_in_mid_answer_leaves_its_deltas_without_a_message(bench: Bench) {
    bench.model.push(Reply::chunks(["half ", "said ", "never"]).hold_after(2));
    let (client, session) = bench.session().await;

    let (answer, ()) = tokio::join!(session.send_and_wait("speak"), async {
        let is_second = |event: &Event| {
            let delta = event.get::<AssistantMessageDelta>();
            delta.is_some_and(|delta| delta.delta_content == "said ")
        };
        session.wait_for_from(Cursor::START, is_second).await.unwrap();
        session.abort().await.unwrap();
    });
    assert_eq!(answer.unwrap_err().kind(), &ErrorKind::Aborted);

    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "assistant.message_delta"), 2);
    assert_eq!(read::count(&log, "assistant.message"), 0);
    client.stop().await.unwrap();
}

pub(crate) async fn an_abort_also_ends_what_was_queued(bench: Bench) {
    bench.model.push(Reply::hang());
    let (client, session) = bench.session().await;

    let (first, second, ()) = tokio::join!(
        session.send_and_wait("think for ever"),
        async {
            bench.model.wait_for_requests(1).await;
            session.send_and_wait("queued").await
        },
        async {
            session
                .wait_for_from(Cursor::START, |event| event.kind() == "assistant.turn_start")
                .await
                .unwrap();
            // The runtime says that its queue has changed, and not how.
            let mut events = session.events();
            while queued(&session).await == 0 {
                events.next().await.unwrap().unwrap();
            }
            session.abort().await.unwrap();
        }
    );
    assert_eq!(first.unwrap_err().kind(), &ErrorKind::Aborted);
    assert_eq!(second.unwrap_err().kind(), &ErrorKind::Aborted);

    assert_eq!(session.send_and_wait("and now?").await.unwrap().text(), "and now?");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "user.message"), 2);
    client.stop().await.unwrap();
}

async fn queued(session: &ActiveSession) -> usize {
    let pending: Value = session.call("session.queue.pendingItems", &json!({})).await.unwrap();
    pending["items"].as_array().unwrap().len()
}

pub(crate) async fn an_abort_right_after_the_send_ends_the_turn(bench: Bench) {
    bench.model.push(Reply::hang());
    let (client, session) = bench.session().await;

    // The first sign that the message was accepted; it is not always taken up by then.
    let (answer, ()) = tokio::join!(session.send_and_wait("think for ever"), async {
        session
            .wait_for_from(Cursor::START, |event| event.kind() == "pending_messages.modified")
            .await
            .unwrap();
        session.abort().await.unwrap();
    });
    assert_eq!(answer.unwrap_err().kind(), &ErrorKind::Aborted);
    client.stop().await.unwrap();
}
