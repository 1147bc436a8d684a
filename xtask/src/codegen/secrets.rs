//! Which members are secrets: texts among them become `Secret`, and what else can't be printed as it is gets a `Debug`
//! of its own.

// The library hides in JSON what the generator makes a `Secret`: both read the same names.
#[path = "../../../src/secret/names.rs"]
mod names;

use self::names::{is_secret, is_url};
use crate::codegen::ir::{Body, Document, Field, Type};

/// Members that are secrets and do not say so by their name: type in Rust, member on the wire.
const OTHERS: [(&str, &str); 1] = [
    // One header; lists of headers are recognized by their name.
    ("HeaderEntry", "value"),
];

/// What the schema says of members that hold secrets.
const SECRET: [&str; 3] = ["Treat as a secret", "Raw secret values", "A credential the caller"];
/// What it says of members that are no secrets, and that nobody should log.
const UNLOGGED: [&str; 3] = ["Never logged.", "never logged.", "Never logged,"];

/// How `Debug` prints a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// As its own type does.
    Plain,
    /// JSON without what its names say is secret; a URL without user and query.
    Part,
    /// Not at all.
    Nothing,
}

/// Makes every text that is a secret a [`Type::Secret`].
pub(crate) fn mark(document: &mut Document) {
    for (name, item) in &mut document.items {
        let Body::Struct(fields) = &mut item.body else { continue };
        for field in fields {
            if is_secret_member(name, field) {
                hide(&mut field.ty);
            }
        }
    }
}

fn is_secret_member(item: &str, field: &Field) -> bool {
    is_secret(&field.wire)
        || OTHERS.contains(&(item, field.wire.as_str()))
        || SECRET.iter().any(|words| field.docs.text.contains(words))
}

fn hide(ty: &mut Type) {
    match ty {
        Type::String => *ty = Type::Secret,
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => hide(inner),
        // The members of a type with a name are looked at one by one.
        Type::Named(_)
        | Type::Secret
        | Type::Bool
        | Type::Signed
        | Type::Unsigned
        | Type::Number
        | Type::Json => {}
    }
}

/// How `Debug` prints `field`.
pub(crate) fn shows(field: &Field) -> Shows {
    if UNLOGGED.iter().any(|words| field.docs.text.contains(words)) {
        return Shows::Nothing;
    }
    match innermost(&field.ty) {
        Type::Json if is_secret(&field.wire) => Shows::Nothing,
        Type::Json => Shows::Part,
        Type::String if is_url(&field.wire) => Shows::Part,
        _ => Shows::Plain,
    }
}

fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => innermost(inner),
        other => other,
    }
}
