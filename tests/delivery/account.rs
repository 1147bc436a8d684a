//! What a subscriber saw, and what it was told that it missed.

use copilot_sessions::EventStream;
use futures::StreamExt;

#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    Fast,
    /// Lets everybody else run again and again between two events.
    Slow,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    delivered: u64,
    missed: u64,
    out_of_order: u64,
    lags: u64,
    /// The next number of a burst's event, by its id.
    next_in_burst: u64,
}

impl Account {
    /// Reads to the end.
    pub(super) async fn of(mut events: EventStream, pace: Pace) -> Self {
        let mut account = Self::default();
        let mut next = 1;
        while let Some(item) = events.next().await {
            match item {
                Ok(event) => {
                    account.delivered += 1;
                    account.out_of_order += u64::from(event.seq().get() != next);
                    next = event.seq().get() + 1;
                    if let Some(number) = event.id().strip_prefix('n') {
                        let number: u64 = number.parse().unwrap();
                        account.out_of_order += u64::from(number < account.next_in_burst);
                        account.next_in_burst = number + 1;
                    }
                }
                Err(lagged) => {
                    account.lags += 1;
                    account.missed += lagged.missed();
                    next += lagged.missed();
                    account.out_of_order += u64::from(lagged.resume_at().get() != next);
                }
            }
            if let Pace::Slow = pace {
                for _ in 0..2 {
                    tokio::task::yield_now().await;
                }
            }
        }
        account
    }

    pub(super) fn check(&self, published: u64, nothing_missed: bool) {
        println!("{self:?}, published {published}");
        assert_eq!(self.out_of_order, 0, "{self:?}");
        assert_eq!(self.delivered + self.missed, published, "{self:?}");
        if nothing_missed {
            assert_eq!((self.missed, self.lags), (0, 0), "{self:?}");
        }
    }
}
