//! Writes `EventKind`, the names of all kinds, and `EventData`, the enum of all payloads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::codegen::docs::comment;
use crate::codegen::ir::{Docs, Document, Kind};

/// `mod.rs`, which re-exports all files.
pub(crate) fn index(files: &[String]) -> String {
    let mut text = "//! Payloads, one file for each namespace of kinds.\n\n".to_owned();
    for file in files {
        let _ = writeln!(text, "mod {file};");
    }
    text.push('\n');
    for file in files {
        let _ = writeln!(text, "pub use self::{file}::*;");
    }
    text
}

/// The file of `EventKind`.
pub(crate) fn kinds(document: &Document) -> String {
    let kinds = sorted(document);
    let mut text = "\
//! The names of all kinds.

use super::super::kind::event_kind;

/// A kind of event that this release knows.
///
/// Kinds are strings on the wire, and a runtime may send others: [`Event::kind`] is the string,
/// whatever it is, and [`EventKind::of`] is the kind, if it is one of these. The two compare
/// with each other.
///
/// [`Event::kind`]: crate::events::Event::kind
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
"
    .to_owned();
    for kind in &kinds {
        let docs = first_sentence(document, kind);
        text.push_str(&comment(&docs, "", 4));
        let _ = writeln!(text, "    {},", kind.name);
    }
    text.push_str("}\n\nevent_kind! {\n");
    for kind in &kinds {
        let _ = writeln!(text, "    {} = {:?},", kind.name, kind.wire);
    }
    text.push_str("}\n\nimpl EventKind {\n");
    text.push_str("    /// The kind that the wire calls `kind`; `None` for one that this release does not know.\n");
    text.push_str("    pub fn of(kind: &str) -> Option<Self> {\n");
    text.push_str("        // By length first: one jump, and few comparisons behind it.\n");
    text.push_str("        Some(match kind.len() {\n");
    let mut lengths: BTreeMap<usize, Vec<&Kind>> = BTreeMap::new();
    for kind in &kinds {
        lengths.entry(kind.wire.len()).or_default().push(kind);
    }
    for (length, kinds) in lengths {
        let _ = writeln!(text, "            {length} => match kind {{");
        for kind in kinds {
            let _ = writeln!(text, "                {:?} => Self::{},", kind.wire, kind.name);
        }
        text.push_str("                _ => return None,\n            },\n");
    }
    text.push_str("            _ => return None,\n        })\n    }\n\n");
    text.push_str("    /// Whether the schema says of every event of the kind that the runtime does not persist it.\n");
    text.push_str("    pub fn is_ephemeral(self) -> bool {\n        matches!(self,\n");
    let ephemeral = kinds.iter().filter(|kind| kind.ephemeral);
    let ephemeral: Vec<_> = ephemeral.map(|kind| format!("Self::{}", kind.name)).collect();
    let _ = writeln!(text, "            {})\n    }}\n}}", ephemeral.join("\n            | "));
    text
}

/// The file of `EventData`.
pub(crate) fn data(document: &Document) -> String {
    let kinds = sorted(document);
    let names: Vec<_> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    let mut text = format!(
        "//! Any payload.\n\nuse super::super::data::event_data;\nuse super::{{{}}};\nuse crate::events::DecodeError;\n",
        names.join(", ")
    );
    text.push_str(
        "
/// An event's payload, by kind.
///
/// Every payload is in a box of its own, so that the enum is as small for one kind as for another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventData {
",
    );
    for kind in &kinds {
        let _ = writeln!(text, "    /// `{}`.\n    {1}(Box<{1}>),", kind.wire, kind.name);
    }
    text.push_str("    /// An event of a kind that this release does not know (`None`), or a payload that does not decode, with\n    /// the reason.\n");
    text.push_str("    Unknown(Option<DecodeError>),\n}\n\nevent_data! {\n");
    for kind in &kinds {
        let _ = writeln!(text, "    {},", kind.name);
    }
    text.push_str("}\n");
    text
}

fn sorted(document: &Document) -> Vec<&Kind> {
    let mut kinds: Vec<_> = document.kinds.iter().collect();
    kinds.sort_by(|one, other| one.name.cmp(&other.name));
    kinds
}

/// The name of the kind, with the first sentence about its payload.
fn first_sentence(document: &Document, kind: &Kind) -> Docs {
    let text = document.items.get(&kind.name).map(|item| item.docs.text.clone());
    let text = text.unwrap_or_default();
    let end = text.match_indices(". ").map(|(end, _)| end).find(|&end| {
        let before = text.get(..end).unwrap_or_default();
        !before.ends_with("e.g") && !before.ends_with("i.e")
    });
    let first = end.and_then(|end| text.get(..end)).unwrap_or(&text);
    Docs {
        text: format!("`{}`: {}", kind.wire, first.trim_end_matches('.')),
        notes: Vec::new(),
    }
}
