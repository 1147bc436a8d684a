//! The one way in which imports and modules are written.
//!
//! Imports stand in three groups, with a blank line between: the standard library, other crates, this
//! crate; re-exports are a group of their own behind them. There is one `use` for each module path. A path
//! into this crate begins with `crate::`, one to the file's own children with `self::`, and `super::*` is for
//! test modules. A module with children is `foo/mod.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::spanned::Spanned;

use crate::layers::size::is_generated;
use crate::sources::rust_files;

/// One line for each import or module below `source` that is written otherwise.
pub(super) fn problems(root: &Path, source: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in rust_files(source)? {
        let shown = file.strip_prefix(root).unwrap_or(&file);
        if is_generated(shown) {
            continue;
        }
        let shown = shown.display();
        if file.with_extension("").is_dir() {
            let name = file.file_stem().unwrap_or_default().display();
            problems.push(format!("{shown}: make it {name}/mod.rs: it has children"));
        }
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {shown}"))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("cannot parse {shown}"))?;
        let found = of_items(&parsed.items, false);
        problems
            .extend(found.into_iter().map(|(line, what)| format!("{shown}:{line}: {what}")));
    }
    Ok(problems)
}

/// What an import is of, in the order of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Standard,
    Foreign,
    Own,
    Reexport,
}

/// The problems of a module's items, by line; `is_test` within a test module.
fn of_items(items: &[syn::Item], is_test: bool) -> Vec<(usize, String)> {
    let children: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut before: Option<(Group, usize)> = None;
    for item in items {
        match item {
            syn::Item::Use(import) => {
                let line = import.span().start().line;
                let first = first_line(import);
                let Some(path) = simple_path(&import.tree) else {
                    problems.push((line, "write one `use` for each module path".to_owned()));
                    continue;
                };
                // `pub(crate) use name;` behind a macro gives it a path.
                if path.is_empty() {
                    continue;
                }
                problems.extend(
                    of_path(&path, &import.tree, &children, is_test).map(|what| (line, what)),
                );
                let group = group_of(import, &path);
                if let Some((earlier, end)) = before {
                    if group < earlier {
                        let what =
                            "imports in order: std, other crates, this crate, re-exports";
                        problems.push((line, what.to_owned()));
                    } else if group > earlier && first <= end + 1 {
                        problems
                            .push((line, "a blank line between groups of imports".to_owned()));
                    }
                }
                before = Some((group, import.span().end().line));
                let attributes: String =
                    import.attrs.iter().map(|it| it.to_token_stream().to_string()).collect();
                let visibility = import.vis.to_token_stream().to_string();
                if !seen.insert((
                    path.join("::"),
                    visibility,
                    attributes,
                    is_glob(&import.tree),
                )) {
                    let what = format!("one `use` for `{}`: join them", path.join("::"));
                    problems.push((line, what));
                }
            }
            syn::Item::Mod(module) => {
                if let Some((_, inner)) = &module.content {
                    problems.extend(of_items(inner, is_test || module.ident == "tests"));
                }
            }
            _ => {}
        }
    }
    problems
}

/// The first line of an import, its attributes included.
fn first_line(import: &syn::ItemUse) -> usize {
    let lines = import.attrs.iter().map(|attribute| attribute.span().start().line);
    lines.chain([import.span().start().line]).min().unwrap_or_default()
}

/// The module path of an import; `None` if it has several.
fn simple_path(tree: &syn::UseTree) -> Option<Vec<String>> {
    match tree {
        syn::UseTree::Path(tree) => {
            let mut path = vec![tree.ident.to_string()];
            path.extend(simple_path(&tree.tree)?);
            Some(path)
        }
        syn::UseTree::Group(group) => {
            let is_leaf = |tree: &syn::UseTree| {
                matches!(tree, syn::UseTree::Name(_) | syn::UseTree::Rename(_))
            };
            group.items.iter().all(is_leaf).then(Vec::new)
        }
        _ => Some(Vec::new()),
    }
}

fn is_glob(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Path(tree) => is_glob(&tree.tree),
        tree => matches!(tree, syn::UseTree::Glob(_)),
    }
}

fn of_path(
    path: &[String],
    tree: &syn::UseTree,
    children: &BTreeSet<String>,
    is_test: bool,
) -> Option<String> {
    let first = path.first()?;
    if first == "super" {
        let is_all_of_the_tested = is_glob(tree) && path.len() == 1;
        return (!is_all_of_the_tested)
            .then(|| "write the path from `crate::`, not from `super::`".to_owned());
    }
    if first == "self" && !path.get(1).is_none_or(|child| children.contains(child)) && !is_test
    {
        return Some("`self::` is for the file's own children; write `crate::`".to_owned());
    }
    children.contains(first).then(|| format!("write `self::{first}` for a child"))
}

fn group_of(import: &syn::ItemUse, path: &[String]) -> Group {
    let first = path.first().map_or("", String::as_str);
    match (&import.vis, first) {
        (syn::Visibility::Inherited, "std" | "core" | "alloc") => Group::Standard,
        (syn::Visibility::Inherited, "crate" | "self" | "super") => Group::Own,
        (syn::Visibility::Inherited, _) => Group::Foreign,
        _ => Group::Reexport,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<usize> {
        let file = syn::parse_file(source).unwrap();
        of_items(&file.items, false).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn imports_that_follow_the_dialect_pass() {
        let source = "mod a;\n\nuse std::fmt;\nuse std::sync::{Arc, Mutex};\n\nuse serde::Serialize;\n\n\
                      use self::a::A;\nuse crate::b::{C, D as E};\n\npub use self::a::B;\n\n\
                      macro_rules! m { () => {} }\npub(crate) use m;\n\n\
                      #[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
        assert_eq!(lines(source), [0; 0]);
    }

    #[test]
    fn each_departure_is_found_at_its_line() {
        for (source, line) in [
            ("use crate::a::{b::B, c};", 1),
            ("use crate::a::B;\nuse crate::a::C;", 2),
            ("use crate::a::B;\n\nuse std::fmt::Debug;", 3),
            ("use std::fmt::Debug;\nuse serde::Serialize;", 2),
            ("use super::a::B;", 1),
            ("use self::a::B;", 1),
            ("mod a;\nuse a::B;", 2),
            ("pub use crate::a::B;\n\nuse crate::c::D;", 3),
            ("mod tests {\n    use super::super::b::B;\n}", 2),
        ] {
            assert_eq!(lines(source), [line], "{source}");
        }
    }
}
