//! The connection to a runtime: the type `Client`, its options, and the sessions it carries.
//!
//! Uses `runtime`, `core` and `inbox` of `session`, beside `rpc` and `events`. How a connection is
//! opened is in the room `connect`, how it ends in `ending`. Which session an event belongs to
//! is `registry`; where events wait for a session that has no id yet is `orphans`; news of all
//! sessions of the runtime is `lifecycle`; handlers of what the runtime asks and tells are
//! `handlers`; what `stop` waits for is `wait_group`; which options contradict each other,
//! `contradictions`.

mod client;
mod contradictions;
mod handlers;
mod lifecycle;
mod options;
mod orphans;
mod registry;
mod state;
mod transport;
mod wait_group;

pub(in crate::session) use self::client::ClientCore;
pub use self::client::{Client, PROTOCOL_VERSION, RuntimeInfo};
pub use self::lifecycle::{LifecycleEvent, LifecycleEvents, LifecycleKind, LifecycleLagged};
pub(in crate::session) use self::lifecycle::{LifecycleSender, channel as lifecycle_channel};
pub use self::options::ClientOptions;
pub(in crate::session) use self::registry::{Orphaned, Registration, Registry};
pub(in crate::session) use self::state::close_reason;
pub use self::state::{ConnectionState, ConnectionStates};
pub use self::transport::{Endpoint, Transport};
pub(in crate::session) use self::wait_group::{WaitGroup, WaitGuard};
