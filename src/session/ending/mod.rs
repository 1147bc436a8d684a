//! Everything that ends a session or a client. Each end closes logs with its own reason,
//! behind what was received, and says here whether the runtime is told:
//!
//! | what happens | where | reason | the runtime |
//! |---|---|---|---|
//! | the session is disconnected | `guard` | `Disconnected` | is told, and answers |
//! | the session is deleted | `guard` | `Deleted` | is told, and answers |
//! | an active session is dropped | `guard` | `Dropped` | is told, nobody waits |
//! | a pending session is dropped | `guard` | `NeverStarted` | knows nothing of it |
//! | a start is given up | `detach` | none: the log stays open | is told, nobody waits |
//! | a session is deleted by its id | `delete` | `Deleted` | is told, and answers |
//! | the runtime unloads or deletes it | `announced` | `Shutdown`, `Deleted` | said so itself |
//! | the client is stopped | `stop` | `ClientStopped`, `ForceStopped` | is told; not by force |
//! | the connection ends | `announced` | why it ended | is gone |

mod announced;
mod delete;
mod detach;
mod guard;
mod stop;

pub(in crate::session) use self::announced::{close_all, close_deleted, close_unloaded};
pub(in crate::session) use self::detach::detach_stray;
pub(in crate::session) use self::guard::{SessionGuard, UnstartedGuard};
pub use self::stop::StopError;
