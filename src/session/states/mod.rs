//! The states of a session (pending, active, closed) and the methods of each.
//!
//! Uses `handle`, `ending`, `connection`, `config`, `core`, `inbox` and the rooms below them. What all
//! states can read is `core::SessionView`; each state has a file of its own; `subscription` runs event
//! handlers; `handlers` adds those of requests and notifications; `disconnect` is the way from active
//! to closed. Starting a session is in the room `start`, messages are in `turn`, and what ends a
//! session is in `ending`.

mod active;
mod any;
mod closed;
mod disconnect;
mod handlers;
mod pending;
mod session;
mod subscription;

pub use self::active::Active;
pub use self::any::AnySession;
pub use self::closed::Closed;
pub use self::disconnect::DisconnectError;
pub use self::pending::Pending;
pub use self::session::{Session, State};
pub use self::subscription::Subscription;
