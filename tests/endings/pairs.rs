//! Every ending beside every activity, and beside a neighbour that goes on.

use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{ActiveSession, Client, ClientOptions, ResumeConfig};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

use crate::{named, yields};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Disconnect,
    DroppedDisconnect,
    Delete,
    Close,
    Drop,
    Stop,
    ForceStop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activity {
    Nothing,
    StartOfAnother,
    /// The runtime has not answered the sending.
    AskOnItsWay,
    /// The agent is at work on the message.
    AskUnderWay,
    AskOfAHandleUnderWay,
    /// Another client has the agent work in the session.
    TurnOfAnotherClient,
    /// Another client has ended the session.
    EndByAnotherClient,
    Handler,
    HandlerThatHangs,
    HandlerThatCloses,
    HandlerThatStops,
    CloseOfAHandle,
    DroppedHandles,
    Reconfiguration,
}

const ENDINGS: [Ending; 7] = [
    Ending::Disconnect,
    Ending::DroppedDisconnect,
    Ending::Delete,
    Ending::Close,
    Ending::Drop,
    Ending::Stop,
    Ending::ForceStop,
];

const ACTIVITIES: [Activity; 14] = [
    Activity::Nothing,
    Activity::StartOfAnother,
    Activity::AskOnItsWay,
    Activity::AskUnderWay,
    Activity::AskOfAHandleUnderWay,
    Activity::TurnOfAnotherClient,
    Activity::EndByAnotherClient,
    Activity::Handler,
    Activity::HandlerThatHangs,
    Activity::HandlerThatCloses,
    Activity::HandlerThatStops,
    Activity::CloseOfAHandle,
    Activity::DroppedHandles,
    Activity::Reconfiguration,
];

async fn begin(
    activity: Activity,
    agent: &ScriptedAgent,
    client: &Client,
    session: &mut ActiveSession,
) -> Vec<JoinHandle<()>> {
    let (handle, stopper) = (session.handle(), client.clone());
    match activity {
        Activity::Nothing => {}
        Activity::StartOfAnother => {
            let start = client.create_session(named("t")).start();
            return vec![tokio::spawn(async move { drop(start.await) })];
        }
        Activity::AskOnItsWay => {
            agent.hold("session.send");
            let turn = session.ask("never answered");
            let asked = tokio::spawn(async move { assert!(turn.await.is_err()) });
            drop(agent.expect("session.send").await);
            return vec![asked];
        }
        Activity::AskUnderWay | Activity::AskOfAHandleUnderWay => {
            agent.hold("session.send");
            let mut turn = match activity {
                Activity::AskUnderWay => session.ask("never done"),
                _ => handle.ask("never done"),
            };
            let (told, begun) = tokio::sync::oneshot::channel();
            let asked = tokio::spawn(async move {
                assert_eq!(turn.next().await.unwrap().unwrap().kind(), "user.message");
                told.send(()).unwrap();
                assert!(turn.await.is_err());
            });
            agent.expect("session.send").await.reply(json!({ "messageId": "m" }));
            agent.emit("s", AgentEvent::turn("m", "never done", "").swap_remove(0));
            begun.await.unwrap();
            return vec![asked];
        }
        Activity::TurnOfAnotherClient => {
            agent.emit("s", AgentEvent::turn("o", "of another", "").swap_remove(0));
        }
        Activity::EndByAnotherClient => agent.emit("s", AgentEvent::new("session.shutdown")),
        Activity::Handler => drop(session.on_event(|_| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
        })),
        Activity::HandlerThatHangs => drop(session.on_event(|_| std::future::pending())),
        Activity::HandlerThatCloses => drop(session.on_event(move |_| {
            let handle = handle.clone();
            async move { drop(handle.close().await) }
        })),
        Activity::HandlerThatStops => drop(session.on_event(move |_| {
            let client = stopper.clone();
            async move { drop(client.stop().await) }
        })),
        Activity::CloseOfAHandle => {
            return vec![tokio::spawn(async move { drop(handle.close().await) })];
        }
        Activity::DroppedHandles => drop((handle, session.events(), session.handle())),
        Activity::Reconfiguration => {
            assert!(session.reconfigure(ResumeConfig::new()).now_or_never().is_none());
        }
    }
    Vec::new()
}

async fn end(ending: Ending, client: &Client, session: ActiveSession) {
    match ending {
        Ending::Disconnect => drop(session.disconnect().await),
        Ending::DroppedDisconnect => assert!(session.disconnect().now_or_never().is_none()),
        Ending::Delete => drop(session.delete().await),
        Ending::Close => drop(session.handle().close().await),
        Ending::Drop => drop(session),
        Ending::Stop => drop(client.stop().await),
        Ending::ForceStop => client.force_stop().await,
    }
}

async fn pair(ending: Ending, activity: Activity) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    let mut session = client.create_session(named("s")).await.unwrap();
    let neighbour = client.create_session(named("n")).await.unwrap();
    let log = session.log().clone();
    let working = begin(activity, &agent, &client, &mut session).await;
    end(ending, &client, session).await;
    agent.release("session.send");
    for task in working {
        task.await.unwrap();
    }
    assert!(log.close_reason().is_some(), "open");
    yields().await;
    let detached = |id: &str| {
        let received = agent.received();
        let detaches = received.iter().filter(|it| it.method == "session.detach");
        detaches.filter(|it| it.params["sessionId"] == id).count()
    };
    // A reconfiguration that was given up may have loaded the session behind the detach.
    let most = if activity == Activity::Reconfiguration { 2 } else { 1 };
    assert!(detached("s") <= most && detached("n") <= 1, "{ending:?} {activity:?}");
    let is_stopped = matches!(ending, Ending::Stop | Ending::ForceStop)
        || activity == Activity::HandlerThatStops;
    assert_eq!(neighbour.send_and_wait("still").await.is_ok(), !is_stopped);
    let again = client.resume_session("s", ResumeConfig::new()).start().await;
    assert_eq!(again.is_ok(), !is_stopped && ending != Ending::Delete, "{again:?}");
    let _ = client.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_ending_ends_beside_every_activity_and_leaves_the_id_free() {
    for ending in ENDINGS {
        for activity in ACTIVITIES {
            timeout(Duration::from_secs(600), pair(ending, activity))
                .await
                .unwrap_or_else(|_| panic!("{ending:?} beside {activity:?} hangs"));
            println!("{ending:?} beside {activity:?}");
        }
    }
}
