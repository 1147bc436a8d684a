//! Types that another schema has in common with the events.

use anyhow::Result;

use super::super::ir::{Document, Type};
use super::super::json::Node;
use super::super::names;
use super::unions::Uses;
use super::{Definitions, Reader, find, reference};

/// The types of the events.
#[derive(Default)]
pub(super) struct Shared<'a> {
    events: Option<&'a Document>,
    definitions: &'a [(String, Node)],
    uses: Uses<'a>,
}

impl<'a> Shared<'a> {
    /// Those that `events` has, which was read from `schema`.
    pub(super) fn of(events: &'a Document, schema: &'a Node) -> Result<Self> {
        let definitions = Definitions::of(schema, None)?;
        Ok(Self {
            events: Some(events),
            definitions: definitions.own,
            uses: Uses::of(definitions, &[])?,
        })
    }

    /// Whether `definition` of `own` is the type that the events have under that name: with the same members or
    /// values, whatever is said about them, and with its tag where this schema needs it.
    pub(super) fn has(&self, definition: &str, own: Definitions<'_>, uses: &Uses<'_>) -> bool {
        self.knows(definition)
            && self.uses.tag(definition) == uses.tag(definition)
            && self.is_alike(definition, own)
    }

    /// Whether the events have a type of the name.
    pub(super) fn knows(&self, definition: &str) -> bool {
        let name = names::type_of(definition);
        self.events.is_some_and(|events| events.items.contains_key(&name))
    }

    fn is_alike(&self, definition: &str, own: Definitions<'_>) -> bool {
        match (find(own.own, definition), find(self.definitions, definition)) {
            (Some(one), Some(other)) => self.are_alike(one, other, own),
            _ => false,
        }
    }

    fn are_alike(&self, one: &Node, other: &Node, own: Definitions<'_>) -> bool {
        if let (Some(name), Some(other)) = (reference(one), reference(other)) {
            return name == other && self.is_alike(name, own);
        }
        match (one, other) {
            (Node::Object(one), Node::Object(other)) => {
                let (one, other): (Vec<_>, Vec<_>) = (said(one), said(other));
                one.len() == other.len()
                    && one.iter().zip(other).all(|((key, value), (other_key, other))| {
                        *key == *other_key && self.are_alike(value, other, own)
                    })
            }
            (Node::List(one), Node::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| self.are_alike(one, other, own))
            }
            _ => one == other,
        }
    }
}

impl Reader<'_> {
    /// A type of the events.
    pub(super) fn borrow(&mut self, definition: &str) -> Result<Type> {
        if !self.shared.knows(definition) {
            // An event as a whole, which has no type for its JSON.
            return Ok(Type::Json);
        }
        let name = names::type_of(definition);
        self.claim(&name, &format!("{definition} of the events"))?;
        self.borrowed.insert(name.clone());
        Ok(Type::Named(name))
    }
}

/// The members of a schema that are not for people. A member that a schema is about may be called `title` too: its
/// value is a schema and no text.
fn said(members: &[(String, Node)]) -> Vec<&(String, Node)> {
    let for_people = |(key, value): &&(String, Node)| match key.as_str() {
        "description" | "title" | "stability" | "visibility" | "deprecated" => {
            matches!(value, Node::Text(_) | Node::Flag(_))
        }
        "x-enumDescriptions" => true,
        _ => false,
    };
    members.iter().filter(|member| !for_people(member)).collect()
}
