//! Writes Rust code from the intermediate representation.
//!
//! The code is put together as text. `rustfmt` breaks its lines afterwards, with the settings of the crate. Comments stay
//! where they are; token streams would lose them.

pub(crate) mod events;
mod items;
pub(crate) mod methods;
mod piece;
mod roles;
mod rust;
pub(crate) mod table;
pub(crate) mod types;
