//! `cargo xtask schema-diff`: prints the differences between two sets of schemas.

mod changes;
mod surface;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use self::changes::Changes;
use self::surface::Surface;
use crate::schemas::fetch::unpack;
use crate::schemas::store;
use crate::schemas::store::{EVENTS, METHODS};

/// Prints what changed from `old` to `new`: directories with schemas, or versions of the runtime's package.
pub(crate) fn run(root: &Path, old: &str, new: &str) -> Result<()> {
    let (old, new) = (directory(root, old)?, directory(root, new)?);
    let mut changes = Changes::default();
    for name in [EVENTS, METHODS] {
        let (old, new) = (store::read(&old, name)?, store::read(&new, name)?);
        changes.add(&Surface::of(&old), &Surface::of(&new));
    }
    print!("{changes}");
    Ok(())
}

/// `place` itself if it is a directory; otherwise the schemas of that version.
fn directory(root: &Path, place: &str) -> Result<PathBuf> {
    if Path::new(place).is_dir() {
        return Ok(place.into());
    }
    let target = root.join("target").join("schemas-of").join(place);
    if !target.join(METHODS).is_file() {
        unpack(place, &target)
            .with_context(|| format!("{place} is no directory and no version to fetch"))?;
    }
    Ok(target)
}
