//! Models that fail.

use std::collections::BTreeSet;

use copilot_sessions::ErrorKind;
use copilot_sessions::events::kinds::{AssistantMessage, AssistantMessageDelta, SessionError};
use copilot_sessions::testing::model::Reply;

use crate::bench::Bench;
use crate::read;

pub(crate) async fn a_refused_request_fails_the_turn_and_not_the_session(bench: Bench) {
    bench.model.push(Reply::error(400, "no such tune"));
    let (client, session) = bench.session().await;

    let error = session.send_and_wait("sing").await.unwrap_err();
    let ErrorKind::TurnFailed(kind) = error.kind().clone() else { panic!("{error:?}") };
    assert!(error.to_string().contains("no such tune"), "{error}");

    assert_eq!(session.send_and_wait("hum").await.unwrap().text(), "hum");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    let errors: Vec<_> = log.iter().filter_map(|event| event.get::<SessionError>()).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].error_type, kind);
    assert_eq!(errors[0].status_code, Some(400));
    client.stop().await.unwrap();
}

pub(crate) async fn a_wrong_key_fails_the_turn_as_such(bench: Bench) {
    bench.model.respond_with(|_| Reply::error(401, "who are you"));
    let (client, session) = bench.session().await;

    let error = session.send_and_wait("sing").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::TurnFailed("authentication".into()));

    bench.model.respond_with(|_| Reply::text("la"));
    assert_eq!(session.send_and_wait("sing").await.unwrap().text(), "la");
    client.stop().await.unwrap();
}

pub(crate) async fn a_busy_model_is_asked_again(bench: Bench) {
    bench.model.push(Reply::error(429, "later").retry_after(1));
    bench.model.push(Reply::text("at last"));
    let (client, session) = bench.session().await;

    assert_eq!(session.send_and_wait("sing").await.unwrap().text(), "at last");
    assert_eq!(bench.model.requests().len(), 2);
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "model.call_failure"), 1);
    assert_eq!(read::count(&log, "session.error"), 0);
    client.stop().await.unwrap();
}

pub(crate) async fn a_cut_answer_is_begun_again_as_another_message(bench: Bench) {
    bench.model.push(Reply::chunks(["lost ", "in ", "the ", "wire"]).cut_after(3));
    bench.model.push(Reply::chunks(["safe ", "and ", "sound"]));
    let (client, session) = bench.session().await;

    assert_eq!(session.send_and_wait("speak").await.unwrap().text(), "safe and sound");
    assert_eq!(bench.model.requests().len(), 2);

    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    let complete: BTreeSet<_> = log
        .iter()
        .filter_map(|event| event.get::<AssistantMessage>())
        .map(|message| message.message_id.as_str())
        .collect();
    let begun: BTreeSet<_> = log
        .iter()
        .filter_map(|event| event.get::<AssistantMessageDelta>())
        .map(|delta| delta.message_id.as_str())
        .collect();
    assert_eq!((complete.len(), begun.len()), (1, 2));
    assert!(complete.is_subset(&begun));
    for message in complete {
        assert_eq!(read::deltas(&log, message), "safe and sound");
    }
    client.stop().await.unwrap();
}
