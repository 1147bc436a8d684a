//! Reads a JSON schema into the generator's own terms.
//!
//! The schemas use a part of JSON Schema: `anyOf` but never `oneOf` or `allOf`, no recursion, a `const` where the objects
//! of a union must be told apart. What is not understood is an error rather than a guess.

mod definitions;
mod descriptions;
mod discriminators;
mod events;
mod methods;
mod reader;
mod shared;
mod uses;

pub(crate) use self::events::events;
pub(crate) use self::methods::methods;
