//! One id, several lives: dropped and resumed at once, deleted and created again.

use copilot_sessions::{CloseReason, SessionId};

use crate::bench::Bench;

const ROUNDS: usize = 100;

pub(crate) async fn a_session_that_is_dropped_and_resumed_at_once_goes_on(bench: Bench) {
    let (client, mut session) = bench.session().await;
    assert_eq!(session.send_and_wait("first").await.unwrap().text(), "first");
    let id = session.id().clone();
    for round in 0..ROUNDS {
        let old = session.log().clone();
        drop(session);
        session = client.resume_session(id.clone(), bench.resume_config()).await.unwrap();
        assert_eq!(old.close_reason(), Some(CloseReason::Dropped));
        if round % 10 == 0 {
            let asked = format!("round {round}");
            assert_eq!(session.send_and_wait(&*asked).await.unwrap().text(), asked);
        }
        assert_eq!(session.close_reason(), None, "round {round}");
    }
    assert_eq!(session.send_and_wait("last").await.unwrap().text(), "last");
    client.stop().await.unwrap();
}

pub(crate) async fn a_session_that_is_deleted_can_be_created_again_at_once(bench: Bench) {
    let client = bench.client().await;
    let id = SessionId::random();
    for round in 0..ROUNDS / 5 {
        let config = bench.config().session_id(id.clone());
        let session = client.create_session(config).await.unwrap();
        let asked = format!("round {round}");
        assert_eq!(session.send_and_wait(&*asked).await.unwrap().text(), asked);
        assert_eq!(session.close_reason(), None, "round {round}");
        let deleted = session.delete().await.unwrap();
        assert_eq!(*deleted.reason(), CloseReason::Deleted);
    }
    client.stop().await.unwrap();
}
