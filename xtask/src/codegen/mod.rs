//! `cargo xtask codegen`: writes the typed payloads of events and the typed methods, from the pinned schemas.
//!
//! ```text
//! crate::schemas -> schema -> ir -> secrets -> files, emit -> render -> rustfmt -> src/events/kinds/generated
//!                                                                                  src/methods/generated
//!                                                                                  tests/methods/generated
//! ```
//!
//! `ir` knows nothing of JSON Schema, and the same code writes the types of events and those of methods.

mod corrections;
mod docs;
mod emit;
mod files;
mod ir;
mod names;
mod output;
mod render;
mod schema;
mod secrets;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Result, ensure};

use self::output::update;
use crate::schemas;

pub(crate) use self::output::Mode;

/// The directory of the payloads, which holds nothing else.
const KINDS: &str = "src/events/kinds/generated";
/// The directory of the methods, which holds nothing else.
const METHODS: &str = "src/methods/generated";
/// The directory of the table for tests, which holds nothing else.
const TABLE: &str = "tests/methods/generated";

pub(crate) fn run(root: &Path, mode: Mode) -> Result<()> {
    let version = schemas::pinned(root)?;
    let home = root.join(schemas::HOME);
    let events = schemas::read(&home, schemas::EVENTS)?;
    let api = schemas::read(&home, schemas::METHODS)?;
    let mut stale = update(root, KINDS, &render::events(&events, &version)?, mode)?;
    let (methods, table) = render::methods(&api, &events, corrections::METHODS, &version)?;
    stale.extend(update(root, METHODS, &methods, mode)?);
    stale.extend(update(root, TABLE, &table, mode)?);
    if mode == Mode::Check {
        ensure!(
            stale.is_empty(),
            "not as the generator writes it: {}; run `cargo xtask codegen`",
            stale.join(", ")
        );
    }
    println!("codegen: the schemas of {version} are written out in full");
    Ok(())
}
