//! A client that does not read for a while. A runtime with more than some 10,000 events
//! outstanding delivers again what it has delivered already, out of order.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use copilot_sessions::events::kinds::AssistantMessage;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{Client, ClientOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use crate::bench::Bench;
use crate::read;

/// Pieces of the answer; each makes two events.
const PIECES: usize = 12_000;

/// Opens and closes what a reader reads from.
#[derive(Clone, Default)]
struct Valve(Arc<Mutex<ValveState>>);

#[derive(Default)]
struct ValveState {
    shut: bool,
    waiting: Option<Waker>,
}

impl Valve {
    fn shut(&self) {
        self.0.lock().unwrap().shut = true;
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
        Pin::new(&mut self.reader).poll_read(cx, buffer)
    }
}

pub(crate) async fn what_is_delivered_again_is_seen_once_and_in_order(bench: Bench) {
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
    let watch = Client::start(ClientOptions::external(server.address(), None)).await.unwrap();

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
    session.wait_for(|event| event.kind() == "session.idle").await.unwrap();
    assert_eq!(session.send_and_wait("done?").await.unwrap().text(), "done?");

    let duplicates = session.stats().duplicates;
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    println!("{:?}: {} events, {duplicates} deliveries dropped", bench.binary, log.len());
    let message = log.iter().find_map(|event| event.get::<AssistantMessage>()).unwrap();
    assert_eq!(message.content, text);
    assert_eq!(read::deltas(&log, &message.message_id), text);
    assert_eq!(read::count(&log, "session.idle"), 2);
    watch.stop().await.unwrap();
    client.stop().await.unwrap();
}
