//! The layout of the generated code: which file each type is written to.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::ir::{Document, Kind, Method, Type};
use crate::codegen::names;

/// The file for types that several others use.
const SHARED: &str = "shared";
/// The number of kinds from which on a group of `session` has its own file.
const GROUP: usize = 3;

/// The names of the types in each file, by the name of its module.
pub(crate) fn of_types(document: &Document) -> BTreeMap<String, BTreeSet<&str>> {
    let mut users: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for kind in &document.kinds {
        let file = of_kind(kind, &document.kinds);
        reach(document, &kind.name, &mut |name| {
            users.entry(name).or_default().insert(file.clone())
        });
    }
    for method in &document.methods {
        let file = of_method(method);
        let types = method.params.iter().chain(&method.result);
        for name in types.filter_map(Type::item_name) {
            reach(document, name, &mut |name| {
                users.entry(name).or_default().insert(file.clone())
            });
        }
    }
    let mut files: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, users) in users {
        let file = match users.first() {
            Some(only) if users.len() == 1 => only.as_str(),
            _ => common_namespace(&users).unwrap_or(SHARED),
        };
        files.entry(file.to_owned()).or_default().insert(name);
    }
    for method in &document.methods {
        files.entry(of_method(method)).or_default();
        // These files have the functions that lead to the namespaces.
        files.entry("server".to_owned()).or_default();
        files.entry("session".to_owned()).or_default();
    }
    files
}

/// `session_mode` for `session.mode.get`, `server` for `ping`.
pub(crate) fn of_method(method: &Method) -> String {
    match method.path.as_slice() {
        [namespace, _, ..] => format!("{}_{}", method.side.file(), names::field(namespace)),
        _ => method.side.file().to_owned(),
    }
}

/// `mcp` for `server_mcp` and `session_mcp`.
fn common_namespace(users: &BTreeSet<String>) -> Option<&str> {
    let mut namespaces = users.iter().map(|user| {
        let (side, namespace) = user.split_once('_')?;
        ["server", "session", "client"].contains(&side).then_some(namespace)
    });
    let first = namespaces.next()??;
    namespaces.all(|other| other == Some(first)).then_some(first)
}

/// `assistant` for `assistant.message`, `session_canvas` for `session.canvas.opened`.
fn of_kind(kind: &Kind, kinds: &[Kind]) -> String {
    match group(&kind.wire) {
        Some(group_name) => {
            let alike = kinds.iter().filter(|other| group(&other.wire) == Some(group_name));
            if alike.count() >= GROUP {
                format!("session_{group_name}")
            } else {
                "session".into()
            }
        }
        None => kind.wire.split('.').next().unwrap_or_default().to_owned(),
    }
}

/// The first word after `session.`: most kinds are in that namespace, so it is split into groups.
fn group(wire: &str) -> Option<&str> {
    wire.strip_prefix("session.")?.split(['.', '_']).next()
}

/// Calls `found` for `name` and every type inside of it.
fn reach<'a>(document: &'a Document, name: &'a str, found: &mut impl FnMut(&'a str) -> bool) {
    let Some(item) = document.items.get(name) else { return };
    if found(name) {
        for ty in item.body.types() {
            if let Some(inner) = ty.item_name() {
                reach(document, inner, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_group_of_session_kinds_has_its_own_file() {
        let kinds: Vec<_> =
            ["session.canvas.opened", "session.canvas.closed", "session.canvas.x"]
                .into_iter()
                .chain(["session.idle", "session.auto_a", "tool.execution_start", "abort"])
                .map(|wire| Kind { wire: wire.into(), name: String::new(), ephemeral: false })
                .collect();
        let files: Vec<_> = kinds.iter().map(|kind| of_kind(kind, &kinds)).collect();
        assert_eq!(
            files,
            [
                "session_canvas",
                "session_canvas",
                "session_canvas",
                "session",
                "session",
                "tool",
                "abort"
            ]
        );
    }
}
