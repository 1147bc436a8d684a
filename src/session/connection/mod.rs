//! The connection to a runtime: the client, its options, and the sessions it carries.
//!
//! [`Client`] and the core that its clones share are in `client`; `registry` knows which
//! session an event belongs to, `orphans` keeps events of sessions that have no id yet.

mod client;
mod lifecycle;
mod options;
mod orphans;
mod registry;
mod request;
mod state;
mod transport;
mod wait_group;

pub(in crate::session) use self::client::ClientCore;
pub use self::client::{Client, PROTOCOL_VERSION, RuntimeInfo};
pub use self::lifecycle::{LifecycleEvent, LifecycleEvents, LifecycleKind, LifecycleLagged};
pub(in crate::session) use self::lifecycle::{LifecycleSender, channel as lifecycle_channel};
pub use self::options::ClientOptions;
pub(in crate::session) use self::registry::{Orphaned, Registration, Registry};
pub(in crate::session) use self::request::RequestHandler;
pub use self::request::RuntimeRequest;
pub(in crate::session) use self::state::close_reason;
pub use self::state::{ConnectionState, ConnectionStates};
pub use self::transport::{Endpoint, Transport};
pub(in crate::session) use self::wait_group::{WaitGroup, WaitGuard};
