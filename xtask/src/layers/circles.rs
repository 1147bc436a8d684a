//! Circles of files, and of what stands side by side in a directory.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::layers::crates::{Crate, Module};
use crate::layers::graph::Graph;

/// Nodes that import one another in a circle, and the arrows between them.
#[derive(Debug)]
pub(super) struct Circle {
    /// The directory whose children they are; `None` for a circle of files.
    pub(super) directory: Option<Module>,
    pub(super) nodes: Vec<String>,
    /// One line for each arrow, with the names that it takes.
    pub(super) arrows: Vec<String>,
}

/// What stands for a directory's own `mod.rs` among its children.
const OWN_FILE: &str = "mod";

/// All circles of files, and in each directory those of its children.
pub(super) fn all(crate_: &Crate, graph: &Graph) -> Vec<Circle> {
    let mut circles = of_files(graph);
    let directories: BTreeSet<Module> = crate_
        .files
        .keys()
        .flat_map(|module| (0..module.len()).map(|depth| module.iter().take(depth)))
        .map(|directory| directory.cloned().collect())
        .collect();
    for directory in directories {
        circles.extend(of_children(graph, &directory));
    }
    circles
}

/// The circles of files.
pub(super) fn of_files(graph: &Graph) -> Vec<Circle> {
    let arrows = graph.building().map(|((from, to), arrow)| {
        (from.join("::"), to.join("::"), describe(from, to, &arrow.names))
    });
    find(arrows, None)
}

/// The circles of a directory's children: files and directories, with all that is in them.
pub(super) fn of_children(graph: &Graph, directory: &Module) -> Vec<Circle> {
    let child = |module: &Module| {
        let rest = module.strip_prefix(directory.as_slice())?;
        Some(rest.first().cloned().unwrap_or_else(|| OWN_FILE.to_owned()))
    };
    let arrows = graph.building().filter_map(|((from, to), arrow)| {
        let ends = (child(from)?, child(to)?);
        (ends.0 != ends.1).then(|| (ends.0, ends.1, describe(from, to, &arrow.names)))
    });
    find(arrows, Some(directory))
}

fn describe(from: &Module, to: &Module, names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    format!("{} -> {} takes {}", from.join("::"), to.join("::"), names.join(", "))
}

fn find(
    arrows: impl Iterator<Item = (String, String, String)>,
    directory: Option<&Module>,
) -> Vec<Circle> {
    let mut lines: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (from, to, line) in arrows {
        lines.entry((from, to)).or_default().push(line);
    }
    let graph: DiGraphMap<&str, ()> =
        lines.keys().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let mut circles: Vec<Circle> = tarjan_scc(&graph)
        .into_iter()
        .filter(|nodes| nodes.len() > 1)
        .map(|mut nodes| {
            nodes.sort_unstable();
            let inside = |name: &String| nodes.contains(&name.as_str());
            let arrows = lines
                .iter()
                .filter(|((from, to), _)| inside(from) && inside(to))
                .flat_map(|(_, lines)| lines.clone())
                .collect();
            let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
            Circle { directory: directory.cloned(), nodes, arrows }
        })
        .collect();
    circles.sort_by(|one, other| one.nodes.cmp(&other.nodes));
    circles
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let mut crate_ = Crate::default();
        for (path, text) in files {
            crate_.add(Path::new(path), Path::new(path), text).unwrap();
        }
        let graph = Graph::of(&crate_);
        all(&crate_, &graph).into_iter().map(|circle| circle.nodes).collect()
    }

    #[test]
    fn files_that_import_one_another_make_a_circle() {
        let found = circles(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "pub struct C; fn f() -> crate::a::A { crate::a::A }"),
        ]);
        let circle = ["a", "b", "c"].map(str::to_owned).to_vec();
        // Once as files, once as children of the root.
        assert_eq!(found, [circle.clone(), circle]);
    }

    #[test]
    fn rooms_make_a_circle_though_their_files_make_none() {
        let found = circles(&[
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; mod y;"),
            ("a/x.rs", "use crate::b::B;"),
            ("a/y.rs", "pub struct Y;"),
            ("b.rs", "use crate::a::y::Y; pub struct B;"),
        ]);
        assert_eq!(found, [["a", "b"].map(str::to_owned).to_vec()]);
    }

    #[test]
    fn reexports_tests_and_macros_make_none() {
        let found = circles(&[
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; mod y; pub use self::x::X; pub use self::y::*;"),
            (
                "a/x.rs",
                "use crate::a::Y; pub struct X; #[cfg(test)] mod tests { use crate::b::B; }",
            ),
            (
                "a/y.rs",
                "pub struct Y; macro_rules! m { () => { $crate::b::B } } pub(crate) use m;",
            ),
            ("b.rs", "use crate::a::{X, y::m}; pub struct B;"),
        ]);
        // By what the body of the macro names, in the file that it is written in.
        let nodes: Vec<_> = found.iter().map(|nodes| nodes.join(" ")).collect();
        assert_eq!(nodes, ["a::x a::y b", "a b"]);
        let found = circles(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; macro_rules! m { () => {} } pub(crate) use m;"),
            ("b.rs", "use crate::a::m; pub struct B;"),
        ]);
        assert_eq!(found, Vec::<Vec<String>>::new());
    }

    #[test]
    fn generated_code_is_one_node() {
        let found = circles(&[
            ("lib.rs", "mod generated;"),
            ("generated/mod.rs", "mod a; mod b; pub use self::a::*; pub use self::b::*;"),
            ("generated/a.rs", "use super::B; pub struct A;"),
            ("generated/b.rs", "use super::A; pub struct B;"),
        ]);
        assert_eq!(found, Vec::<Vec<String>>::new());
    }
}
