//! `cargo xtask layers --report`: the rooms of each crate in figures.

use std::collections::BTreeSet;

use crate::layers::crates::{Crate, Module};
use crate::layers::graph::{GENERATED, Graph};
use crate::layers::{circles, rooms};

/// The figures of one directory, with all below it.
struct Figures {
    files: usize,
    lines: usize,
    longest: (usize, String),
    inner: usize,
    out: usize,
    against: usize,
}

/// Prints the rooms of a crate: every directory, the root first.
pub(super) fn print(name: &str, crate_: &Crate, graph: &Graph) {
    let circles = circles::all(crate_, graph);
    println!("\n{name}");
    println!(
        "  {:<26} {:>5} {:>7} {:>9} {:>8} {:>8} {:>8}  longest file",
        "room", "files", "lines", "longest", "arrows", "out", "against"
    );
    for directory in directories(crate_) {
        let figures = figures(crate_, graph, &directory);
        let shown = if directory.is_empty() { "(all)".into() } else { directory.join("/") };
        println!(
            "  {shown:<26} {:>5} {:>7} {:>9} {:>8} {:>8} {:>8}  {}",
            figures.files,
            figures.lines,
            figures.longest.0,
            figures.inner,
            figures.out,
            figures.against,
            figures.longest.1,
        );
    }
    println!("  circles: {}", circles.len());
    for circle in circles {
        let kind = match &circle.directory {
            None => "files".to_owned(),
            Some(directory) if directory.is_empty() => "rooms of the crate".to_owned(),
            Some(directory) => format!("rooms of {}", directory.join("/")),
        };
        println!("    {} {kind}: {}", circle.nodes.len(), circle.nodes.join(", "));
    }
}

/// Directories of hand-written files.
fn directories(crate_: &Crate) -> BTreeSet<Module> {
    let hand_written = crate_.files.keys().filter(|module| !is_generated(module));
    let above = hand_written.flat_map(|module| {
        (0..module.len()).map(|depth| module.iter().take(depth).cloned().collect())
    });
    above.chain([Module::new()]).collect()
}

fn is_generated(module: &Module) -> bool {
    module.iter().any(|part| part == GENERATED)
}

/// Counts hand-written files, and the arrows that are no test's.
fn figures(crate_: &Crate, graph: &Graph, directory: &Module) -> Figures {
    let within = |module: &Module| module.starts_with(directory);
    let mut figures = Figures {
        files: 0,
        lines: 0,
        longest: (0, String::new()),
        inner: 0,
        out: 0,
        against: 0,
    };
    let files =
        crate_.files.iter().filter(|(module, _)| within(module) && !is_generated(module));
    for (_, file) in files {
        figures.files += 1;
        figures.lines += file.lines;
        if file.lines > figures.longest.0 {
            figures.longest = (file.lines, file.path.display().to_string());
        }
    }
    for ((from, to), arrow) in &graph.arrows {
        if !within(from) || !arrow.is_built {
            continue;
        }
        if within(to) {
            figures.inner += 1;
        } else {
            figures.out += 1;
        }
        figures.against += usize::from(rooms::is_against(from, to).is_some());
    }
    figures
}
