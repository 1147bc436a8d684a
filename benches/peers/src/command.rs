//! The command line of the client programs.

use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::burst::burst;
use crate::early::{When, early};
use crate::heap::{LiveBytes, heap};
use crate::launch::connect;
use crate::official::Official;
use crate::ours::Ours;
use crate::sdk::Sdk;
use crate::turns::turns;
use crate::windows::windows;

const USAGE: &str =
    "usage: peer-client SDK FLAVOUR SERVER MEASURE [ARGUMENT]… [-- SERVER-ARGUMENT…]";

/// Runs the measure that the command line names and prints its result as one line of JSON. `live` returns the bytes
/// that are allocated, where the allocator counts them.
pub fn run(live: Option<fn() -> usize>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match measure(&arguments, live) {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The command line, parsed.
#[derive(Clone)]
struct Job {
    server: String,
    server_arguments: Vec<String>,
    measure: String,
    arguments: Vec<String>,
    live: Option<LiveBytes>,
}

fn measure(arguments: &[String], live: Option<LiveBytes>) -> Result<Value> {
    let (arguments, server_arguments) =
        match arguments.iter().position(|argument| argument == "--") {
            Some(at) => (arguments.get(..at), arguments.get(at + 1..)),
            None => (Some(arguments), None),
        };
    let Some([sdk, flavour, server, measure, arguments @ ..]) = arguments else { bail!(USAGE) };
    let job = Job {
        server: server.clone(),
        server_arguments: server_arguments.unwrap_or_default().to_vec(),
        measure: measure.clone(),
        arguments: arguments.to_vec(),
        live,
    };
    match sdk.as_str() {
        "ours" => on::<Ours>(flavour, job),
        "official" => on::<Official>(flavour, job),
        _ => bail!(USAGE),
    }
}

/// `ct`: current-thread. `mt`: two workers, the measure in a spawned task. `main`: two workers, the measure in the main
/// task, as with `#[tokio::main]`.
fn on<S: Sdk>(flavour: &str, job: Job) -> Result<Value> {
    match flavour {
        "ct" => Builder::new_current_thread().enable_all().build()?.block_on(work::<S>(job)),
        "main" => two_workers()?.block_on(work::<S>(job)),
        "mt" => two_workers()?
            .block_on(async { tokio::spawn(work::<S>(job)).await })
            .context("the measure panicked")?,
        _ => bail!(USAGE),
    }
}

fn two_workers() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

async fn work<S: Sdk>(job: Job) -> Result<Value> {
    let connected = connect::<S>(&job.server, &job.server_arguments).await?;
    let client = &connected.client;
    let word = |at: usize| job.arguments.get(at).map(String::as_str).unwrap_or_default();
    let number = |at: usize| -> Result<u32> {
        word(at).parse().with_context(|| format!("argument {} is no number", at + 1))
    };
    match job.measure.as_str() {
        "windows" => windows::<S>(client, number(0)?, number(1)?).await,
        "burst" => burst::<S>(client, number(0)?, word(1) == "first").await,
        "early" => {
            let when = match word(2) {
                "at-once" => When::AtOnce,
                "await" => When::AfterAnAwait,
                "first" => When::First,
                _ => bail!(USAGE),
            };
            early::<S>(client, when, number(0)?, number(1)?).await
        }
        "turns" => turns::<S>(client, number(0)?, number(1)?).await,
        "heap" => {
            let live = job.live.context("this program does not count: use peer-heap")?;
            ensure!(live() > 0, "the allocator does not count");
            heap::<S>(client, number(0)?, number(1)?, live).await
        }
        _ => bail!(USAGE),
    }
}
