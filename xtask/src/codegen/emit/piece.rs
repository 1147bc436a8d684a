//! A part of a generated file besides its types: a handle with methods, or a marker.

use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// The name that it defines.
    pub(crate) name: String,
    pub(crate) text: String,
    /// The types that it names.
    pub(crate) types: BTreeSet<String>,
}
