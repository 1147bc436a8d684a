//! Writes structs, enums and unions.

use std::fmt::Write as _;

use crate::codegen::docs::comment;
use crate::codegen::emit::roles;
use crate::codegen::emit::rust::rust_type;
use crate::codegen::ir::{
    Body, Discriminator, Docs, Document, EnumValue, Field, Item, Type, Variant,
};
use crate::codegen::names;
use crate::codegen::secrets::{Shows, shows};

pub(super) fn item(document: &Document, name: &str, item: &Item) -> String {
    let kind = document.kinds.iter().find(|kind| kind.name == name);
    let mut docs = item.docs.clone();
    if let Some(kind) = kind {
        let lifetime = if kind.ephemeral { ", which the runtime does not persist" } else { "" };
        docs.notes.insert(0, format!("The payload of `{}`{lifetime}.", kind.wire));
    } else if let Some(role) = roles::of(document, name, item) {
        docs.notes.insert(0, role);
    }
    match &item.body {
        Body::Struct(fields) => structure(name, &docs, fields),
        Body::Enum(values) => open_enum(name, &docs, values),
        Body::Tagged { tag, is_bool, variants } => {
            tagged(name, &docs, (tag, *is_bool), variants)
        }
        Body::Untagged(variants) => untagged(name, &docs, variants),
    }
}

/// A field as it is written in Rust.
struct Written<'a> {
    field: &'a Field,
    name: String,
    /// Whether its type is an `Option`: it may be absent or null.
    optional: bool,
}

fn structure(name: &str, docs: &Docs, fields: &[Field]) -> String {
    let fields: Vec<Written<'_>> = fields
        .iter()
        .map(|field| Written {
            field,
            name: names::field(&field.wire),
            optional: field.is_optional(),
        })
        .collect();
    let default = if fields.iter().all(|field| field.optional) { "Default, " } else { "" };
    let mut text = comment(docs, &format!("The object `{name}` of the schema."), 0);
    let is_plain = fields.iter().all(|field| shows(field.field) == Shows::Plain);
    let debug = if is_plain { "Debug, " } else { "" };
    let _ = writeln!(text, "#[derive(Clone, {debug}{default}PartialEq)]");
    let _ = writeln!(text, "#[non_exhaustive]\npub struct {name} {{");
    for field in &fields {
        text.push_str(&declaration(field));
    }
    text.push_str("}\n");
    if default.is_empty() {
        text.push_str(&constructor(name, &fields));
    }
    let _ = writeln!(text, "\nobject!({name} {{");
    for Written { field, name, optional } in &fields {
        let presence = match (field.required, optional) {
            (true, false) => "required",
            (true, true) => "nullable",
            (false, _) => "optional",
        };
        let _ = writeln!(text, "    {presence} {name} = {:?},", field.wire);
    }
    text.push_str("});\n");
    if !is_plain {
        text.push_str(&debug_members(name, &fields));
    }
    text
}

/// How `Debug` prints a struct of which some members can't be printed as they are.
fn debug_members(name: &str, fields: &[Written<'_>]) -> String {
    let mut text = format!("\ndebug_members!({name} {{\n");
    for Written { field, name, .. } in fields {
        let how = match shows(field) {
            Shows::Plain => "plain",
            Shows::Part => "shown",
            Shows::Nothing => "hidden",
        };
        let _ = writeln!(text, "    {how} {name},");
    }
    text.push_str("});\n");
    text
}

fn declaration(written: &Written<'_>) -> String {
    let Written { field, name, optional } = written;
    let otherwise = format!("The member `{}`.", field.wire);
    let mut text = comment(&field.docs, &otherwise, 4);
    let mut ty = rust_type(&field.ty);
    if *optional && !matches!(field.ty, Type::Nullable(_)) {
        ty = format!("Option<{ty}>");
    }
    let _ = writeln!(text, "    pub {name}: {ty},");
    text
}

fn constructor(name: &str, fields: &[Written<'_>]) -> String {
    let mut parameters = Vec::new();
    let mut values = Vec::new();
    for Written { field, name, optional } in fields {
        if *optional {
            values.push(format!("{name}: None"));
        } else if field.ty == Type::String {
            parameters.push(format!("{name}: impl Into<String>"));
            values.push(format!("{name}: {name}.into()"));
        } else if field.ty == Type::Secret {
            parameters.push(format!("{name}: impl Into<Secret>"));
            values.push(format!("{name}: {name}.into()"));
        } else {
            parameters.push(format!("{name}: {}", rust_type(&field.ty)));
            values.push(name.clone());
        }
    }
    let (parameters, values) = (parameters.join(", "), values.join(", "));
    format!(
        "\nimpl {name} {{\n    /// With what the schema requires; all else is absent.\n    \
         pub fn new({parameters}) -> Self {{\n        Self {{ {values} }}\n    }}\n}}\n"
    )
}

fn open_enum(name: &str, docs: &Docs, values: &[EnumValue]) -> String {
    let mut text = comment(docs, &format!("The values of `{name}` in the schema."), 0);
    text.push_str("#[derive(Clone, Debug, PartialEq, Eq, Hash)]\n#[non_exhaustive]\n");
    let _ = writeln!(text, "pub enum {name} {{");
    for value in values {
        text.push_str(&comment(&value.docs, &format!("`{}`.", value.wire), 4));
        let _ = writeln!(text, "    {},", value.name);
    }
    text.push_str("    /// A value that this release does not know, as it was sent.\n");
    text.push_str("    Unknown(Box<str>),\n}\n\n");
    let _ = writeln!(text, "open_enum!({name} {{");
    for value in values {
        let _ = writeln!(text, "    {} = {:?},", value.name, value.wire);
    }
    text.push_str("});\n");
    text
}

fn tagged(
    name: &str,
    docs: &Docs,
    (tag, is_bool): (&str, bool),
    variants: &[Variant],
) -> String {
    let mut docs = docs.clone();
    docs.notes.push(format!("The member `{tag}` says which it is."));
    let mut text = comment(&docs, &format!("The union `{name}` of the schema."), 0);
    text.push_str("#[derive(Clone, PartialEq)]\n#[non_exhaustive]\n");
    let _ = writeln!(text, "pub enum {name} {{");
    for variant in variants {
        text.push_str(&comment(&variant.docs, &format!("`{}`.", variant.wire), 4));
        let _ = writeln!(text, "    {}({}),", variant.name, rust_type(&variant.ty));
    }
    text.push_str("    /// One that this release does not know, as it was sent.\n");
    text.push_str("    Unknown(Value),\n}\n\n");
    let _ = writeln!(text, "tagged_union!({name}, {tag:?} {{");
    for variant in variants {
        let form = match (variant.holds_tag, is_bool) {
            (true, true) => "whole_flag",
            (true, false) => "whole",
            (false, true) => "flag",
            (false, false) => "bare",
        };
        // A boolean is written without quotes.
        let wire = if is_bool { variant.wire.clone() } else { format!("{:?}", variant.wire) };
        let _ = writeln!(text, "    {form} {} = {wire},", variant.name);
    }
    text.push_str("});\n");
    text
}

fn untagged(name: &str, docs: &Docs, variants: &[(Discriminator, Variant)]) -> String {
    let mut docs = docs.clone();
    docs.notes.push("Its members say which it is.".to_owned());
    let mut text = comment(&docs, &format!("The union `{name}` of the schema."), 0);
    text.push_str("#[derive(Clone, PartialEq)]\n#[non_exhaustive]\n");
    let _ = writeln!(text, "pub enum {name} {{");
    let mut arms = String::new();
    for (Discriminator { field, values }, variant) in variants {
        let _ = write!(arms, "    {} by {field:?}", variant.name);
        let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
        let otherwise = if values.is_empty() {
            format!("One with a member `{field}`.")
        } else {
            let _ = write!(arms, " = {}", values.join(" | "));
            format!("One whose `{field}` is {}.", values.join(" or ").replace('"', "`"))
        };
        arms.push_str(",\n");
        text.push_str(&comment(&variant.docs, &otherwise, 4));
        let _ = writeln!(text, "    {}({}),", variant.name, rust_type(&variant.ty));
    }
    text.push_str("    /// One that this release does not know, as it was sent.\n");
    let _ = write!(text, "    Unknown(Value),\n}}\n\nuntagged_union!({name} {{\n{arms}}});\n");
    text
}
