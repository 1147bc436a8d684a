//! The JSON schemas of the runtime: reading, replacing and comparing them.

pub(crate) mod diff;
mod fetch;
pub(crate) mod json;
mod store;

pub(crate) use self::fetch::fetch;
pub(crate) use self::store::{EVENTS, HOME, METHODS, pinned, read};
