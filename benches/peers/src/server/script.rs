//! The script of the runtime: which events follow a request.
//!
//! | set by | text | what is sent |
//! |---|---|---|
//! | the model of `session.create` | `early N` | the answer and N events, in one write; the first is `session.start` |
//! | a prompt | `window N` | the answer and N deltas; no more until the next prompt |
//! | | `burst N` | the answer, N deltas as fast as the pipe takes them, `session.idle` |
//! | | `mark` | the answer, `session.idle` |
//! | | anything else | a whole turn: user message, turn start, answer, `session.idle` |

use std::collections::HashMap;

use crate::frames;
use crate::frames::Delta;
use crate::request::{Params, Request};

pub(crate) struct Agent {
    sessions: HashMap<String, Session>,
    knows_send_and_wait: bool,
    /// The last number of a message or of an event of a whole turn.
    last: u64,
    /// The session that had a window last, and will probably ask for another.
    windowed: Option<String>,
}

struct Session {
    delta: Delta,
    /// The number of the next delta.
    next: u64,
    /// The next window: the number of its deltas, and its frames.
    window: (u64, Vec<u8>),
}

impl Session {
    fn deltas(&mut self, count: u64, out: &mut Vec<u8>) {
        for number in self.next..self.next + count {
            self.delta.write(number, out);
        }
        self.next += count;
    }
}

impl Agent {
    pub(crate) fn new(knows_send_and_wait: bool) -> Self {
        // Far from the numbers of deltas.
        Self { sessions: HashMap::new(), knows_send_and_wait, last: 1 << 40, windowed: None }
    }

    /// Appends the answer and what follows it.
    pub(crate) fn answer(&mut self, request: &Request<'_>, out: &mut Vec<u8>) {
        let Some(id) = request.id else { return };
        let nothing = Params::default();
        let params = request.params.as_ref().unwrap_or(&nothing);
        let session = params.session_id.as_deref().unwrap_or_default();
        let prompt = params.prompt.as_deref().unwrap_or_default();
        let result = |out: &mut Vec<u8>, result: &str| {
            frames::frame(out, &format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#));
        };
        match &*request.method {
            "connect" => {
                result(out, r#"{"ok":true,"protocolVersion":3,"version":"0.0.0-peer"}"#);
            }
            "ping" => result(
                out,
                r#"{"message":"pong","timestamp":"2026-01-01T00:00:00.000Z","protocolVersion":3}"#,
            ),
            "status.get" => result(out, r#"{"version":"0.0.0-peer","protocolVersion":3}"#),
            "auth.getStatus" => result(out, r#"{"isAuthenticated":false}"#),
            "session.create" | "session.resume" => {
                let answer = format!(
                    r#"{{"sessionId":"{session}","workspacePath":"/workspace/{session}","capabilities":{{}}}}"#
                );
                result(out, &answer);
                self.create(session, params.model.as_deref().unwrap_or_default(), out);
            }
            "session.detach" | "session.destroy" | "session.delete" => {
                self.sessions.remove(session);
                result(out, r#"{"success":true}"#);
            }
            "session.send" => {
                let message = self.id();
                result(out, &format!(r#"{{"messageId":"{message}"}}"#));
                self.play(session, prompt, &message, out);
            }
            "session.sendAndWait" if self.knows_send_and_wait => {
                let message = self.id();
                let (response, idle) = self.turn(session, prompt, &message, out);
                let answer = format!(
                    r#"{{"aborted":false,"completionEventId":"{idle}","messageId":"{message}","response":{response}}}"#
                );
                result(out, &answer);
            }
            "session.sendAndWait" => frames::frame(
                out,
                &format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32601,"message":"Unhandled method session.sendAndWait"}}}}"#
                ),
            ),
            _ => result(out, r#"{"success":true}"#),
        }
    }

    /// Called when there is nothing to answer: builds the next window ahead of its request.
    pub(crate) fn prepare(&mut self) {
        let Some(name) = self.windowed.take() else { return };
        if let Some(session) = self.sessions.get_mut(&name) {
            let (count, mut frames) = std::mem::take(&mut session.window);
            frames.clear();
            session.deltas(count, &mut frames);
            session.window = (count, frames);
        }
    }

    fn create(&mut self, name: &str, model: &str, out: &mut Vec<u8>) {
        let mut session = Session { delta: Delta::new(name), next: 1, window: (0, Vec::new()) };
        let early =
            model.strip_prefix("early ").and_then(|count| count.parse().ok()).unwrap_or(0);
        if early > 0 {
            let data = format!(
                r#"{{"sessionId":"{name}","version":1,"producer":"copilot-agent","copilotVersion":"0.0.0","startTime":"2026-01-01T00:00:00.000Z","alreadyInUse":false}}"#
            );
            frames::event(out, name, "session.start", &data, false, &self.id());
            session.deltas(early - 1, out);
        }
        self.sessions.insert(name.to_owned(), session);
    }

    fn play(&mut self, name: &str, prompt: &str, message: &str, out: &mut Vec<u8>) {
        let (word, count) = prompt.split_once(' ').unwrap_or((prompt, "0"));
        let count = count.parse().unwrap_or(0);
        match (word, self.sessions.get_mut(name)) {
            ("window", Some(session)) => {
                if session.window.0 == count {
                    out.extend_from_slice(&session.window.1);
                } else {
                    session.window.0 = count;
                    session.deltas(count, out);
                }
                self.windowed = Some(name.to_owned());
            }
            ("burst", Some(session)) => {
                session.deltas(count, out);
                self.idle(name, out);
            }
            ("mark", _) => {
                self.idle(name, out);
            }
            _ => {
                self.turn(name, prompt, message, out);
            }
        }
    }

    /// Appends a turn; returns its answer and the id of its end.
    fn turn(
        &mut self,
        name: &str,
        prompt: &str,
        message: &str,
        out: &mut Vec<u8>,
    ) -> (String, String) {
        let user =
            format!(r#"{{"content":"{prompt}","messageId":"{message}","delivery":"idle"}}"#);
        frames::event(out, name, "user.message", &user, false, &self.id());
        frames::event(
            out,
            name,
            "assistant.turn_start",
            r#"{"turnId":"0"}"#,
            false,
            &self.id(),
        );
        let (id, said) = (self.id(), self.id());
        let answer = format!(
            r#"{{"messageId":"{said}","originatingMessageId":"{message}","content":"You said: {prompt}","toolRequests":[]}}"#
        );
        frames::event(out, name, "assistant.message", &answer, false, &id);
        let response = frames::bare_event("assistant.message", &answer, false, &id);
        (response, self.idle(name, out))
    }

    fn idle(&mut self, name: &str, out: &mut Vec<u8>) -> String {
        let id = self.id();
        let data = r#"{"mode":"interactive"}"#;
        frames::event(out, name, "session.idle", data, true, &id);
        id
    }

    fn id(&mut self) -> String {
        self.last += 1;
        frames::id(self.last)
    }
}
