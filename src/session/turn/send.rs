//! Sending a message, waiting for its answer, aborting the work on it.

use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::error::{ErrorKind, Result};
use crate::ids::MessageId;
use crate::rpc::RpcError;
use crate::session::states::{Active, Session};
use crate::session::turn::answer::Answer;
use crate::session::turn::message::Message;
use crate::session::turn::wait::wait_for_answer;

impl Session<Active> {
    /// Sends a message and returns its id as soon as the runtime has accepted it. The
    /// work on it shows in the events. While the agent is at work a message waits for its
    /// turn, unless it is [`immediate`](Message::immediate).
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves open whether the message was sent.
    pub async fn send(&self, message: impl Into<Message>) -> Result<MessageId> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Sent {
            message_id: MessageId,
        }

        let message = message.into();
        let sent: Sent = self.call("session.send", &message).await?;
        tracing::debug!(session = %self.id(), message = %sent.message_id, "message sent");
        Ok(sent.message_id)
    }

    /// Sends a message and waits for its answer.
    ///
    /// The answer is this message's own: what sub-agents say, the turns of other clients,
    /// and an idle or an error from before are not taken for it. Any number of these may
    /// be under way at once; each finds its own. A message that [steers](Message::immediate)
    /// is answered by what is said last in the run that took it up.
    ///
    /// Where the events leave open whether the work has ended (after an abort, in autopilot, or
    /// when an idle may be that of work before), the runtime is asked: when the doubt begins, and
    /// as long as it lasts after pauses that grow from a quarter of a second to eight.
    ///
    /// # Errors
    ///
    /// [`TurnFailed`](ErrorKind::TurnFailed) with the session's error,
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed) when the session
    /// ends, [`TimedOut`](ErrorKind::TimedOut) when the session stays silent for the
    /// message's [inactivity limit](Message::inactivity), or
    /// [`Lagged`](ErrorKind::Lagged) when its log is too small for the turn.
    ///
    /// # Cancel safety
    ///
    /// A dropped future stops waiting; a message that was sent is worked on all the same.
    pub async fn send_and_wait(&self, message: impl Into<Message>) -> Result<Answer> {
        let message = message.into();
        let inactivity = message.inactivity;
        let span = tracing::debug_span!("session.turn", session = %self.id());
        async {
            // Both before anything is sent: the first event may come before the answer.
            let events = self.live_events();
            let was_idle = !self.core.is_busy();
            let id = self.send(message).await?;
            wait_for_answer(events, id, was_idle, inactivity, |id| self.is_waiting(id)).await
        }
        .instrument(span)
        .await
    }

    /// Aborts the work under way and drops the messages that wait. The work has ended when
    /// `session.idle` comes, which may be before this returns.
    pub async fn abort(&self) -> Result<()> {
        self.call::<Value>("session.abort", &json!({})).await.map(drop)
    }

    /// Whether the runtime keeps the message for later, or is at work, perhaps on it; also if
    /// it can't tell just now. One that does not know the questions is taken to be idle.
    async fn is_waiting(&self, id: MessageId) -> bool {
        let ask = async |method| match self.call::<Value>(method, &json!({})).await {
            Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
                Some(Value::Null)
            }
            answer => answer.ok(),
        };
        let Some(pending) = ask("session.queue.pendingItems").await else { return true };
        let items = pending.get("items").and_then(Value::as_array);
        let is_ours = |item: &Value| item.get("messageId") == Some(&json!(id));
        if items.is_some_and(|items| items.iter().any(is_ours)) {
            return true;
        }
        let Some(work) = ask("session.metadata.isProcessing").await else { return true };
        work.get("processing") == Some(&Value::Bool(true))
    }
}
