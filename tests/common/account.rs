//! The account of a delivery: what a peer sent, where it went, and what each reader was told.
//!
//! Two sums, which every test of delivery checks with the types here:
//!
//! - **of a reader**: events delivered + positions missed = positions that the log handed out
//!   ([`Reading`]);
//! - **of a client**: events sent = events in logs + events in counted gaps + duplicates + orphan
//!   events + malformed messages ([`Books`]).
#![allow(dead_code)] // Each test target uses a part of it.

use copilot_sessions::events::Lost;
use copilot_sessions::session::SessionStats;
use copilot_sessions::{Client, Event, EventStream, Gap};
use futures::StreamExt;

/// How fast a reader reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    Fast,
    /// Lets everybody else run again and again between two items.
    Slow,
}

/// What one reader was told so far. Each item is checked when it is taken: its number follows on the
/// one before, and a gap says where the reader continues.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The position at which the reader began, and the one that it has reached.
    begin: u64,
    at: u64,
    pub(crate) delivered: u64,
    pub(crate) missed: u64,
    /// Gaps of events that left the log before they were read.
    pub(crate) lags: u64,
    /// Gaps of events that never reached the log, in a number that nobody knows.
    pub(crate) uncounted: u64,
    /// Gaps that say that the cursor was not one of this log: they miss nothing.
    pub(crate) moved: u64,
    /// The ids of what was delivered, if they are kept.
    pub(crate) ids: Option<Vec<String>>,
    /// One more than the number in the last id of the form `n1`.
    next_number: u64,
}

impl Reading {
    /// Of a stream whose first item was not taken yet.
    pub(crate) fn begin(events: &EventStream) -> Self {
        let begin = events.cursor().next().get() - 1;
        Self { begin, at: begin, ..Self::default() }
    }

    /// Keeps the ids of what is delivered.
    pub(crate) fn with_ids(mut self) -> Self {
        self.ids = Some(Vec::new());
        self
    }

    /// Reads a stream to its end.
    pub(crate) async fn of(events: EventStream, pace: Pace) -> Self {
        let reading = Self::begin(&events);
        reading.through(events, pace).await
    }

    /// Reads a stream, of which this is the beginning, to its end.
    pub(crate) async fn through(mut self, mut events: EventStream, pace: Pace) -> Self {
        while let Some(item) = events.next().await {
            self.take(&item);
            if let Pace::Slow = pace {
                for _ in 0..2 {
                    tokio::task::yield_now().await;
                }
            }
        }
        self
    }

    /// Reads so many items, or all that are there now.
    pub(crate) fn ready(&mut self, events: &mut EventStream, most: usize) {
        for _ in 0..most {
            let Some(item) = events.next_ready() else { return };
            self.take(&item);
        }
    }

    /// Takes the next item.
    pub(crate) fn take(&mut self, item: &Result<Event, Gap>) {
        match item {
            Ok(event) => self.take_event(event),
            Err(gap) => self.take_gap(gap),
        }
    }

    fn take_event(&mut self, event: &Event) {
        assert_eq!(event.seq().get(), self.at + 1, "{event:?} is not next: {self:?}");
        assert_eq!(event.cursor().next().get(), self.at + 2);
        self.at += 1;
        self.delivered += 1;
        if let Some(number) = event.id().strip_prefix('n').and_then(|it| it.parse().ok()) {
            let number: u64 = number;
            assert!(number >= self.next_number, "{event:?} out of order: {self:?}");
            self.next_number = number + 1;
        }
        if let Some(ids) = &mut self.ids {
            ids.push(event.id().to_owned());
        }
    }

    fn take_gap(&mut self, gap: &Gap) {
        let resume_at = gap.resume_at().get();
        match gap {
            Gap::Foreign { .. } | Gap::Diverged { .. } => {
                assert_eq!((gap.missed(), self.delivered + self.missed), (0, 0), "{gap:?}");
                // The cursor said nothing of a place in this log.
                self.begin = resume_at - 1;
                self.at = self.begin;
                self.moved += 1;
            }
            _ => {
                assert_ne!(gap.missed(), 0, "{gap:?}");
                self.missed += gap.missed();
                self.at += gap.missed();
                self.lags += u64::from(matches!(gap, Gap::Lagged(_)));
                self.uncounted +=
                    u64::from(matches!(gap, Gap::Lost(Lost { missed: None, .. })));
            }
        }
        assert_eq!(
            resume_at,
            self.at + 1,
            "{gap:?} says that it continues elsewhere: {self:?}"
        );
    }

    /// Balances the account of a reader that has read a log which has handed out this many positions.
    #[track_caller]
    pub(crate) fn check(&self, appended: u64) {
        let read = self.delivered + self.missed;
        assert_eq!(self.begin + read, appended, "delivered + missed is not appended: {self:?}");
        assert_eq!(self.at, appended, "{self:?}");
    }

    /// Balances it, and nothing is missed.
    #[track_caller]
    pub(crate) fn check_complete(&self, appended: u64) {
        self.check(appended);
        assert_eq!((self.missed, self.lags, self.moved), (0, 0, 0), "{self:?}");
    }
}

/// Where all that a peer sent to one client went.
#[derive(Clone, Debug, Default)]
#[must_use = "books are there to be checked"]
pub(crate) struct Books {
    sent: u64,
    in_logs: u64,
    duplicates: u64,
    orphans: u64,
    unreadable: u64,
}

impl Books {
    /// Of a peer that sent so many events, each copy and each malformed one counted.
    pub(crate) fn of(sent: u64) -> Self {
        Self { sent, ..Self::default() }
    }

    /// With the log of a session, in which `uncounted` gaps are of an unknown number of events: these
    /// are among the client's orphan events.
    pub(crate) fn session(mut self, stats: &SessionStats, uncounted: u64) -> Self {
        self.in_logs += stats.published - uncounted;
        self.duplicates += stats.duplicates;
        self
    }

    /// With the client's own counters.
    pub(crate) fn client(mut self, client: &Client) -> Self {
        self.orphans += client.orphan_events();
        self.unreadable += client.malformed_messages();
        self
    }

    /// Balances the books.
    #[track_caller]
    pub(crate) fn check(&self) {
        let found = self.in_logs + self.duplicates + self.orphans + self.unreadable;
        assert_eq!(self.sent, found, "what was sent is not what is accounted for: {self:?}");
    }
}
