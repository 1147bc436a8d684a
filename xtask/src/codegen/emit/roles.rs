//! Writes what a type is for: the parameters of a method, its result, or a part of another type.

use crate::codegen::emit::methods::{handle, marker_name, with_params};
use crate::codegen::ir::{Body, Document, Item, Method, Side, Type};
use crate::codegen::names;

/// The methods of a type are listed up to this number.
const FEW: usize = 3;

/// A sentence with links; `None` if there is nothing to say.
pub(super) fn of(document: &Document, name: &str, item: &Item) -> Option<String> {
    let of_methods: Vec<_> =
        [params(document, name), result(document, name)].into_iter().flatten().collect();
    if !of_methods.is_empty() {
        return Some(of_methods.join(" "));
    }
    // A type with a description needs no other.
    if item.docs.text.is_empty() { part(document, name) } else { None }
}

fn params(document: &Document, name: &str) -> Option<String> {
    let methods = document.methods.iter().filter(|method| is_it(method.params.as_ref(), name));
    let links: Vec<_> =
        methods.map(|method| link(method, document.needs_no_params(method))).collect();
    sentence("parameters", &links)
}

fn result(document: &Document, name: &str) -> Option<String> {
    let methods = document.methods.iter().filter(|method| is_it(method.result.as_ref(), name));
    let links: Vec<_> = methods.map(|method| link(method, false)).collect();
    sentence("result", &links)
}

fn is_it(ty: Option<&Type>, name: &str) -> bool {
    match ty {
        Some(Type::Named(named)) => named == name,
        Some(Type::Nullable(inner)) => is_it(Some(inner), name),
        _ => false,
    }
}

fn sentence(role: &str, links: &[String]) -> Option<String> {
    (1..=FEW).contains(&links.len()).then(|| format!("The {role} of {}.", links.join(", ")))
}

/// The method's name, with a link to its function or its marker.
fn link(method: &Method, takes_params: bool) -> String {
    let place = match method.side {
        Side::Server | Side::Session => {
            let (last, namespaces) = method.path.split_last().unwrap_or((&method.wire, &[]));
            let function = names::field(last);
            let function = if takes_params { with_params(&function) } else { function };
            format!("{}::{function}", handle(method.side, namespaces))
        }
        Side::ClientSession | Side::ClientGlobal => marker_name(method),
    };
    format!("[`{}`](super::{place})", method.wire)
}

/// The place of the type in the only type that uses it.
fn part(document: &Document, name: &str) -> Option<String> {
    let mut parts = document.items.iter().flat_map(|(outer, item)| {
        let outer = format!("[`{outer}`](super::{outer})");
        let parts: Vec<_> = match &item.body {
            Body::Struct(fields) => {
                let fields = fields.iter().filter(|field| field.ty.item_name() == Some(name));
                fields.map(|field| format!("In `{}` of {outer}.", field.wire)).collect()
            }
            Body::Tagged { tag, variants, .. } => {
                let variants =
                    variants.iter().filter(|variant| variant.ty.item_name() == Some(name));
                let text = |wire| format!("The {outer} whose `{tag}` is `{wire}`.");
                variants.map(|variant| text(&variant.wire)).collect()
            }
            Body::Untagged(variants) => {
                let variants =
                    variants.iter().filter(|(_, variant)| variant.ty.item_name() == Some(name));
                variants.map(|_| format!("One of what {outer} can be.")).collect()
            }
            Body::Enum(_) => Vec::new(),
        };
        parts
    });
    let only = parts.next()?;
    parts.next().is_none().then_some(only)
}
