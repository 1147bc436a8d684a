//! Writes the table through which tests call every method by its name.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::codegen::emit::methods::with_params;
use crate::codegen::emit::rust::{list, mentions, rust_type};
use crate::codegen::ir::{Document, Method, Side, Type};
use crate::codegen::names;

pub(crate) fn table(document: &Document) -> String {
    let mut calls = String::new();
    let mut types = String::new();
    for method in &document.methods {
        let wire = &method.wire;
        if !method.side.is_client() {
            let handle = handle(method);
            let name = names::field(method.path.last().map_or("", String::as_str));
            let bare = format!("|| {handle}.{name}()");
            let call = match &method.params {
                None => format!("bare(params, {bare})"),
                Some(_) if document.needs_no_params(method) => {
                    let name = with_params(&name);
                    format!("either(params, {bare}, |params| {handle}.{name}(params))")
                }
                Some(_) => format!("with(params, |params| {handle}.{name}(params))"),
            };
            let _ = writeln!(calls, "        {wire:?} => {call},");
        }
        let _ = writeln!(
            types,
            "        {wire:?} => ({}, {}),",
            codec(method.params.as_ref()),
            codec(method.result.as_ref())
        );
    }
    let mut imports = BTreeSet::new();
    let mut borrowed = BTreeSet::new();
    for ty in
        document.methods.iter().flat_map(|method| method.params.iter().chain(&method.result))
    {
        let Some(name) = ty.item_name().filter(|name| mentions(&types, name)) else { continue };
        if document.borrowed.contains(name) { &mut borrowed } else { &mut imports }
            .insert(name);
    }
    let mut text = "//! Every method by its name, for tests.\n\n".to_owned();
    if mentions(&types, "BTreeMap") {
        text.push_str("use std::collections::BTreeMap;\n\n");
    }
    if !borrowed.is_empty() {
        let _ = writeln!(text, "use copilot_sessions::events::kinds::{{{}}};", list(borrowed));
    }
    let _ = writeln!(text, "use copilot_sessions::methods::{{{}}};", list(imports));
    text.push_str("use copilot_sessions::{ActiveSession, Client};\nuse serde_json::Value;\n\n");
    text.push_str("use super::methods::{Called, Codec, bare, codec, either, with};\n\n");
    let _ = write!(
        text,
        "/// Calls `method` through its typed function.\n\
         #[allow(clippy::too_many_lines, reason = \"all methods\")]\n\
         pub(crate) fn call<'a>(\n    client: &'a Client,\n    session: &'a ActiveSession,\n    \
         method: &str,\n    params: &Value,\n) -> Called<'a> {{\n    match method {{\n{calls}        \
         other => panic!(\"no method {{other}}\"),\n    }}\n}}\n\n\
         /// How the parameters and the result of `method` are read and written.\n\
         #[allow(dead_code, clippy::match_same_arms, clippy::too_many_lines, reason = \"all methods; not every test asks\")]\n\
         pub(crate) fn types(method: &str) -> (Option<Codec>, Option<Codec>) {{\n    \
         match method {{\n{types}        other => panic!(\"no method {{other}}\"),\n    }}\n}}\n"
    );
    text
}

/// `session.rpc().mode()`.
fn handle(method: &Method) -> String {
    let root = if method.side == Side::Session { "session" } else { "client" };
    let mut handle = format!("{root}.rpc()");
    for namespace in method.path.split_last().map_or(&[][..], |(_, namespaces)| namespaces) {
        let _ = write!(handle, ".{}()", names::field(namespace));
    }
    handle
}

fn codec(ty: Option<&Type>) -> String {
    ty.map_or_else(|| "None".to_owned(), |ty| format!("Some(codec::<{}>)", rust_type(ty)))
}
