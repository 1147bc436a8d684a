//! What a type is for, as far as that can be told: the parameters of a method, its result, or a part of another
//! type.

use super::super::ir::{Body, Document, Item, Method, Side, Type};
use super::super::names;
use super::methods::{handle, marker_name, with_params};

/// A type of more methods than this is not explained by them.
const FEW: usize = 3;

/// A sentence with links; `None` if there is nothing to be told.
pub(super) fn of(document: &Document, name: &str, item: &Item) -> Option<String> {
    let of_methods: Vec<_> =
        [params(document, name), result(document, name)].into_iter().flatten().collect();
    if !of_methods.is_empty() {
        return Some(of_methods.join(" "));
    }
    // One with a description of its own needs no other.
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

/// The method's name, with a link to what calls it or marks it.
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

/// Where the type stands in the one type that has it.
fn part(document: &Document, name: &str) -> Option<String> {
    let mut parts = document.items.iter().flat_map(|(outer, item)| {
        let outer = format!("[`{outer}`](super::{outer})");
        let parts: Vec<_> = match &item.body {
            Body::Struct(fields) => {
                let fields = fields.iter().filter(|field| field.ty.names() == Some(name));
                fields.map(|field| format!("In `{}` of {outer}.", field.wire)).collect()
            }
            Body::Tagged { tag, variants, .. } => {
                let variants =
                    variants.iter().filter(|variant| variant.ty.names() == Some(name));
                let told = |wire| format!("The {outer} whose `{tag}` is `{wire}`.");
                variants.map(|variant| told(&variant.wire)).collect()
            }
            Body::Untagged(variants) => {
                let variants =
                    variants.iter().filter(|(_, variant)| variant.ty.names() == Some(name));
                variants.map(|_| format!("One of what {outer} can be.")).collect()
            }
            Body::Enum(_) => Vec::new(),
        };
        parts
    });
    let only = parts.next()?;
    parts.next().is_none().then_some(only)
}
