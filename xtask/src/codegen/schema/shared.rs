//! Recognizes the types that the schema of methods has in common with the schema of events.

use anyhow::Result;

use crate::codegen::ir::Document;
use crate::codegen::names;
use crate::codegen::schema::definitions::{Definitions, find, reference};
use crate::codegen::schema::uses::Uses;
use crate::schemas::json::Node;

/// The types of the events.
#[derive(Default)]
pub(super) struct Shared<'a> {
    events: Option<&'a Document>,
    definitions: &'a [(String, Node)],
    uses: Uses<'a>,
}

impl<'a> Shared<'a> {
    /// The types that `events` has, which was read from `schema`.
    pub(super) fn of(events: &'a Document, schema: &'a Node) -> Result<Self> {
        let definitions = Definitions::of(schema, None)?;
        Ok(Self {
            events: Some(events),
            definitions: definitions.own,
            uses: Uses::of(definitions, &[])?,
        })
    }

    /// Whether `definition` of `own` is the type that the events have under that name: with the same fields or values
    /// (descriptions may differ), and with its tag where this schema needs it.
    pub(super) fn has(&self, definition: &str, own: Definitions<'_>, uses: &Uses<'_>) -> bool {
        self.knows(definition)
            && self.uses.tag(definition) == uses.tag(definition)
            && self.is_equal(definition, own)
    }

    /// Whether the events have a type of the name.
    pub(super) fn knows(&self, definition: &str) -> bool {
        let name = names::type_of(definition);
        self.events.is_some_and(|events| events.items.contains_key(&name))
    }

    fn is_equal(&self, definition: &str, own: Definitions<'_>) -> bool {
        match (find(own.own, definition), find(self.definitions, definition)) {
            (Some(one), Some(other)) => self.are_equal(one, other, own),
            _ => false,
        }
    }

    fn are_equal(&self, one: &Node, other: &Node, own: Definitions<'_>) -> bool {
        if let (Some(name), Some(other)) = (reference(one), reference(other)) {
            return name == other && self.is_equal(name, own);
        }
        match (one, other) {
            (Node::Object(one), Node::Object(other)) => {
                let (one, other) = (without_descriptions(one), without_descriptions(other));
                one.len() == other.len()
                    && one.iter().zip(other).all(|((key, value), (other_key, other))| {
                        *key == *other_key && self.are_equal(value, other, own)
                    })
            }
            (Node::Array(one), Node::Array(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| self.are_equal(one, other, own))
            }
            _ => one == other,
        }
    }
}

/// The keywords of a schema that are not for people. A field that a schema describes may be called `title` too: its
/// value is a schema and not a string.
fn without_descriptions(keywords: &[(String, Node)]) -> Vec<&(String, Node)> {
    let is_description = |(key, value): &&(String, Node)| match key.as_str() {
        "description" | "title" | "stability" | "visibility" | "deprecated" => {
            matches!(value, Node::String(_) | Node::Bool(_))
        }
        "x-enumDescriptions" => true,
        _ => false,
    };
    keywords.iter().filter(|keyword| !is_description(keyword)).collect()
}
