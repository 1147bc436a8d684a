//! Recorded traffic of a real runtime, replayed to a client.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::rpc::{RpcError, encode_frame};
use crate::testing::ScriptedAgent;

/// Recorded traffic between a client and a runtime.
///
/// The format is JSON Lines, one object per line. `dir` is `s2c` for messages to the client
/// and `c2s` for messages to the runtime, `msg` is the JSON-RPC message, and `conn` the number
/// of the connection if the recording has several. Lines without `msg`, and messages that are
/// not JSON-RPC objects, are ignored.
#[derive(Debug)]
pub struct Recording {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    to_client: bool,
    connection: Option<u64>,
    text: Box<str>,
    message: Message,
}

#[derive(Debug, Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

/// The error of [`Recording::parse`]: a line is not a JSON object with the expected fields.
#[derive(Debug)]
pub struct RecordingError {
    line: usize,
    error: serde_json::Error,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the recording is not an object of the recording format",
            self.line
        )
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Recording {
    /// Parses the text of a recording.
    ///
    /// # Errors
    ///
    /// A line is not a JSON object with a `dir`; this includes empty lines.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct Entry<'a> {
            dir: &'a str,
            conn: Option<u64>,
            #[serde(borrow)]
            msg: Option<&'a RawValue>,
        }

        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let failed = |error| RecordingError { line: index + 1, error };
            let entry: Entry<'_> = serde_json::from_str(line).map_err(failed)?;
            let Some(message) = entry.msg else { continue };
            // Some recordings contain malformed messages on purpose.
            let Ok(parsed) = serde_json::from_str(message.get()) else { continue };
            lines.push(Line {
                to_client: entry.dir == "s2c",
                connection: entry.conn,
                text: message.get().into(),
                message: parsed,
            });
        }
        Ok(Self { lines })
    }

    /// Keeps only the traffic of one connection.
    pub fn connection(mut self, number: u64) -> Self {
        self.lines.retain(|line| line.connection == Some(number));
        self
    }

    /// Every event that the runtime sent, in order: the id of its session and its JSON text.
    pub fn events(&self) -> Vec<(String, String)> {
        #[derive(Deserialize)]
        struct Notification<'a> {
            #[serde(borrow)]
            params: Params<'a>,
        }
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(rename = "sessionId")]
            session: String,
            #[serde(borrow)]
            event: &'a RawValue,
        }

        let sent = self.lines.iter().filter(|line| {
            line.to_client && line.message.method.as_deref() == Some("session.event")
        });
        sent.filter_map(|line| serde_json::from_str::<Notification<'_>>(&line.text).ok())
            .map(|Notification { params }| (params.session, params.event.get().to_owned()))
            .collect()
    }

    /// Replays the runtime's messages to a client of `agent`; returns when all are written.
    ///
    /// Messages are sent in the recorded order, without the recorded pauses. Where the recorded
    /// client made a request, the replay waits, without a limit, until the client makes a
    /// request of the same method; its parameters may differ. Ids of requests are translated,
    /// and so are the ids of sessions that the client creates or resumes under another id. The
    /// replay does not wait for answers to the runtime's requests.
    ///
    /// The methods of the recorded requests stay [held](ScriptedAgent::hold) afterwards.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: a dropped replay cannot be continued, and requests that it took are
    /// never answered.
    ///
    /// # Panics
    ///
    /// When the connection ends before the replay does.
    pub async fn play(&self, agent: &ScriptedAgent) {
        for line in self.lines.iter().filter(|line| !line.to_client) {
            if let Some(method) = &line.message.method {
                agent.hold(method);
            }
        }
        let mut requests = HashMap::new();
        let mut sessions = HashMap::new();
        for line in &self.lines {
            let Message { id, method, params } = &line.message;
            match (line.to_client, id, method) {
                (false, Some(id), Some(method)) => {
                    let request = agent.expect(method).await;
                    let recorded = params.get("sessionId").and_then(Value::as_str);
                    let actual = request.session_id();
                    if let Some(recorded) = recorded
                        && matches!(method.as_str(), "session.create" | "session.resume")
                        && !actual.is_empty()
                    {
                        sessions.insert(recorded.to_owned(), actual);
                    }
                    requests.insert(id.to_string(), request);
                }
                (true, Some(id), None) => {
                    if let Some(request) = requests.remove(&id.to_string()) {
                        let text = translated(&line.text, &sessions);
                        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
                        request.answer(&answer);
                    }
                }
                (true, _, Some(_)) => {
                    agent.raw(encode_frame(translated(&line.text, &sessions).as_bytes()));
                }
                _ => {}
            }
        }
        agent.flushed().await;
    }
}

/// The text with the recorded session ids replaced. They are UUIDs, so nothing else matches.
fn translated(text: &str, sessions: &HashMap<String, String>) -> String {
    sessions
        .iter()
        .fold(text.to_owned(), |text, (recorded, actual)| text.replace(recorded, actual))
}

impl super::AgentRequest {
    /// Answers with a recorded answer's result or error.
    fn answer(self, recorded: &Value) {
        match recorded.get("error") {
            Some(error) => {
                let code = error
                    .get("code")
                    .and_then(Value::as_i64)
                    .unwrap_or(RpcError::INTERNAL_ERROR);
                let message = error.get("message").and_then(Value::as_str);
                self.error(code, message.unwrap_or_default());
            }
            None => self.reply(recorded.get("result").cloned().unwrap_or(json!(null))),
        }
    }
}
