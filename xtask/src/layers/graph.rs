//! Which file names items of which other file.

use std::collections::{BTreeMap, BTreeSet};

use crate::layers::crates::{Crate, Module};
use crate::layers::paths::Found;

/// The arrows between the files of one crate. A directory of generated code is one node.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) arrows: BTreeMap<(Module, Module), Arrow>,
}

/// What one file takes from another.
#[derive(Debug, Default)]
pub(super) struct Arrow {
    /// The items' names.
    pub(super) names: BTreeSet<String>,
    /// Whether anything but macros is among them.
    pub(super) has_items: bool,
    /// Whether it stands outside of tests.
    pub(super) is_built: bool,
    /// The first line that names one.
    pub(super) line: usize,
}

impl Graph {
    pub(super) fn of(crate_: &Crate) -> Self {
        let mut graph = Self::default();
        for (module, file) in &crate_.files {
            for found in &file.paths {
                graph.add(crate_, module, found);
            }
        }
        graph
    }

    fn add(&mut self, crate_: &Crate, module: &Module, found: &Found) {
        let Some(path) = within(crate_, module, found) else { return };
        let Some(definition) = definition(crate_, &path, 0) else { return };
        let (from, to) = (node(module), node(&definition.file));
        if from == to || definition.file.is_empty() {
            return;
        }
        let arrow = self.arrows.entry((from, to)).or_default();
        if arrow.names.is_empty() {
            arrow.line = found.line;
        }
        arrow.names.insert(definition.name);
        arrow.has_items |= !definition.is_macro;
        arrow.is_built |= !found.is_test && !is_test(module);
    }

    /// The arrows that make circles: macros are text, and tests are no part of what they test.
    pub(super) fn building(&self) -> impl Iterator<Item = (&(Module, Module), &Arrow)> {
        self.arrows.iter().filter(|(_, arrow)| arrow.has_items && arrow.is_built)
    }
}

/// The node that stands for a file.
pub(super) fn node(module: &Module) -> Module {
    match module.iter().position(|part| part == GENERATED) {
        Some(at) => module.iter().take(at + 1).cloned().collect(),
        None => module.clone(),
    }
}

/// The name of directories whose files a program writes.
pub(super) const GENERATED: &str = "generated";

/// Whether a file is a test of the file or directory above it.
fn is_test(module: &Module) -> bool {
    module.iter().any(|part| part == "tests" || part == "loom")
}

/// The path within the crate, if the path leads there.
fn within(crate_: &Crate, module: &Module, found: &Found) -> Option<Vec<String>> {
    if let Some(inner) = found.in_crate() {
        return Some(inner.to_vec());
    }
    // A path may also start at a child of this very module.
    let first = found.segments.first()?;
    let child: Module = module.iter().chain([first]).cloned().collect();
    let rest = found.segments.iter().skip(1);
    crate_.files.contains_key(&child).then(|| child.into_iter().chain(rest.cloned()).collect())
}

struct Definition {
    file: Module,
    name: String,
    is_macro: bool,
}

/// The file that defines what `path` names, through re-exports.
fn definition(crate_: &Crate, path: &[String], depth: usize) -> Option<Definition> {
    // A chain of re-exports is short, and one that never ends does not compile.
    if depth > 16 {
        return None;
    }
    let length = (0..=path.len()).rev().find(|length| {
        path.get(..*length).is_some_and(|module| crate_.files.contains_key(module))
    })?;
    let (module, rest) = path.split_at_checked(length)?;
    let file = crate_.files.get(module)?;
    let Some(name) = rest.first() else {
        let name = module.last().cloned().unwrap_or_default();
        return Some(Definition { file: module.to_vec(), name, is_macro: false });
    };
    let absolute = |target: &[String]| -> Vec<String> {
        match target.split_first() {
            Some((first, rest)) if first == "crate" => rest.to_vec(),
            _ => module.iter().chain(target).cloned().collect(),
        }
    };
    for (exported, target) in &file.reexports {
        let mut target = absolute(target);
        target.extend(rest.iter().skip(1).cloned());
        if exported == name
            && target != path
            && let Some(found) = definition(crate_, &target, depth + 1)
        {
            return Some(found);
        }
    }
    if file.items.contains(name) {
        let is_macro = file.macros.contains(name);
        return Some(Definition { file: module.to_vec(), name: name.clone(), is_macro });
    }
    for (exported, target) in &file.reexports {
        if exported != "*" {
            continue;
        }
        let mut target = absolute(target);
        target.extend(rest.iter().cloned());
        let found = definition(crate_, &target, depth + 1);
        if found.as_ref().is_some_and(|found| found.name == *name) {
            return found;
        }
    }
    None
}
