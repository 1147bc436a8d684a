//! Reads the methods with the types of their parameters and results.

use anyhow::{Context, Result, ensure};

use crate::codegen::corrections::Correction;
use crate::codegen::ir::{Document, Item, Method, Side, Type};
use crate::codegen::schema::definitions::{Definitions, choices, reference};
use crate::codegen::schema::descriptions::docs;
use crate::codegen::schema::reader::Reader;
use crate::codegen::schema::shared::Shared;
use crate::codegen::{corrections, names};
use crate::schemas::json::Node;

/// Reads the methods of `schema` and the types that they need, except for the types that `events` has already, which was
/// read from `events_schema`.
pub(crate) fn methods(
    schema: &Node,
    events: &Document,
    events_schema: &Node,
    corrections: &[Correction],
) -> Result<Document> {
    let definitions = Definitions::of(schema, Some(events_schema))?;
    let sides: Vec<_> = Side::ALL.iter().filter_map(|side| schema.get(side.key())).collect();
    let shared = Shared::of(events, events_schema)?;
    let mut reader = Reader::with(definitions, &sides, shared)?;
    let mut methods = Vec::new();
    for side in Side::ALL {
        let mut leaves = Vec::new();
        if let Some(tree) = schema.get(side.key()) {
            collect(tree, &mut Vec::new(), &mut leaves);
        }
        for (path, leaf) in leaves {
            let wire = leaf.str_at("rpcMethod").unwrap_or_default();
            let method = reader.method(side, path, leaf);
            methods.push(method.with_context(|| format!("the method {wire}"))?);
        }
    }
    let Reader { items, borrowed, .. } = reader;
    let mut document = Document { items, methods, borrowed, ..Document::default() };
    corrections::apply(&mut document, corrections)?;
    Ok(document)
}

/// The methods below `tree`, with the names on the way to them.
fn collect<'a>(
    tree: &'a Node,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, &'a Node)>,
) {
    for (name, node) in tree.fields() {
        path.push(name.clone());
        if node.get("rpcMethod").is_some() {
            found.push((path.clone(), node));
        } else {
            collect(node, path, found);
        }
        path.pop();
    }
}

impl<'a> Reader<'a> {
    fn method(&mut self, side: Side, path: Vec<String>, leaf: &'a Node) -> Result<Method> {
        let wire = leaf.str_at("rpcMethod").unwrap_or_default().to_owned();
        let name = names::pascal(&wire);
        let params = leaf.get("params").context("it says nothing of parameters")?;
        let result = leaf.get("result").context("it says nothing of a result")?;
        let params = self.params(side, params, &name)?;
        let result = if result.str_at("type") == Some("null") {
            None
        } else {
            Some(self.type_of(result, &format!("{name}Result"))?)
        };
        let mut docs = docs(leaf, &[]);
        // All methods are experimental; the module says so once.
        docs.notes.retain(|note| !note.starts_with("Experimental"));
        if leaf.is_true("notification") {
            docs.notes.push("A notification: nobody waits for an answer.".to_owned());
        }
        Ok(Method { side, wire, path, params, result, docs })
    }

    /// The type of the parameters, without the session's id where the handle has it.
    fn params(&mut self, side: Side, node: &'a Node, name: &str) -> Result<Option<Type>> {
        if *node == Node::Null {
            return Ok(None);
        }
        let mut object = self.definitions.resolved(node)?;
        let mut definition = reference(node).or(object.str_at("title"));
        if let (Some(any_of), None) = (object.get("anyOf"), object.get("properties")) {
            match choices(any_of).0.as_slice() {
                [only] => {
                    definition = reference(only).or(definition);
                    object = self.definitions.resolved(only)?;
                }
                _ => return self.type_of(node, &format!("{name}Params")).map(Some),
            }
        }
        let filled_in = (side == Side::Session).then_some("sessionId");
        let fields = object.get("properties").context("its parameters are no object")?;
        let mut fields = fields.fields().iter().map(|(name, _)| name.as_str());
        if !fields.any(|name| Some(name) != filled_in) {
            return Ok(None);
        }
        let name = definition.map_or_else(|| format!("{name}Params"), names::type_of);
        if filled_in.is_none() {
            return self.item(object, &name, definition.unwrap_or(&name)).map(Some);
        }
        self.session_params(object, &name).map(Some)
    }

    /// Methods with the same parameters share one type.
    fn session_params(&mut self, object: &'a Node, name: &str) -> Result<Type> {
        let origin = format!("the parameters {object}");
        if self.claim(name, &origin)? {
            let body = self.body(object, name, Some("sessionId"))?;
            self.items.insert(name.to_owned(), Item { docs: docs(object, &[]), body });
        }
        ensure!(self.items.contains_key(name), "{name} is not read yet");
        Ok(Type::Named(name.to_owned()))
    }
}
