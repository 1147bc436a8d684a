//! Round trips over TCP with a peer that writes header and body of a frame apart, as runtimes do.
//!
//! The client against a bare socket that does no more than the round trip, both with quick
//! acknowledgements; and both without them.
//!
//! `cargo bench --features testing,__internals --bench tcp`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use copilot_sessions::rpc::{FrameDecoder, FrameLimits, encode_frame};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use self::support::{Candidate, current_thread, measure, wanted};

/// Round trips that are timed as one.
const QUICK: u64 = 500;
/// The same where each may take 40 ms.
const DELAYED: u64 = 10;

fn main() {
    let address = serve();
    let runtime = current_thread();
    for trip in [Trip::Ping, Trip::Turn] {
        let topic = trip.topic();
        if !wanted(topic) {
            continue;
        }
        let ends = |acks| {
            let bare = runtime.block_on(Bare::connect(address, acks));
            let client = runtime.block_on(Sessions::connect(address, acks));
            (bare, client)
        };
        let (mut bare, client) = ends(Acks::Quick);
        let measured = measure(
            topic,
            QUICK,
            15,
            vec![
                Candidate::new("bare", || runtime.block_on(bare.trips(trip, QUICK))),
                Candidate::new("client", || runtime.block_on(client.trips(trip, QUICK))),
            ],
        );
        measured.ratio(topic, "client", "bare");
        end(&runtime, &client);

        let (mut bare, client) = ends(Acks::Delayed);
        measure(
            &format!("{topic}_delayed"),
            DELAYED,
            5,
            vec![
                Candidate::new("bare", || runtime.block_on(bare.trips(trip, DELAYED))),
                Candidate::new("client", || runtime.block_on(client.trips(trip, DELAYED))),
            ],
        );
        end(&runtime, &client);
    }
    if wanted("tcp-burst") {
        burst(&runtime, address);
    }
}

/// What acknowledging after every read costs where much arrives at once.
fn burst(runtime: &Runtime, address: SocketAddr) {
    let quick = runtime.block_on(Sessions::connect(address, Acks::Quick));
    let delayed = runtime.block_on(Sessions::connect(address, Acks::Delayed));
    let turn = async |sessions: &Sessions| {
        drop(sessions.session.send_and_wait(LONG).await.unwrap());
    };
    let measured = measure(
        "tcp-burst",
        WORDS as u64,
        15,
        vec![
            Candidate::new("delayed", || runtime.block_on(turn(&delayed))),
            Candidate::new("quick", || runtime.block_on(turn(&quick))),
        ],
    );
    measured.ratio("tcp-burst", "quick", "delayed");
    end(runtime, &quick);
    end(runtime, &delayed);
}

/// The prompt whose answer comes in so many deltas.
const LONG: &str = "a long answer";
const WORDS: usize = 20_000;

fn end(runtime: &Runtime, client: &Sessions) {
    runtime.block_on(async { client.client.stop().await.unwrap() });
}

/// What goes to the peer and back.
#[derive(Clone, Copy)]
enum Trip {
    /// A call and its answer.
    Ping,
    /// A message, and the events until the session is idle.
    Turn,
}

impl Trip {
    fn topic(self) -> &'static str {
        match self {
            Self::Ping => "tcp-ping",
            Self::Turn => "tcp-turn",
        }
    }
}

/// How this side acknowledges what arrives.
#[derive(Clone, Copy)]
enum Acks {
    Quick,
    Delayed,
}

/// A peer in a thread of its own; returns where it listens.
fn serve() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        current_thread().block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                // Without `TCP_NODELAY`.
                let (reader, writer) = listener.accept().await.unwrap().0.into_split();
                let agent = ScriptedAgent::serve(reader, Apart(writer));
                agent.answer_with(|prompt| match prompt {
                    LONG => "word ".repeat(WORDS),
                    _ => "a short answer".to_owned(),
                });
            }
        });
    });
    address
}

/// Writes the header of a frame, and its body, in two writes.
struct Apart<W>(W);

impl<W: AsyncWrite + Unpin> AsyncWrite for Apart<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // The agent writes frame by frame, and no body has an empty line.
        let header = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        let part = header.map_or(bytes, |end| &bytes[..end + 4]);
        Pin::new(&mut self.0).poll_write(context, part)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// A client and its session.
struct Sessions {
    client: Client,
    session: ActiveSession,
}

impl Sessions {
    async fn connect(address: SocketAddr, acks: Acks) -> Self {
        let client = match acks {
            Acks::Quick => Client::start(ClientOptions::external(address.to_string())).await,
            // Over streams that it does not know to be TCP.
            Acks::Delayed => {
                let (reader, writer) = socket(address).await.into_split();
                Client::connect(reader, writer, ClientOptions::new()).await
            }
        };
        let client = client.unwrap();
        let session = client.create_session(SessionConfig::new()).await.unwrap();
        Self { client, session }
    }

    async fn trips(&self, trip: Trip, count: u64) {
        for _ in 0..count {
            match trip {
                Trip::Ping => drop(self.client.ping("").await.unwrap()),
                Trip::Turn => drop(self.session.send_and_wait("hello").await.unwrap()),
            }
        }
    }
}

/// A socket that writes a request and looks for the frame that ends the round trip.
struct Bare {
    stream: TcpStream,
    decoder: FrameDecoder,
    acks: Acks,
}

impl Bare {
    async fn connect(address: SocketAddr, acks: Acks) -> Self {
        let decoder = FrameDecoder::new(FrameLimits::default());
        Self { stream: socket(address).await, decoder, acks }
    }

    async fn trips(&mut self, trip: Trip, count: u64) {
        let (method, last): (_, &[u8]) = match trip {
            Trip::Ping => (r#""ping","params":{"message":""}"#, br#""id":1,"#),
            Trip::Turn => {
                let send = r#""session.send","params":{"sessionId":"bare","prompt":"hello"}"#;
                (send, br#""type":"session.idle""#)
            }
        };
        let request = format!(r#"{{"jsonrpc":"2.0","id":1,"method":{method}}}"#);
        let request = encode_frame(request.as_bytes());
        for _ in 0..count {
            self.stream.write_all(&request).await.unwrap();
            self.read_until(last).await;
        }
    }

    async fn read_until(&mut self, last: &[u8]) {
        loop {
            while let Some(frame) = self.decoder.next_frame().unwrap() {
                if frame.windows(last.len()).any(|part| part == last) {
                    return;
                }
            }
            let read = self.stream.read_buf(self.decoder.buffer_mut()).await.unwrap();
            assert_ne!(read, 0, "the peer is there");
            if matches!(self.acks, Acks::Quick) {
                acknowledge_at_once(&self.stream);
            }
        }
    }
}

async fn socket(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledge_at_once(stream: &TcpStream) {
    stream.set_quickack(true).unwrap();
}

/// Other systems have no such option.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn acknowledge_at_once(_: &TcpStream) {}
