//! Handles, sessions that are reconfigured, and endings that others ask for.

use copilot_sessions::events::kinds::AssistantMessageDelta;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{CloseReason, Cursor, Event, Tool};
use serde_json::json;

use crate::bench::Bench;
use crate::read;

pub(crate) async fn a_session_is_reconfigured_in_mid_turn(bench: Bench) {
    bench.model.push(Reply::chunks(["half ", "and half"]).hold_after(1));
    let (client, mut session) = bench.session().await;
    let (log, handle) = (session.log().id(), session.handle());
    let work = tokio::spawn(handle.send_and_wait("speak"));
    session.wait_for_from(Cursor::START, Event::is::<AssistantMessageDelta>).await.unwrap();

    let tool = Tool::new("lookup").description("d").parameters(json!({ "type": "object" }));
    session.reconfigure(bench.resume_config().tools([tool])).await.unwrap();
    assert_eq!(session.start_info().session_id(), session.id());
    bench.model.release();
    assert_eq!(work.await.unwrap().unwrap().text(), "half and half");

    // The new options are in force, and the log has gone on.
    assert_eq!(session.send_and_wait("and now?").await.unwrap().text(), "and now?");
    let requests = bench.model.requests();
    let offered = |request: usize| requests[request].tools().contains(&"lookup");
    assert_eq!([offered(0), offered(requests.len() - 1)], [false, true]);
    assert_eq!(session.log().id(), log);
    let closed = session.disconnect().await.unwrap();
    let events = read::whole(closed.log()).await;
    assert_eq!(read::count(&events, "user.message"), 2);
    client.stop().await.unwrap();
}

pub(crate) async fn a_handle_closes_a_session_that_can_be_resumed_at_once(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("one").await.unwrap();
    let (handle, id) = (session.handle(), session.id().clone());
    assert_eq!(handle.close().await.unwrap(), CloseReason::Disconnected);
    let closed = session.ended().await;
    assert_eq!(closed.reason(), &CloseReason::Disconnected);

    let resumed = client.resume_session(id, bench.resume_config()).await.unwrap();
    assert_eq!(resumed.handle().send_and_wait("two").await.unwrap().text(), "two");
    // A place in the first log means nothing in the second.
    let stale = closed.log().end();
    let first = resumed.events_from(stale).next_ready().unwrap().unwrap_err();
    assert!(matches!(first, copilot_sessions::Gap::Foreign { .. }), "{first}");
    resumed.disconnect().await.unwrap();
    client.stop().await.unwrap();
}
