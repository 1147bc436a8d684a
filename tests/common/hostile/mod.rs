//! A hostile peer: the other end of a client's connection, driven by hand, byte by byte.
//!
//! It knows nothing of the crate: frames are cut and put together by its own few lines, JSON is
//! `serde_json::Value` or plain text, and it answers nothing unless told. `frames` has bytes and texts,
//! `wire` the ways to a client. A test target includes it as its module `peer`.
#![allow(dead_code, unused_imports)] // Each test target uses a part of it.

mod frames;
mod wire;

use std::collections::VecDeque;

use copilot_sessions::{ActiveSession, Client, PendingSession};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use self::frames::FrameReader;

pub(crate) use self::frames::{event, frame, numbered, usual};
pub(crate) use self::wire::Wire;

/// The peer's end of a connection.
pub(crate) struct Peer {
    input: FrameReader,
    output: Box<dyn AsyncWrite + Send + Unpin>,
    /// What the client has sent, and no test has asked for yet.
    waiting: VecDeque<Value>,
}

impl Peer {
    pub(crate) fn over(
        input: impl AsyncRead + Send + Unpin + 'static,
        output: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        let input = FrameReader::new(input);
        Self { input, output: Box::new(output), waiting: VecDeque::new() }
    }

    // Writing.

    /// Writes these bytes; nothing if the client has gone.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        if self.output.write_all(bytes.as_ref()).await.is_ok() {
            let _ = self.output.flush().await;
        }
    }

    /// Writes the bytes in two parts, cut at `at`. The client may read the first before the second.
    pub(crate) async fn write_cut(&mut self, bytes: &[u8], at: usize) {
        let (head, tail) = bytes.split_at(at);
        for part in [head, tail] {
            self.write(part).await;
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Writes a frame with this body, whatever it is.
    pub(crate) async fn send(&mut self, body: impl AsRef<[u8]>) {
        self.write(frame(body)).await;
    }

    /// Sends an event, in the form that runtimes use. Neither text is escaped or checked.
    pub(crate) async fn event(&mut self, session: &str, event: &str) {
        self.send(usual(session, event)).await;
    }

    /// Sends events with these numbers in one write.
    pub(crate) async fn burst(
        &mut self,
        session: &str,
        numbers: impl IntoIterator<Item = u64>,
    ) {
        let frames = numbers.into_iter().map(|it| frame(usual(session, &numbered(it))));
        self.write(frames.flatten().collect::<Vec<_>>()).await;
    }

    /// Answers a request; the result is plain text.
    pub(crate) async fn answer(&mut self, request: &Value, result: &str) {
        self.answer_as(&request["id"].to_string(), result).await;
    }

    /// Answers under any id, as it is written.
    pub(crate) async fn answer_as(&mut self, id: &str, result: &str) {
        self.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)).await;
    }

    /// Answers a request with an error.
    pub(crate) async fn refuse(&mut self, request: &Value, code: i64, message: &str) {
        let id = &request["id"];
        let error = format!(r#"{{"code":{code},"message":"{message}"}}"#);
        self.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)).await;
    }

    // Reading.

    /// The next message of the client that nobody asked for yet; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        match self.waiting.pop_front() {
            Some(message) => Some(message),
            None => self.input.next().await,
        }
    }

    /// The next request of one of these methods. Other messages wait.
    pub(crate) async fn expect_any(&mut self, methods: &[&str]) -> Value {
        let wanted =
            |message: &Value| methods.iter().any(|method| message["method"] == *method);
        if let Some(index) = self.waiting.iter().position(wanted) {
            return self.waiting.remove(index).unwrap();
        }
        loop {
            let message = self.input.next().await;
            let message =
                message.unwrap_or_else(|| panic!("the client ended before {methods:?}"));
            if wanted(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    /// The next request of this method. Other messages wait.
    pub(crate) async fn expect(&mut self, method: &str) -> Value {
        self.expect_any(&[method]).await
    }

    /// How many messages of this method wait; what the client has sent is there once it has
    /// [settled](Self::settle).
    pub(crate) fn waiting(&self, method: &str) -> usize {
        self.waiting.iter().filter(|message| message["method"] == method).count()
    }

    // What belongs together.

    /// Answers the handshake as a runtime would.
    pub(crate) async fn accept(&mut self) {
        let connect = self.expect("connect").await;
        self.answer(&connect, r#"{"ok":true,"protocolVersion":3,"version":"hostile"}"#).await;
    }

    /// Answers the next create or resume, for the id that it asks for.
    pub(crate) async fn answer_start(&mut self) {
        let start = self.expect_any(&["session.create", "session.resume"]).await;
        let id = start["params"]["sessionId"].to_string();
        self.answer(&start, &format!(r#"{{"sessionId":{id}}}"#)).await;
    }

    /// Starts a session, answering it.
    pub(crate) async fn start(&mut self, pending: PendingSession) -> ActiveSession {
        let (started, ()) = tokio::join!(pending.start(), self.answer_start());
        started.unwrap()
    }

    /// Answers this method next, while `future` runs.
    pub(crate) async fn during<T>(
        &mut self,
        method: &str,
        future: impl Future<Output = T>,
    ) -> T {
        let answer = async {
            let request = self.expect(method).await;
            self.answer(&request, r#"{"success":true}"#).await;
        };
        tokio::join!(future, answer).0
    }

    /// Returns once the client has handled all that was written, by a round trip behind it.
    pub(crate) async fn settle(&mut self, client: &Client) {
        let call = client.call_raw("hostile.settle", &());
        self.during("hostile.settle", call).await.unwrap();
    }
}
