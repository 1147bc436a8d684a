//! Everything that ends a session or a client.
//!
//! Uses `connection`, `core` and the rooms below them. Each way to end closes the session's log
//! with its own reason, after the events that were received:
//!
//! | what happens | where | reason | is the runtime told? |
//! |---|---|---|---|
//! | the session is disconnected, by its owner or a handle | `disconnect` | `Disconnected` | yes, and its answer is awaited, for a time |
//! | the session is deleted | `guard` | `Deleted` | yes, and its answer is awaited, for a time |
//! | its disconnection is dropped halfway | `guard` | `Dropped` | yes, without waiting |
//! | its deletion is refused or not answered in time | `guard` | `Disconnected` | it is detached, without waiting |
//! | an owner deletes whose session has ended, and another has its id | `guard` | the earlier one | no |
//! | an active session is dropped | `guard` | `Dropped` | yes, without waiting |
//! | a pending session is dropped | `guard` | `NeverStarted` | no, it does not know the session |
//! | a start fails or is cancelled | `detach` | none: the log stays open | yes, without waiting |
//! | a session is deleted by its id | `delete` | `Deleted` | yes, and its answer is awaited |
//! | the runtime unloads the session | `from_runtime` | `Shutdown` | no, it said so |
//! | the runtime deletes the session | `from_runtime` | `Deleted` | no, it said so |
//! | the client is stopped | `stop` | `ClientStopped` | yes, and its answer is awaited, for a time |
//! | the client is stopped by force | `stop` | `ForceStopped` | no |
//! | the connection ends | `from_runtime` | why it ended | no, it can't be reached |
//!
//! Whoever ends a session at the same time shares one request, and its outcome (`detach`); `under_way` says
//! that an ending has begun, `limit` how long it waits for an answer. Then an owner's disconnection or
//! deletion, and a stop, wait for the event handlers (`drain`); a handle's close, a drop, a forced stop and
//! an end from the runtime do not. Until the request is answered the id is not free: a start of it waits
//! (`start/until_free.rs`).

mod delete;
mod detach;
mod disconnect;
mod drain;
mod from_runtime;
mod guard;
mod limit;
mod stop;
mod under_way;

pub(in crate::session) use self::detach::{detach_again, detach_unowned};
pub(in crate::session) use self::disconnect::disconnect;
pub(in crate::session) use self::drain::{drain, unhandled};
pub(in crate::session) use self::from_runtime::{close_all, close_deleted, close_unloaded};
pub(in crate::session) use self::guard::{SessionGuard, UnstartedGuard};
