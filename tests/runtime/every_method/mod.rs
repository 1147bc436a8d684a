//! Every method of the schema that a client may call, through its typed function.
//!
//! `calls.txt` has at least a line for each, in the order in which they are called: the
//! name, the parameters, and what the runtime answers; after another bar, what the CLI answers
//! where that is something else.
//!
//! ```text
//! session.mode.get {} | ok
//! session.factory.getRun {"runId":"none"} | -32603 not found
//! ```
//!
//! - `ok`: the result decodes into its type. `ok name=/pointer` keeps a part of it, to be used as `$name`
//!   in the parameters of later calls.
//! - A number: the call fails with this code of JSON-RPC, and this text is in the message. These
//!   are methods that need an account, a service or a place that there is none of here; comments
//!   in the file say which.
//! - `closed`: the session is over by then.
//!
//! A line that begins with `+` is called on another runtime, where there is no session. One that
//! begins with `&` asks something of the session's clients: its answer is waited for at the next
//! line `=`, when the lines between have said what they have to say. And `? kind` calls nothing,
//! but waits for the next event of that kind; `? kind name=/pointer` keeps a part of its payload.
//!
//! What the calls find is in `state.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::time::Duration;

use copilot_sessions::events::EventStream;
use copilot_sessions::methods::names;
use copilot_sessions::{ActiveSession, Client, Error, ErrorKind};
use futures::{TryStreamExt, poll};
use serde_json::Value;
use tokio::time::timeout;

use self::lines::{Call, Line, Place};
use crate::bench::{Bench, Binary};
use crate::table;

mod github;
mod guarded;
mod lines;
mod loopback;
mod state;

/// How long to wait for an answer or an event; all of them take a fraction of it.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn every_method_answers_as_its_types_say(bench: Bench) {
    let lines = lines::all();
    let listed: BTreeSet<_> = lines.iter().filter_map(method).collect();
    let known: BTreeSet<_> = names::SERVER.iter().chain(names::SESSION).copied().collect();
    assert_eq!(listed, known, "every method is called, and no other");

    let alone = bench.client().await;
    let client = state::client(&bench).await;
    let session = state::session(&bench, &client).await;
    let mut events = session.live_events();
    let values = values(&bench, &client, &session).await;
    let mut run = Run { binary: bench.binary, values, decoded: BTreeSet::new(), wrong: vec![] };
    let mut begun = Vec::new();
    for line in &lines {
        let call = match line {
            Line::Event { kind, kept } => {
                match (timeout(PATIENCE, next(&mut events, kind)).await, kept) {
                    (Ok(data), Some(kept)) => run.keep(*kept, &data),
                    (Ok(_), None) => {}
                    (Err(_), _) => run.wrong.push(format!("there is no {kind}")),
                }
                continue;
            }
            Line::Answers => {
                for (call, answer) in begun.drain(..) {
                    run.check(call, &timeout(PATIENCE, answer).await);
                }
                continue;
            }
            Line::Call(call) => call,
        };
        let params = run.filled_in(call.params);
        let client = if call.place == Place::Alone { &alone } else { &client };
        let mut answer = table::call(client, &session, call.method, &params);
        if call.place == Place::Meanwhile {
            // The request is sent by the first poll.
            assert!(poll!(&mut answer).is_pending());
            begun.push((call, answer));
        } else {
            run.check(call, &timeout(PATIENCE, answer).await);
        }
    }
    assert!(begun.is_empty(), "what begins with `&` is followed by `=`");
    println!("{} of {} methods give a result", run.decoded.len(), listed.len());
    assert!(run.wrong.is_empty(), "otherwise than listed:\n{}", run.wrong.join("\n"));
}

fn method(line: &Line) -> Option<&'static str> {
    match line {
        Line::Call(call) => Some(call.method),
        Line::Event { .. } | Line::Answers => None,
    }
}

/// The payload of the next event of this kind.
async fn next(events: &mut EventStream, kind: &str) -> Value {
    loop {
        let event = events.try_next().await.unwrap().expect("the session goes on");
        if event.kind() == kind {
            return serde_json::from_str(event.raw_data()).unwrap();
        }
    }
}

struct Run {
    binary: Binary,
    /// What `$name` in parameters stands for.
    values: BTreeMap<String, String>,
    /// The methods whose result decoded.
    decoded: BTreeSet<&'static str>,
    wrong: Vec<String>,
}

impl Run {
    fn filled_in(&self, params: &str) -> Value {
        let mut params = params.to_owned();
        for (name, value) in &self.values {
            params = params.replace(&format!("${name}"), value);
        }
        serde_json::from_str(&params).unwrap()
    }

    fn keep(&mut self, (name, pointer): lines::Kept, of: &Value) {
        match of.pointer(pointer).and_then(Value::as_str) {
            Some(value) => drop(self.values.insert(name.to_owned(), value.to_owned())),
            None => self.wrong.push(format!("no {pointer} to be ${name} in {of}")),
        }
    }

    fn check(&mut self, call: &Call, answer: &Answer) {
        let expected = call.expected(self.binary);
        if !agrees(expected, answer) {
            let found = described(answer);
            self.wrong.push(format!("{} {} | {found}", call.method, call.params));
        }
        if let Ok(Ok(result)) = answer {
            self.decoded.insert(call.method);
            if let Some(part) = expected.strip_prefix("ok ") {
                self.keep(lines::kept(part), result);
            }
        }
    }
}

/// What `$name` stands for from the beginning.
async fn values(
    bench: &Bench,
    client: &Client,
    session: &ActiveSession,
) -> BTreeMap<String, String> {
    let other = client.create_session(bench.config()).await.unwrap();
    other.send_and_wait("hello").await.unwrap();
    let other = other.disconnect().await.unwrap().id().to_string();
    let history: Vec<_> =
        session.history().await.unwrap().events().try_collect().await.unwrap();
    let mut asked = history.iter().filter(|event| event.kind() == "user.message");
    let first = asked.next().unwrap().id().to_owned();
    let second = asked.next().unwrap().id().to_owned();
    let id = session.id().to_string();
    [
        ("prefix", id[..8].to_owned()),
        ("session", id),
        ("other", other),
        ("first", first),
        ("second", second),
        ("home", bench.home().to_str().unwrap().to_owned()),
        ("work", bench.work().to_str().unwrap().to_owned()),
        ("model", bench.model.name().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

type Answer = Result<Result<Value, Error>, tokio::time::error::Elapsed>;

fn agrees(expected: &str, answer: &Answer) -> bool {
    match answer {
        Ok(Ok(_)) => expected == "ok" || expected.starts_with("ok "),
        Err(_) => false,
        Ok(Err(error)) => match (error.kind(), expected.split_once(' ')) {
            (ErrorKind::Closed(_), None) => expected == "closed",
            (ErrorKind::Rpc(code), Some((listed, text))) => {
                listed == code.to_string() && message(error).contains(text)
            }
            (ErrorKind::Rpc(code), None) => expected == code.to_string(),
            _ => false,
        },
    }
}

fn described(answer: &Answer) -> String {
    match answer {
        Ok(Ok(_)) => "ok".to_owned(),
        Err(_) => "no answer".to_owned(),
        Ok(Err(error)) => match error.kind() {
            ErrorKind::Closed(reason) => format!("closed ({reason:?}) {}", message(error)),
            ErrorKind::Rpc(code) => format!("{code} {}", message(error)),
            kind => format!("{kind:?}: {error}: {}", message(error)),
        },
    }
}

/// What the runtime said, on one line.
fn message(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
