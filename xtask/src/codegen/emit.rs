//! From the generator's terms to Rust.
//!
//! The text is put together as text: `rustfmt` breaks its lines afterwards, with the settings of the crate, and
//! comments stay where they are, which token streams would lose.

pub(crate) mod events;
mod items;
pub(crate) mod methods;
mod roles;
pub(crate) mod table;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::ir::{Document, Item, Type};

/// A file of types and of what goes with them: the header, the imports that they need, and they themselves.
pub(crate) fn types(
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
    let inner = items.iter().flat_map(|(_, item)| item.body.types()).filter_map(Type::names);
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
        imports.push_str("use super::super::client::ClientMethod;\n");
    }
    format!("//! {title}\n\n{imports}{text}")
}

/// Something in a file besides its types.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The types that it names.
    pub(crate) types: BTreeSet<String>,
}

fn list(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whether the code in `text`, comments aside, has `name` as a word.
fn mentions(text: &str, name: &str) -> bool {
    let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.any(|line| {
        line.match_indices(name).any(|(start, _)| {
            let bytes = line.as_bytes();
            let before = start.checked_sub(1).and_then(|at| bytes.get(at));
            let after = bytes.get(start + name.len());
            !before.is_some_and(of_word) && !after.is_some_and(of_word)
        })
    })
}

/// A type in a struct or a variant.
fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Text => "String".to_owned(),
        Type::Flag => "bool".to_owned(),
        Type::Integer(true) => "u64".to_owned(),
        Type::Integer(false) => "i64".to_owned(),
        Type::Number => "f64".to_owned(),
        Type::Json => "Value".to_owned(),
        Type::List(inner) => format!("Vec<{}>", rust_type(inner)),
        Type::Map(inner) => format!("BTreeMap<String, {}>", rust_type(inner)),
        Type::Nullable(inner) => format!("Option<{}>", rust_type(inner)),
        Type::Named(name) => name.clone(),
    }
}
