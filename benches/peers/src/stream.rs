//! From the pipe to one subscriber: in windows that nobody loses anything of, and in one burst.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::sdk::{Item, Sdk};

/// How long nothing must come, after the client has read all there is to read, for the rest to count as lost. Only
/// a client that has lost the end of a burst waits for it, and it is no part of any time that is reported.
const QUIET: Duration = Duration::from_millis(300);

/// Nanoseconds an event, in windows that are smaller than every buffer on the way.
pub(crate) async fn windows<S: Sdk>(
    client: &S::Client,
    total: u32,
    window: u32,
) -> Result<Value> {
    let session = S::create(client, "early 0").await?;
    let mut events = S::subscribe(&session);
    let prompt = format!("window {window}");
    for _ in 0..8 {
        one_window::<S>(&session, &mut events, &prompt, window).await?;
    }
    let windows = total / window;
    let start = Instant::now();
    for _ in 0..windows {
        one_window::<S>(&session, &mut events, &prompt, window).await?;
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "ns_per_event": seconds * 1e9 / f64::from(windows * window) }))
}

async fn one_window<S: Sdk>(
    session: &S::Session,
    events: &mut S::Events,
    prompt: &str,
    window: u32,
) -> Result<()> {
    S::send(session, prompt).await?;
    for _ in 0..window {
        match S::next(events).await {
            Item::Event(event) => {
                std::hint::black_box(&event);
            }
            Item::Missed(missed) => bail!("{missed} events of a window were missed"),
            Item::End => bail!("the stream ended"),
        }
    }
    Ok(())
}

/// Everything at once: what of it arrives, and how fast.
pub(crate) async fn burst<S: Sdk>(
    client: &S::Client,
    count: u32,
    subscribed_first: bool,
) -> Result<Value> {
    let (session, events) = if subscribed_first {
        let room = usize::try_from(count)?.next_power_of_two();
        S::create_subscribed(client, "early 0", Some(room)).await?
    } else {
        let session = S::create(client, "early 0").await?;
        let events = S::subscribe(&session);
        (session, events)
    };
    let all_read = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let reader = tokio::spawn(account::<S>(events, Arc::clone(&all_read)));
    S::send(&session, &format!("burst {count}")).await?;
    // The connection is ordered: what is not in some queue of the client now will not come.
    S::ping(client).await?;
    all_read.store(true, Ordering::Release);
    let (account, end) = reader.await.context("the reader panicked")?;
    let seconds = (end - start).as_secs_f64();
    Ok(account.report(count, seconds))
}

/// Reads until the idle after the burst, or until nothing comes any more.
async fn account<S: Sdk>(
    mut events: S::Events,
    all_read: Arc<AtomicBool>,
) -> (Account, Instant) {
    let mut account = Account::default();
    loop {
        // Without a clock or a timer while there is something to read.
        let item = if let Some(item) = S::next(&mut events).now_or_never() {
            item
        } else {
            let dry_since = Instant::now();
            match late::<S>(&mut events, &all_read).await {
                Some(item) => item,
                None => return (account, dry_since),
            }
        };
        match item {
            Item::Event(event) => {
                let (kind, id) = S::read(&event);
                if kind == "session.idle" {
                    return (account, Instant::now());
                }
                account.event(id);
            }
            Item::Missed(missed) => account.missed += missed,
            Item::End => return (account, Instant::now()),
        }
    }
}

/// The next item; `None` if the client has read everything and none comes for a while.
async fn late<S: Sdk>(events: &mut S::Events, all_read: &AtomicBool) -> Option<Item<S::Event>> {
    loop {
        match timeout(QUIET, S::next(events)).await {
            Ok(item) => return Some(item),
            Err(_) if all_read.load(Ordering::Acquire) => return None,
            Err(_) => {}
        }
    }
}

#[derive(Default)]
struct Account {
    received: u32,
    missed: u64,
    out_of_order: u64,
    last: u64,
}

impl Account {
    fn event(&mut self, id: &str) {
        let digits = id.rsplit('-').next().unwrap_or_default();
        // What has no number is as good as out of order.
        let number = u64::from_str_radix(digits, 16).unwrap_or(0);
        self.received += 1;
        self.out_of_order += u64::from(number <= self.last);
        self.last = self.last.max(number);
    }

    fn report(&self, sent: u32, seconds: f64) -> Value {
        // An idle that was missed is no event of the burst.
        let accounted = (u64::from(self.received) + self.missed).min(u64::from(sent));
        json!({
            "received": self.received,
            "missed": self.missed,
            "vanished": u64::from(sent) - accounted,
            "out_of_order": self.out_of_order,
            "events_per_second": f64::from(self.received) / seconds,
        })
    }
}
