//! `cargo xtask layers`: the layers point one way, and files stay small.
//!
//! ```text
//! session -> { rpc, methods -> events }        events, methods -> json        testing -> everything        lib.rs -> everything
//! ```
//!
//! The check parses the sources, so comments and doc links are free to mention what the code may not import. It
//! follows `use` trees, inline paths and the paths in macro calls, `crate::`, `self::` and `super::`, and the names
//! that `lib.rs` re-exports at the root. Tests inside of a layer are held to the same rule.

mod paths;
mod rules;
mod size;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use self::rules::Exports;

/// Checks the sources below `root` and prints what is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut problems = imports(root)?;
    problems.extend(size::too_long(root)?);
    for problem in &problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "house rules broken: {}", problems.len());
    println!("layers: no import against the direction, no file too long");
    Ok(())
}

fn imports(root: &Path) -> Result<Vec<String>> {
    let source = root.join("src");
    let lib = parse(&source.join("lib.rs"))?;
    let exports = Exports::of(&lib);
    let mut problems = rules::unnamed_exports(&lib);
    for file in rust_files(&source)? {
        let within = file.strip_prefix(&source).unwrap_or(&file);
        let module = paths::module_of(within);
        for found in paths::of_file(&parse(&file)?, module.clone()) {
            if let Some(reason) = rules::violation(&module, &found, &exports) {
                let shown = Path::new("src").join(within);
                problems.push(format!("{}:{}: {reason}", shown.display(), found.line));
            }
        }
    }
    Ok(problems)
}

fn parse(file: &Path) -> Result<syn::File> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))
}

/// All Rust files below `directory`, sorted; none if there is no such directory.
fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if directory.is_dir() {
        collect(directory, &mut files)
            .with_context(|| format!("cannot list {}", directory.display()))?;
    }
    files.sort();
    Ok(files)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
