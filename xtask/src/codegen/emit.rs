//! From the generator's terms to Rust.
//!
//! The text is put together as text: `rustfmt` breaks its lines afterwards, with the settings of the crate, and
//! comments stay where they are, which token streams would lose.

pub(crate) mod events;
mod items;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::ir::{Document, Item, Type};

/// A file of `items`: the header, the imports that they need, and they themselves.
pub(crate) fn types(document: &Document, names: &BTreeSet<&str>, title: &str) -> String {
    let items: Vec<(&str, &Item)> =
        names.iter().filter_map(|&name| Some((name, document.items.get(name)?))).collect();
    let mut text = String::new();
    for (name, item) in &items {
        text.push('\n');
        text.push_str(&items::item(document, name, item));
    }
    let mut others: BTreeSet<&str> =
        items.iter().flat_map(|(_, item)| item.body.types()).filter_map(Type::names).collect();
    others.retain(|other| !names.contains(other));
    let mut imports = String::new();
    if text.contains("BTreeMap<") {
        imports.push_str("use std::collections::BTreeMap;\n\n");
    }
    if text.contains("Deserialize)]") {
        imports.push_str("use serde::{Deserialize, Serialize};\n");
    }
    if text.contains("Value>") || text.contains("Value,") || text.contains("(Value)") {
        imports.push_str("use serde_json::Value;\n");
    }
    imports.push('\n');
    if !others.is_empty() {
        let others: Vec<_> = others.into_iter().collect();
        let _ = writeln!(imports, "use super::{{{}}};", others.join(", "));
    }
    for (module, name) in
        [("object", "object"), ("open", "open_enum"), ("tagged", "tagged_union")]
    {
        if text.contains(&format!("{name}!(")) {
            let _ = writeln!(imports, "use super::super::{module}::{name};");
        }
    }
    format!("//! {title}\n\n{imports}{text}")
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
