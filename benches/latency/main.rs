//! How much later than a bare reader of the same pipe a subscriber has what the real runtime writes.
//!
//! A relay reads the runtime's output and passes every read on into two pipes. At the end of one is a
//! [`bare`](wire::bare) reader, which frames and does no more; at the end of the other is a [`Client`] with one
//! subscriber, in a task of its own. Both run in a tokio runtime of the same flavour, each in its own, so that neither
//! waits for the other's work. What is *added* is, for each event, the time at which the subscriber has it less the
//! time at which the bare reader has its frame. It is negative where the client was first.
//!
//! Needs the real runtime, and unix: `cargo xtask bench`, or
//!
//! ```console
//! $ export $(cargo xtask setup --print)
//! $ cargo bench --features testing --bench latency
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

#[path = "../support/mod.rs"]
mod support;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use copilot_sessions::events::kinds::AssistantMessageDelta;
use copilot_sessions::testing::model::{Reply, ScriptedModel};
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, Event, EventStream, Provider, SessionConfig,
};
use futures::StreamExt;
use tokio::net::unix::pipe;
use tokio::runtime::Runtime;

use self::support::{current_thread, multi_thread};
use self::wire::Wire;

/// What the ratios are of: the most that may be added in the middle, in a paced turn.
const TARGET: Duration = Duration::from_micros(50);

const ROUNDS: usize = 4;

/// The turns of a round: the pieces of the answer, and the pause before each. The runtime makes two events of a piece.
const TURNS: [(&str, usize, Duration); 2] =
    [(PACED, 250, Duration::from_millis(4)), ("burst", 2000, Duration::ZERO)];

/// Each piece by itself, as a model writes. In a burst runtime, model, relay and both readers are after the same cores,
/// and what is measured is mostly who gets them: the figures are printed, and are of little use on few cores.
const PACED: &str = "paced";

fn main() {
    for (flavour, build) in
        [("ct", current_thread as fn() -> Runtime), ("mt", multi_thread as fn() -> Runtime)]
    {
        let (wire, seen) = run(build);
        for (number, (name, _, _)) in TURNS.iter().enumerate() {
            let seen = seen.iter().filter(|seen| seen.turn == number);
            let latencies: Vec<_> = seen.map(|seen| Latency::of(&wire, seen)).collect();
            let added = report(&format!("{flavour}_{name}"), &latencies);
            if *name == PACED {
                let ratio = added / (TARGET.as_secs_f64() * 1e6);
                println!("ratio latency_{flavour}_added_p50_over_50_us {ratio:.3}");
            }
        }
    }
}

/// An event when the subscriber had it.
struct Seen {
    turn: usize,
    event: Event,
    at: Instant,
}

/// Runs all turns on a runtime process of their own.
fn run(build: fn() -> Runtime) -> (Wire, Vec<Seen>) {
    let work = tempfile::tempdir().unwrap();
    // The model has threads of its own, and is idle while events are on their way.
    let models = multi_thread();
    let model = models.block_on(ScriptedModel::start()).unwrap();
    let (runtime, bare_runtime) = (build(), build());
    let (process, pipes) = wire::launch(work.path());
    let bare = std::thread::spawn(move || bare_runtime.block_on(wire::bare(pipes.bare)));
    let seen = runtime.block_on(async {
        let reader = pipe::Receiver::from_owned_fd(pipes.client.into()).unwrap();
        let writer = pipe::Sender::from_owned_fd(pipes.stdin.into()).unwrap();
        let client = Client::connect(reader, writer, ClientOptions::new()).await.unwrap();
        let session = client.create_session(config(&model, work.path())).await.unwrap();
        let seen = turns(&model, &session).await;
        client.stop().await.unwrap();
        seen
    });
    (Wire::new(&process.end(), bare.join().unwrap()), seen)
}

fn config(model: &ScriptedModel, work: &Path) -> SessionConfig {
    SessionConfig::new()
        .provider(Provider::openai(model.base_url()).api_key(model.api_key()))
        .model(model.name())
        .working_directory(work)
        .streaming(true)
}

async fn turns(model: &ScriptedModel, session: &ActiveSession) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut events = session.live_events();
    for _ in 0..ROUNDS {
        for (turn, (_, pieces, delay)) in TURNS.into_iter().enumerate() {
            let texts: Vec<_> = (0..pieces).map(|number| format!("{number} ")).collect();
            model.push(Reply::chunks(&texts).delay(delay));
            let subscriber = tokio::spawn(subscribe(events, turn));
            session.send("count").await.unwrap();
            let (back, of_turn) = subscriber.await.unwrap();
            let text: String = of_turn.iter().filter_map(|seen| piece(&seen.event)).collect();
            assert!(text == texts.concat(), "the subscriber has not seen the whole answer");
            seen.extend(of_turn);
            events = back;
        }
    }
    seen
}

/// Reads to the end of the turn.
async fn subscribe(mut events: EventStream, turn: usize) -> (EventStream, Vec<Seen>) {
    let mut seen = Vec::with_capacity(16 * 1024);
    loop {
        let event = events.next().await.unwrap().unwrap();
        let at = Instant::now();
        let last = event.kind() == "session.idle";
        seen.push(Seen { turn, event, at });
        if last {
            return (events, seen);
        }
    }
}

fn piece(event: &Event) -> Option<&str> {
    event.get::<AssistantMessageDelta>().map(|delta| delta.delta_content.as_str())
}

/// Microseconds.
struct Latency {
    /// From the relay's read to the bare reader.
    bare: f64,
    /// From the relay's read to the subscriber.
    subscriber: f64,
}

impl Latency {
    fn of(wire: &Wire, seen: &Seen) -> Self {
        let stamps = wire.stamps(seen.event.id());
        let micros = |at: Instant| at.duration_since(stamps.relayed).as_secs_f64() * 1e6;
        Self { bare: micros(stamps.bare), subscriber: micros(seen.at) }
    }
}

/// Prints quantiles, and returns how much was added in the middle.
fn report(topic: &str, latencies: &[Latency]) -> f64 {
    let print = |name, value: &dyn Fn(&Latency) -> f64| {
        let mut values: Vec<_> = latencies.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let (p50, p99) = (values[values.len() / 2], values[values.len() * 99 / 100]);
        println!("time latency/{topic}/{name}_p50 {p50:.1} us");
        println!("time latency/{topic}/{name}_p99 {p99:.1} us ({} events)", values.len());
        p50
    };
    print("bare", &|latency| latency.bare);
    print("subscriber", &|latency| latency.subscriber);
    print("added", &|latency| latency.subscriber - latency.bare)
}
