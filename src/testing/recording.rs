//! Real traffic, played back.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::rpc::{RpcError, encode_frame};
use crate::testing::ScriptedAgent;

/// Traffic between a client and a runtime that was recorded once.
///
/// The format is one JSON object a line: `dir` is `c2s` or `s2c` (other lines are passed
/// over), `msg` the JSON-RPC message, and `conn` the connection's number where there was
/// more than one.
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

/// A line of a recording can't be read.
#[derive(Debug)]
pub struct RecordingError {
    line: usize,
    error: serde_json::Error,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the recording can't be read", self.line)
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Recording {
    /// Reads a recording's text.
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
            // Deliberately wrong messages are part of some recordings.
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

    /// The same with one connection's traffic only.
    pub fn connection(mut self, number: u64) -> Self {
        self.lines.retain(|line| line.connection == Some(number));
        self
    }

    /// The JSON text of every event that the runtime sent, with its session, in order.
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

    /// Plays the runtime's part to a client of `agent`, and returns when it is through.
    ///
    /// Messages are sent in the recorded order, as fast as the client allows: where the
    /// recorded client made a request, the client is waited for until it has made one of
    /// the same method, whatever its parameters. Ids of requests are translated; so are
    /// the ids of sessions that the client starts with an id of its own. Answers to the
    /// runtime's requests are not waited for.
    ///
    /// # Panics
    ///
    /// When the connection ends before.
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

/// The text with the recorded session ids replaced: they are UUIDs and occur nowhere by
/// accident.
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
