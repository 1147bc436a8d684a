//! Events, the log that keeps them, and the streams that read it.
//!
//! Nothing here needs a runtime process or a network: a program can fill a log itself and read
//! it with streams. See [`EventLog`] for ordering, bounds and closing, [`EventStream`] for what
//! a reader sees, and [`Event`] for what an event keeps.
//!
//! ```
//! use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter};
//! use futures::{StreamExt, executor::block_on};
//!
//! let mut writer = EventLogWriter::default();
//! let log = writer.log().clone();
//! let early = log.events();
//! writer.append(EventDraft::parse(r#"{"id":"1","type":"session.start"}"#)).unwrap();
//! writer.append(EventDraft::parse(r#"{"id":"2","type":"session.idle"}"#)).unwrap();
//! let late = log.events();
//! writer.close(CloseReason::Disconnected);
//!
//! for stream in [early, late] {
//!     let kinds: Vec<_> = block_on(stream.map(|item| item.unwrap().kind().to_owned()).collect());
//!     assert_eq!(kinds, ["session.start", "session.idle"]);
//! }
//! ```

mod activity;
mod adapters;
mod close;
mod cursor;
mod decode;
mod dedup;
mod event;
mod gap;
mod identity;
pub mod kinds;
mod lines;
mod log;
mod reading;
mod seq;
mod updates;

pub use self::activity::TurnFailure;
pub(crate) use self::activity::{BusyTracker, MessageRun, RunEnd, Step};
pub use self::adapters::{
    EventStreamExt, Filtered, OfKind, OnGap, Text, TextStream, TurnEvents, Turns, Typed,
    TypedError, UntilIdle,
};
pub use self::close::CloseReason;
pub use self::cursor::{Cursor, LogId, ParseCursorError};
pub use self::decode::DecodeError;
pub(crate) use self::dedup::SeenIds;
pub use self::event::{Event, Origin};
pub use self::gap::{Gap, Lagged, Lost};
pub use self::identity::Lineage;
pub use self::kinds::{EventData, EventKind, Payload};
pub use self::lines::{EventLines, LineError};
pub(crate) use self::log::Wakers;
pub use self::log::{
    Batch, EventLog, EventLogWriter, EventStream, LogBounds, LogStats, Snapshot,
};
pub use self::reading::EventDraft;
pub(crate) use self::reading::{SESSION_EVENT, SessionEvent};
pub use self::seq::Seq;
pub use self::updates::{Update, Updates};
