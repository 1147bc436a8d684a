//! The measure `burst`: how many events of one large burst reach a subscriber, and how fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::sdk::{Item, Sdk};

/// The client has read everything. If no event comes for this long, the rest counts as lost. Only a client that has
/// lost the end of a burst waits for it, and the wait is not part of a reported time.
const QUIET: Duration = Duration::from_millis(300);

/// Sends `count` events at once. Reports how many arrive, and how fast.
pub(crate) async fn burst<S: Sdk>(
    client: &S::Client,
    count: u32,
    subscribed_first: bool,
) -> Result<Value> {
    let (session, events) = if subscribed_first {
        let capacity = usize::try_from(count)?.next_power_of_two();
        S::create_subscribed(client, "early 0", Some(capacity)).await?
    } else {
        let session = S::create(client, "early 0").await?;
        let events = S::subscribe(&session);
        (session, events)
    };
    let all_read = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let reader = tokio::spawn(account::<S>(events, Arc::clone(&all_read)));
    S::send(&session, &format!("burst {count}")).await?;
    // The connection is ordered: an event that is not in a queue of the client by now will not come.
    S::ping(client).await?;
    all_read.store(true, Ordering::Release);
    let (account, end) = reader.await.context("the reader panicked")?;
    let seconds = (end - start).as_secs_f64();
    Ok(account.report(count, seconds))
}

/// Reads until the idle after the burst, or until no more events come.
async fn account<S: Sdk>(
    mut events: S::Events,
    all_read: Arc<AtomicBool>,
) -> (Account, Instant) {
    let mut account = Account::default();
    loop {
        // No clock and no timer while there is something to read.
        let item = if let Some(item) = S::next(&mut events).now_or_never() {
            item
        } else {
            let quiet_since = Instant::now();
            match next_before_quiet::<S>(&mut events, &all_read).await {
                Some(item) => item,
                None => return (account, quiet_since),
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

/// The next item; `None` if the client has read everything and no item comes for [`QUIET`].
async fn next_before_quiet<S: Sdk>(
    events: &mut S::Events,
    all_read: &AtomicBool,
) -> Option<Item<S::Event>> {
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
        // An event without a number counts as out of order.
        let number = u64::from_str_radix(digits, 16).unwrap_or(0);
        self.received += 1;
        self.out_of_order += u64::from(number <= self.last);
        self.last = self.last.max(number);
    }

    fn report(&self, sent: u32, seconds: f64) -> Value {
        // The idle may be among the missed events, and is not part of the burst.
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
