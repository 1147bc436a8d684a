//! Every method of the schema that a client may call, through its typed function.
//!
//! `methods/calls.txt` has a line for each, in the order in which they are called: the name, the
//! parameters, and what the runtime answers; after another bar, what the CLI answers where that
//! is something else.
//!
//! ```text
//! session.mode.get {} | ok
//! session.factory.getRun {"runId":"none"} | -32603 not found
//! ```
//!
//! A line that begins with `+` is called on another runtime, where there is no session.
//!
//! - `ok`: the result fits its type. `ok name=/pointer` keeps a part of it, to be used as `$name`
//!   in the parameters of later calls.
//! - A number: the call fails with this code of JSON-RPC, and this text is in the message. These
//!   are methods that need an account, a user interface, or a state that there is none of here.
//! - `waits`: there is no answer within the time that the others are content with.
//! - `closed`: the session is over by then.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::time::Duration;

use copilot_sessions::methods::names;
use copilot_sessions::{ActiveSession, Client, Error, ErrorKind};
use futures::TryStreamExt;
use serde_json::Value;
use tokio::time::timeout;

use crate::bench::{Bench, Binary};
use crate::table;

const CALLS: &str = include_str!("methods/calls.txt");
/// How long to wait for an answer; all but those that wait for somebody take a fraction of it.
const PATIENCE: Duration = Duration::from_secs(5);

struct Line<'a> {
    is_alone: bool,
    method: &'a str,
    params: &'a str,
    runtime: &'a str,
    cli: Option<&'a str>,
}

fn lines() -> Vec<Line<'static>> {
    let lines = CALLS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let mut parts = line.split(" | ");
            let call = parts.next().unwrap();
            let (is_alone, call) =
                call.strip_prefix("+ ").map_or((false, call), |call| (true, call));
            let (method, params) = call.split_once(' ').unwrap();
            let runtime = parts.next().unwrap_or_else(|| panic!("no answer in {line}"));
            Line { is_alone, method, params, runtime, cli: parts.next() }
        })
        .collect()
}

pub(crate) async fn every_method_answers_as_its_types_say(bench: Bench) {
    let lines = lines();
    let listed: BTreeSet<_> = lines.iter().map(|line| line.method).collect();
    let known: BTreeSet<_> = names::SERVER.iter().chain(names::SESSION).copied().collect();
    assert_eq!(listed, known, "every method is called, and no other");

    let alone = bench.client().await;
    let (client, session) = bench.session().await;
    session.send_and_wait("hello").await.unwrap();
    let mut values = values(&bench, &client, &session).await;
    let mut wrong = Vec::new();
    let mut fitted = 0;
    for line in &lines {
        let expected = match (bench.binary, line.cli) {
            (Binary::Cli, Some(cli)) => cli,
            _ => line.runtime,
        };
        let params = filled_in(line.params, &values);
        let client = if line.is_alone { &alone } else { &client };
        let call = table::call(client, &session, line.method, &params);
        let answer = timeout(PATIENCE, call).await;
        let found = described(&answer);
        if !agrees(expected, &answer) {
            wrong.push(format!("{} {} | {found}", line.method, line.params));
        }
        if let (Ok(Ok(result)), Some(kept)) = (&answer, expected.strip_prefix("ok ")) {
            let (name, pointer) = kept.split_once('=').unwrap();
            match result.pointer(pointer).and_then(Value::as_str) {
                Some(value) => drop(values.insert(name.to_owned(), value.to_owned())),
                None => wrong.push(format!("{} has no {pointer}: {result}", line.method)),
            }
        }
        fitted += usize::from(matches!(answer, Ok(Ok(_))));
    }
    println!("{fitted} of {} methods give a result", lines.len());
    assert!(wrong.is_empty(), "otherwise than listed:\n{}", wrong.join("\n"));
}

/// What `$name` in parameters stands for.
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
    let asked = history.iter().find(|event| event.kind() == "user.message").unwrap();
    let id = session.id().to_string();
    [
        ("prefix", id[..8].to_owned()),
        ("session", id),
        ("other", other),
        ("event", asked.id().to_owned()),
        ("work", bench.work().to_str().unwrap().to_owned()),
        ("model", bench.model.name().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn filled_in(params: &str, values: &BTreeMap<String, String>) -> Value {
    let mut params = params.to_owned();
    for (name, value) in values {
        params = params.replace(&format!("${name}"), value);
    }
    serde_json::from_str(&params).unwrap()
}

type Answer = Result<Result<Value, Error>, tokio::time::error::Elapsed>;

fn agrees(expected: &str, answer: &Answer) -> bool {
    match answer {
        Ok(Ok(_)) => expected == "ok" || expected.starts_with("ok "),
        Err(_) => expected == "waits",
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
        Err(_) => "waits".to_owned(),
        Ok(Err(error)) => match error.kind() {
            ErrorKind::Closed(_) => "closed".to_owned(),
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
