//! The states of a session: pending, active, closed, and what each can do.

mod active;
mod any;
mod capabilities;
mod closed;
mod disconnect;
mod pending;
mod session;
mod subscription;

pub use self::active::Active;
pub use self::any::AnySession;
pub use self::capabilities::{Capabilities, UiCapabilities};
pub use self::closed::Closed;
pub use self::disconnect::DisconnectError;
pub use self::pending::Pending;
pub use self::session::{Session, State};
pub use self::subscription::Subscription;
