//! Sessions of every state in a struct that tasks share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use copilot_sessions::events::kinds::{SessionResume, SessionStart};
use copilot_sessions::session::SessionId;
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{
    AnySession, Client, ClientOptions, CloseReason, ErrorKind, ResumeConfig, SessionConfig,
};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;

use crate::{Failure, bounded};

#[derive(Clone, Default)]
struct App {
    sessions: Arc<tokio::sync::Mutex<BTreeMap<String, AnySession>>>,
}

impl App {
    async fn add(&self, name: &str, session: impl Into<AnySession>) {
        self.sessions.lock().await.insert(name.to_owned(), session.into());
    }

    /// The lock is held while the session starts, not while it works.
    async fn start(&self, name: &str) -> copilot_sessions::Result<()> {
        self.sessions.lock().await.get_mut(name).expect("a name").start().await
    }

    async fn ask(&self, name: &str, prompt: &str) -> copilot_sessions::Result<String> {
        let handle = self.sessions.lock().await[name].handle();
        let handle =
            handle.ok_or_else(|| copilot_sessions::Error::from(CloseReason::Disconnected))?;
        Ok(handle.send_and_wait(prompt).await?.to_string())
    }

    async fn end(&self, name: &str) -> copilot_sessions::Result<()> {
        self.sessions.lock().await.get_mut(name).expect("a name").disconnect().await
    }

    async fn reconfigure(
        &self,
        name: &str,
        config: ResumeConfig,
    ) -> copilot_sessions::Result<()> {
        match self.sessions.lock().await.get_mut(name).expect("a name") {
            AnySession::Active(session) => session.reconfigure(config).await,
            other => panic!("{other:?} is not active"),
        }
    }

    async fn state(&self, name: &str) -> &'static str {
        match &self.sessions.lock().await[name] {
            AnySession::Pending(_) => "pending",
            AnySession::Active(_) => "active",
            AnySession::Closed(_) => "closed",
            _ => "?",
        }
    }
}

async fn connected() -> Result<(ScriptedAgent, Client), Failure> {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await?;
    Ok((agent, client))
}

#[tokio::test]
async fn shared_struct() -> Result<(), Failure> {
    bounded(async {
        let (agent, client) = connected().await?;
        let app = App::default();
        let create = |name: &str| client.create_session(SessionConfig::new().session_id(name));
        app.add("pending", create("pending")).await;
        app.add("active", create("active").await?).await;
        app.add("closed", create("closed").await?.disconnect().await?).await;
        for state in ["pending", "active", "closed"] {
            assert_eq!(app.state(state).await, state);
        }
        assert_eq!(app.ask("active", "hi").await?, "You said: hi");
        assert_eq!(*app.ask("pending", "hi").await.unwrap_err().kind(), ErrorKind::NotStarted);

        // A start that fails, and is tried again in place. Its readers stay.
        let mut reader = app.sessions.lock().await["pending"].events();
        agent.hold("session.create");
        let starting = tokio::spawn({
            let app = app.clone();
            async move { app.start("pending").await }
        });
        agent.expect("session.create").await.error(-32000, "not now");
        let error = starting.await?.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Rpc(-32000));
        assert_eq!(app.state("pending").await, "pending");
        agent.release("session.create");
        app.start("pending").await?;
        assert_eq!(app.state("pending").await, "active");
        assert!(reader.next().await.expect("open")?.is::<SessionStart>());
        assert_eq!(app.ask("pending", "again").await?, "You said: again");

        // One task waits for an answer, another one ends the session.
        agent.hold("session.send");
        let waiting = tokio::spawn({
            let app = app.clone();
            async move { app.ask("active", "are you there?").await }
        });
        let send = agent.expect("session.send").await;
        send.reply(json!({ "messageId": "m" }));
        let ending = tokio::spawn({
            let app = app.clone();
            async move { app.end("active").await }
        });
        ending.await??;
        let error = waiting.await?.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::Disconnected));
        assert_eq!(app.state("active").await, "closed");
        agent.release("session.send");

        // Reconfigured, while its reader goes on.
        let before = agent.count("session.resume");
        app.reconfigure("pending", ResumeConfig::new().model("other").streaming(true)).await?;
        assert_eq!(agent.count("session.resume"), before + 1);
        let sent = agent.wait_for("session.resume", before + 1).await;
        assert_eq!(sent.params["model"], "other");
        assert_eq!(sent.params["sessionId"], "pending");
        let resumed = reader
            .try_filter(|event| std::future::ready(event.is::<SessionResume>()))
            .next()
            .await
            .expect("open")?;
        assert_eq!(resumed.session_id().map(SessionId::as_str), Some("pending"));
        assert_eq!(app.ask("pending", "third").await?, "You said: third");

        // The end of all.
        for name in ["pending", "active", "closed"] {
            app.end(name).await?;
            assert_eq!(app.state(name).await, "closed");
        }
        Ok(())
    })
    .await
}

/// The same with a blocking mutex: nothing is locked during an await, so only a handle can end.
#[tokio::test]
async fn shared_with_a_blocking_mutex() -> Result<(), Failure> {
    bounded(async {
        let (agent, client) = connected().await?;
        let session: AnySession = client.create_session(SessionConfig::new()).await?.into();
        let shared = Arc::new(Mutex::new(session));
        agent.hold("session.send");
        let waiting =
            tokio::spawn(shared.lock().unwrap().handle().expect("open").send_and_wait("?"));
        agent.expect("session.send").await.reply(json!({ "messageId": "m" }));
        let handle = shared.lock().unwrap().handle().expect("open");
        assert_eq!(handle.close().await?, CloseReason::Disconnected);
        let error = waiting.await?.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::Disconnected));
        // It has ended, but is still `Active`.
        assert!(shared.lock().unwrap().as_active().is_some());
        assert_eq!(shared.lock().unwrap().close_reason(), Some(CloseReason::Disconnected));
        Ok(())
    })
    .await
}
