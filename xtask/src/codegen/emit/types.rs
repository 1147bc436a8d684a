//! Writes a file of types: its title, its imports, its handles or markers, and the types.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::codegen::emit::items;
use crate::codegen::emit::piece::Piece;
use crate::codegen::emit::rust::{list, mentions};
use crate::codegen::ir::{Document, Item, Type};

/// The file with the types `names` of `document`, after the pieces `more`.
pub(crate) fn file(
    document: &Document,
    names: &BTreeSet<&str>,
    title: &str,
    more: &[Piece],
) -> String {
    let items: Vec<(&str, &Item)> =
        names.iter().filter_map(|&name| Some((name, document.items.get(name)?))).collect();
    let mut text = String::new();
    for piece in more {
        text.push('\n');
        text.push_str(&piece.text);
    }
    for (name, item) in &items {
        text.push('\n');
        text.push_str(&items::item(document, name, item));
    }
    let inner =
        items.iter().flat_map(|(_, item)| item.body.types()).filter_map(Type::item_name);
    let mut others: BTreeSet<&str> = inner
        .chain(more.iter().flat_map(|piece| piece.types.iter().map(String::as_str)))
        .collect();
    let defined = |name: &str| more.iter().any(|piece| piece.name == name);
    others.retain(|other| !names.contains(other) && !defined(other));
    let (borrowed, others): (BTreeSet<&str>, BTreeSet<&str>) =
        others.into_iter().partition(|name| document.borrowed.contains(*name));
    let mut imports = String::new();
    if mentions(&text, "BTreeMap") {
        imports.push_str("use std::collections::BTreeMap;\n\n");
    }
    if mentions(&text, "Value") {
        imports.push_str("use serde_json::Value;\n");
    }
    imports.push('\n');
    if !borrowed.is_empty() {
        let _ = writeln!(imports, "use crate::events::kinds::{{{}}};", list(borrowed));
    }
    let macros = ["object", "open_enum", "tagged_union", "untagged_union"];
    let macros: BTreeSet<_> =
        macros.into_iter().filter(|name| text.contains(&format!("\n{name}!("))).collect();
    if !macros.is_empty() {
        let _ = writeln!(imports, "use crate::json::{{{}}};", list(macros));
    }
    let secrets = ["Secret", "debug_members"];
    let secrets: BTreeSet<_> =
        secrets.into_iter().filter(|name| mentions(&text, name)).collect();
    if !secrets.is_empty() {
        let _ = writeln!(imports, "use crate::secret::{{{}}};", list(secrets));
    }
    if !others.is_empty() {
        let _ = writeln!(imports, "\nuse super::{{{}}};", list(others));
    }
    for (name, path) in
        [("Call", "super::super::call::Call"), ("Caller", "super::super::call::Caller")]
    {
        if mentions(&text, name) {
            let _ = writeln!(imports, "use {path};");
        }
    }
    if mentions(&text, "ClientMethod") {
        imports.push_str("use super::super::callbacks::ClientMethod;\n");
    }
    format!("//! {title}\n\n{imports}{text}")
}
