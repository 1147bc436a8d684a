//! What a client is for: creating, resuming and joining sessions, asking the runtime.

mod answers;
mod join;
#[cfg(feature = "methods")]
mod methods;
mod queries;
mod sessions;

pub use self::answers::{
    AuthStatus, Pong, SessionContext, SessionFilter, SessionMetadata, Status,
};
pub use self::join::join_session;
