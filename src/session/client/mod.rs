//! The methods of `Client`: creating, resuming and joining sessions, querying the runtime.
//!
//! Uses all other rooms. Creating and resuming is `sessions`; joining as an extension is
//! `join`; queries and their results are `queries` and `answers`; the typed methods (`rpc()`)
//! are `methods`. The type `Client` itself is in `connection`.

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
