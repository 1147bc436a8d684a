//! Small parts of Rust code: types, lists of imports, and which names a text mentions.

use std::collections::BTreeSet;

use crate::codegen::ir::Type;

/// A type in a struct or a variant.
pub(super) fn rust_type(ty: &Type) -> String {
    match ty {
        Type::String => "String".to_owned(),
        Type::Secret => "Secret".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Unsigned => "u64".to_owned(),
        Type::Signed => "i64".to_owned(),
        Type::Number => "f64".to_owned(),
        Type::Json => "Value".to_owned(),
        Type::List(inner) => format!("Vec<{}>", rust_type(inner)),
        Type::Map(inner) => format!("BTreeMap<String, {}>", rust_type(inner)),
        Type::Nullable(inner) => format!("Option<{}>", rust_type(inner)),
        Type::Named(name) => name.clone(),
    }
}

/// The names of an import, separated by commas.
pub(super) fn list(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whether the code in `text`, without its comments, has `name` as a word.
pub(super) fn mentions(text: &str, name: &str) -> bool {
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
