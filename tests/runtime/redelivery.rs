//! A client that does not read for a while. A runtime with more than some 10,000 events
//! outstanding delivers events more than once, and not even their first deliveries in the
//! order in which it made them: what it makes now and what it delivers again are interleaved.

use std::collections::HashSet;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use copilot_sessions::events::kinds::AssistantMessage;
use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{Client, ClientOptions, Cursor};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use crate::bench::Bench;
use crate::read;

/// Pieces of the answer; each makes two events.
const PIECES: u32 = 12_000;

/// Opens and closes what a reader reads from.
#[derive(Clone, Default)]
struct Valve(Arc<Mutex<ValveState>>);

#[derive(Default)]
struct ValveState {
    shut: bool,
    waiting: Option<Waker>,
    /// All that has gone through.
    bytes: Vec<u8>,
}

impl Valve {
    fn shut(&self) {
        self.0.lock().unwrap().shut = true;
    }

    /// Every event that has gone through, as it was on the wire.
    fn deliveries(&self) -> Vec<Box<str>> {
        #[derive(Deserialize)]
        struct Frame<'a> {
            #[serde(borrow)]
            params: Option<Params<'a>>,
        }
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow)]
            event: Option<&'a RawValue>,
        }

        let mut decoder = FrameDecoder::new(FrameLimits::default());
        decoder.extend(&self.0.lock().unwrap().bytes);
        let mut events = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            let frame: Frame<'_> = serde_json::from_slice(frame).unwrap();
            let event = frame.params.and_then(|params| params.event);
            events.extend(event.map(|event| event.get().into()));
        }
        events
    }

    fn open(&self) {
        let mut state = self.0.lock().unwrap();
        state.shut = false;
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
    }
}

struct Valved<R> {
    reader: R,
    valve: Valve,
}

impl<R: AsyncRead + Unpin> AsyncRead for Valved<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        {
            let mut state = self.valve.0.lock().unwrap();
            if state.shut {
                state.waiting = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.reader).poll_read(cx, buffer))?;
        self.valve.0.lock().unwrap().bytes.extend_from_slice(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

pub(crate) async fn what_is_delivered_again_is_seen_once_and_nothing_is_lost(bench: Bench) {
    let words: Vec<_> = (0..PIECES).map(|number| format!("{number} ")).collect();
    let text = words.concat();
    bench.model.push(Reply::chunks(words));
    let server = bench.server().await;

    // One client that can stop reading, and one that is not attached and watches the log.
    let valve = Valve::default();
    let (reader, writer) = TcpStream::connect(server.address()).await.unwrap().into_split();
    let reader = Valved { reader, valve: valve.clone() };
    let client = Client::connect(reader, writer, ClientOptions::new()).await.unwrap();
    let session = client.create_session(bench.config()).await.unwrap();
    let watch = Client::start(ClientOptions::external(server.address())).await.unwrap();

    session.send("count").await.unwrap();
    valve.shut();
    let mut params = json!({
        "sessionId": session.id(), "types": ["session.idle"], "waitMs": 20_000,
    });
    loop {
        let read: Value = watch.call("session.eventLog.read", &params).await.unwrap();
        if !read["events"].as_array().unwrap().is_empty() {
            break;
        }
        params["cursor"] = read["cursor"].clone();
    }
    valve.open();
    // Deliveries may go on behind the end of the turn, so there is another one.
    session.wait_for_from(Cursor::START, |event| event.kind() == "session.idle").await.unwrap();
    assert_eq!(session.send_and_wait("done?").await.unwrap().text(), "done?");

    let closed = session.disconnect().await.unwrap();
    let duplicates = closed.stats().duplicates;
    let log = read::whole(closed.log()).await;
    println!("{:?}: {} events, {duplicates} deliveries dropped", bench.binary, log.len());

    // The log is the first delivery of every event, in the order of the wire.
    let deliveries = valve.deliveries();
    assert!(deliveries.len() as u64 >= log.len() as u64 + duplicates);
    let mut seen = HashSet::new();
    let first: Vec<_> = deliveries.iter().filter(|event| seen.insert(id_of(event))).collect();
    assert!(first.iter().zip(&log).all(|(wire, event)| ***wire == *event.raw()));
    assert!(first.len() >= log.len());

    // Whatever their order, the pieces are all there, and the message is the truth.
    let message = log.iter().find_map(|event| event.get::<AssistantMessage>()).unwrap();
    assert!(message.content == text);
    let deltas = read::deltas(&log, &message.message_id);
    if duplicates == 0 {
        assert!(deltas == text);
    }
    let mut pieces: Vec<u32> =
        deltas.split(' ').filter_map(|piece| piece.parse().ok()).collect();
    pieces.sort_unstable();
    assert!(pieces.into_iter().eq(0..PIECES));
    assert_eq!(read::count(&log, "session.idle"), 2);
    watch.stop().await.unwrap();
    client.stop().await.unwrap();
}

fn id_of(event: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }

    serde_json::from_str::<Named>(event).unwrap().id
}
