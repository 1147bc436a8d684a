//! The hand-driven other end of a connection, and an owner that writes down what it is told.

use std::sync::{Arc, Mutex};

use copilot_sessions::rpc::{
    Connection, ConnectionLimits, Disconnect, DisconnectKind, FrameDecoder, FrameLimits,
    Inbound, Peer, Responder, encode_frame,
};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;

/// What an [`Owner`] was told, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Intercepted(String),
    Notification(String, Option<String>),
    Request(String, Option<String>),
    Malformed(Vec<u8>, String),
    Unusual(String),
    Oversized(Vec<u8>),
    Response(String),
    Drained,
    Closed(DisconnectKind),
}

/// What an [`Owner`] does with requests.
pub(crate) enum Requests {
    /// Hands the responders to the test.
    Keep,
    /// Answers at once, with the params or null.
    Echo,
    Panic,
}

/// An owner that writes down what it is told.
pub(crate) struct Owner {
    told: mpsc::UnboundedSender<Told>,
    responders: mpsc::UnboundedSender<Responder>,
    requests: Requests,
}

impl Inbound for Owner {
    fn intercept(&mut self, frame: &str) -> bool {
        let hot = frame.contains("\"hot\"");
        if hot {
            let _ = self.told.send(Told::Intercepted(frame.to_owned()));
        }
        hot
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>) {
        let params = params.map(|params| params.get().to_owned());
        let _ = self.told.send(Told::Notification(method.to_owned(), params));
    }

    fn request(&mut self, method: &str, params: Option<&RawValue>, responder: Responder) {
        match self.requests {
            Requests::Keep => {
                let _ = self.responders.send(responder);
            }
            Requests::Echo => match params {
                Some(params) => responder.respond(params),
                None => responder.respond(&()),
            },
            Requests::Panic => panic!("a request handler that panics"),
        }
        let params = params.map(|params| params.get().to_owned());
        let _ = self.told.send(Told::Request(method.to_owned(), params));
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) {
        let _ = self.told.send(Told::Malformed(frame.to_vec(), reason.to_owned()));
    }

    fn unusual(&mut self, reason: &str) {
        let _ = self.told.send(Told::Unusual(reason.to_owned()));
    }

    fn oversized(&mut self, head: &[u8], _reason: &str) {
        let _ = self.told.send(Told::Oversized(head.to_vec()));
    }

    fn drained(&mut self) {
        let _ = self.told.send(Told::Drained);
    }

    fn closed(&mut self, reason: &Disconnect) {
        let _ = self.told.send(Told::Closed(reason.kind().clone()));
    }
}

/// A peer under test, what its owner was told, and the other end of its connection.
pub(crate) struct Fixture {
    pub(crate) peer: Peer,
    pub(crate) other: OtherEnd,
    pub(crate) told: ToldReceiver,
    pub(crate) responders: mpsc::UnboundedReceiver<Responder>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(ConnectionLimits::default(), 1 << 20, Requests::Keep)
    }

    /// With options, so many bytes of buffer in each direction, and a way with requests.
    pub(crate) fn with(options: ConnectionLimits, buffer: usize, requests: Requests) -> Self {
        let (ours, theirs) = tokio::io::duplex(buffer);
        let (reader, writer) = tokio::io::split(ours);
        let (told_sender, told) = mpsc::unbounded_channel();
        let (responder_sender, responders) = mpsc::unbounded_channel();
        let owner = Owner { told: told_sender, responders: responder_sender, requests };
        Self {
            peer: Peer::spawn(Connection::from_streams(reader, writer), owner, options),
            other: OtherEnd::new(theirs),
            told: ToldReceiver(told),
            responders,
        }
    }
}

/// What the owner was told, one after the other.
pub(crate) struct ToldReceiver(mpsc::UnboundedReceiver<Told>);

impl ToldReceiver {
    /// The next thing, wherever it came in the reads.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            match self.next_or_drained().await {
                Told::Drained => {}
                told => return told,
            }
        }
    }

    pub(crate) async fn next_or_drained(&mut self) -> Told {
        self.0.recv().await.expect("the owner lives until it was told of the end")
    }

    /// Everything until the owner was dropped.
    pub(crate) async fn rest(mut self) -> Vec<Told> {
        let mut rest = Vec::new();
        while let Some(told) = self.0.recv().await {
            if told != Told::Drained {
                rest.push(told);
            }
        }
        rest
    }
}

/// The other end of the connection.
pub(crate) struct OtherEnd {
    pub(crate) stream: DuplexStream,
    decoder: FrameDecoder,
}

impl OtherEnd {
    pub(crate) fn new(stream: DuplexStream) -> Self {
        Self { stream, decoder: FrameDecoder::new(FrameLimits::default()) }
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Writes a frame.
    pub(crate) async fn send(&mut self, body: impl AsRef<[u8]>) {
        self.write(encode_frame(body.as_ref())).await;
    }

    /// Answers a request.
    pub(crate) async fn answer(&mut self, request: &Value, result: &str) {
        let id = &request["id"];
        self.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)).await;
    }

    /// Reads a frame; `None` at the end of the stream.
    pub(crate) async fn receive(&mut self) -> Option<Value> {
        loop {
            if let Some(body) = self.decoder.next_frame().unwrap() {
                return Some(serde_json::from_slice(body).unwrap());
            }
            if self.stream.read_buf(self.decoder.buffer_mut()).await.unwrap() == 0 {
                assert_eq!(self.decoder.finish(), Ok(()));
                return None;
            }
        }
    }

    /// Reads a frame of a stream that has not ended.
    pub(crate) async fn expect(&mut self) -> Value {
        self.receive().await.expect("another frame")
    }

    /// Does a whole round trip through the peer under test: what was sent before is handled.
    pub(crate) async fn barrier(
        &mut self,
        responders: &mut mpsc::UnboundedReceiver<Responder>,
    ) {
        self.send(r#"{"jsonrpc":"2.0","id":"barrier","method":"barrier"}"#).await;
        let responder = responders.recv().await.unwrap();
        assert_eq!(responder.id().as_json(), r#""barrier""#);
        responder.respond(&());
    }
}

/// A place for a callback to write into.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap().push(note.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
