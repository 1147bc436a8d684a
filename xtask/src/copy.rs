//! A copy of the repository's files, for commands that change them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::steps::check;

/// Copies all files that git tracks or would track to `copy`. Other files there stay, except in `src`.
pub(crate) fn copy_to(root: &Path, copy: &Path) -> Result<()> {
    let mut list = Command::new("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let files = list.output().context("cannot start git")?;
    check(&list, files.status)?;
    // An earlier run may have left files there that no longer exist.
    let sources = copy.join("src");
    if sources.exists() {
        fs::remove_dir_all(sources)?;
    }
    for file in String::from_utf8(files.stdout)?.lines() {
        let (from, to) = (root.join(file), copy.join(file));
        // One that was deleted and not yet committed is listed as well.
        if from.is_file() {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(&from, &to).with_context(|| format!("cannot copy {file}"))?;
        }
    }
    Ok(())
}
