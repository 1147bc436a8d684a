//! `cargo xtask layers`: imports point one way at every depth, and files stay small.
//!
//! The check parses the sources, so comments and doc links are free to mention what the code may not import. It
//! follows `use` trees, inline paths and the paths in macro calls to the file that defines what they name, through
//! re-exports. `rooms` says which room may name which others; `circles` finds files and rooms that import one
//! another; `dialect` holds the one way in which imports are written; `size` finds files that are too long.

mod circles;
mod crates;
mod dialect;
mod graph;
mod paths;
mod report;
mod rooms;
mod size;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use self::crates::Crate;
use self::graph::Graph;

/// The library, whose rooms have declared directions.
const LIBRARY: &str = "src";
/// The other crates of the repository.
const OTHERS: [&str; 4] =
    ["crates/parent-death/src", "xtask/src", "benches/peers/src", "fuzz/src"];

/// Checks the sources below `root` and prints what is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut problems = size::too_long(root)?;
    for source in sources(root) {
        let crate_ = Crate::read(root, &source)?;
        let graph = Graph::of(&crate_);
        if source == root.join(LIBRARY) {
            problems.extend(rooms::undeclared(&crate_));
            problems.extend(rooms::wrong_arrows(&crate_, &graph));
            problems.extend(rooms::foreign_paths(&crate_));
        }
        let shown = source.strip_prefix(root).unwrap_or(&source).display();
        for circle in circles::all(&crate_, &graph) {
            problems.push(format!(
                "{shown}: a circle of {}:\n    {}",
                circle.nodes.join(", "),
                circle.arrows.join("\n    ")
            ));
        }
        problems.extend(dialect::problems(root, &source)?);
    }
    for directory in ["tests", "benches", "examples"] {
        problems.extend(dialect::problems(root, &root.join(directory))?);
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "house rules broken: {}", problems.len());
    println!("layers: every arrow points the declared way, no circle, no file too long");
    Ok(())
}

/// Prints the rooms of every crate below `root` in figures, whatever state they are in.
pub(crate) fn report(root: &Path) -> Result<()> {
    let sources = sources(root);
    ensure!(!sources.is_empty(), "there is no crate of this repository in {}", root.display());
    for source in sources {
        let crate_ = Crate::read(root, &source)?;
        let graph = Graph::of(&crate_);
        let shown = source.strip_prefix(root).unwrap_or(&source);
        report::print(&shown.display().to_string(), &crate_, &graph);
    }
    Ok(())
}

/// The source directories of all crates below `root`.
fn sources(root: &Path) -> Vec<PathBuf> {
    let all = [LIBRARY].into_iter().chain(OTHERS).map(|source| root.join(source));
    all.filter(|source| source.is_dir()).collect()
}
