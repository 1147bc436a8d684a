//! The connection to a runtime: the type `Client`, its options, and the sessions it carries.
//!
//! Uses `runtime`, `core` and `inbox` of `session`, beside `rpc` and `events`. How a connection is
//! opened is in the room `connect`, how it ends in `ending`. Which session an event belongs to
//! is `registry`, over `routes`; which ids the runtime may still have loaded is `departures`; the one request
//! that ends an activation is `detachment`; which notification of a deletion is about which session,
//! `deletions`; where events wait for a session that has no id yet is `orphans`; news of all
//! sessions of the runtime is `lifecycle`; handlers of what the runtime asks and tells are
//! `handlers`; what `stop` waits for is `wait_group`, and what
//! comes of it `stop_outcome`; which options contradict each other,
//! `contradictions`.

mod client;
mod contradictions;
mod deletions;
mod departures;
mod detachment;
mod handlers;
mod lifecycle;
mod options;
mod orphans;
mod registry;
mod routes;
mod state;
mod stop_outcome;
mod transport;
mod wait_group;

pub(in crate::session) use self::client::ClientCore;
pub use self::client::{Client, PROTOCOL_VERSION, RuntimeInfo};
pub(in crate::session) use self::departures::Departure;
pub(in crate::session) use self::detachment::{DetachOutcome, DetachRole, Detachment};
pub use self::lifecycle::{LifecycleEvent, LifecycleEvents, LifecycleKind, LifecycleLagged};
pub(in crate::session) use self::lifecycle::{
    LifecycleSender, LifecycleTurn, channel as lifecycle_channel,
};
pub use self::options::ClientOptions;
pub(in crate::session) use self::registry::{Orphaned, Registration, Registry};
pub(in crate::session) use self::state::close_reason;
pub use self::state::{ConnectionState, ConnectionStates};
pub(in crate::session) use self::stop_outcome::StopOutcome;
pub use self::stop_outcome::{StopError, StopReport};
pub use self::transport::{Endpoint, Transport};
pub(in crate::session) use self::wait_group::{WaitGroup, WaitGuard};
