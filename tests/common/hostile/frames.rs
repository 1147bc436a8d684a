//! Bytes and texts: frames cut and put together, events from parts.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A frame with this body.
pub(crate) fn frame(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// The body of an event's message, in the form that runtimes use. Neither text is escaped or checked.
pub(crate) fn usual(session: &str, event: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{session}","event":{event}}}}}"#
    )
}

/// The text of an event from its parts, none of which is escaped or checked.
pub(crate) fn event(id: &str, kind: &str, data: &str) -> String {
    format!(
        r#"{{"type":"{kind}","data":{data},"id":"{id}","timestamp":"2026-01-02T03:04:05.678Z","parentId":null}}"#
    )
}

/// An event that says which one it is: its id is `n` and the number.
pub(crate) fn numbered(number: u64) -> String {
    event(&format!("n{number}"), "test.numbered", "{}")
}

/// Cuts the client's bytes into messages.
pub(super) struct FrameReader {
    stream: Box<dyn AsyncRead + Send + Unpin>,
    read: Vec<u8>,
}

impl FrameReader {
    pub(super) fn new(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self { stream: Box::new(stream), read: Vec::new() }
    }

    /// The next message; `None` when the client has closed its end.
    pub(super) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((body, end)) = self.whole_frame() {
                let message = serde_json::from_slice(&self.read[body..end]).unwrap();
                self.read.drain(..end);
                return Some(message);
            }
            let read = self.stream.read_buf(&mut self.read).await;
            if !read.is_ok_and(|length| length > 0) {
                return None;
            }
        }
    }

    /// Where the body of the first frame begins and ends, if all of it was read.
    fn whole_frame(&self) -> Option<(usize, usize)> {
        let head = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let header = std::str::from_utf8(&self.read[..head]).unwrap();
        let length: usize = header.strip_prefix("Content-Length: ").unwrap().parse().unwrap();
        let body = head + 4;
        (self.read.len() >= body + length).then_some((body, body + length))
    }
}
