//! Where the schema asks for more than runtimes send.
//!
//! Each entry names what was seen. An entry that corrects nothing any more stops the generator.

/// A member that the schema requires and a runtime leaves out.
#[derive(Debug)]
pub(crate) struct Correction {
    /// The payload or type, as it is called in Rust.
    pub(crate) item: &'static str,
    /// The member, as on the wire.
    pub(crate) member: &'static str,
    /// What was seen, and where.
    pub(crate) evidence: &'static str,
}

pub(crate) const MAY_BE_ABSENT: &[Correction] = &[];
