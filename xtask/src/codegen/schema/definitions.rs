//! Lookups in a JSON schema: definitions, references, required fields, the choices of a union.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::schemas::EVENTS;
use crate::schemas::json::Node;

/// The types that a schema defines.
#[derive(Clone, Copy)]
pub(super) struct Definitions<'a> {
    pub(super) own: &'a [(String, Node)],
    /// The definitions of the schema of events, which another schema may refer to.
    events: &'a [(String, Node)],
}

impl<'a> Definitions<'a> {
    pub(super) fn of(schema: &'a Node, events: Option<&'a Node>) -> Result<Self> {
        let own = schema.get("definitions").context("the schema has no definitions")?;
        let events = events.and_then(|events| events.get("definitions"));
        Ok(Self { own: own.fields(), events: events.map(Node::fields).unwrap_or_default() })
    }

    pub(super) fn get(self, name: &str) -> Result<&'a Node> {
        find(self.own, name).with_context(|| format!("no definition {name}"))
    }

    /// The definition that `node` refers to, or `node` itself.
    pub(super) fn resolved(self, node: &'a Node) -> Result<&'a Node> {
        match reference(node) {
            Some(name) if is_foreign(node) => find(self.events, name)
                .with_context(|| format!("no definition {name} for events")),
            Some(name) => self.get(name),
            None => Ok(node),
        }
    }

    /// The schema of the field `name` of an object.
    pub(super) fn field(self, object: &'a Node, name: &str) -> Option<&'a Node> {
        self.resolved(object.get("properties")?.get(name)?).ok()
    }

    /// The string or boolean that the field `name` of an object always has, as JSON without quotes.
    pub(super) fn constant(self, object: &'a Node, name: &str) -> Option<&'a str> {
        let field = self.field(object, name)?;
        match field.get("const") {
            Some(Node::Bool(value)) => Some(if *value { "true" } else { "false" }),
            Some(only) => only.as_str(),
            None => match field.get("enum")?.items() {
                [only] => only.as_str(),
                _ => None,
            },
        }
    }

    /// Whether the field `name` of an object has a boolean as its constant.
    pub(super) fn is_bool(self, object: &'a Node, name: &str) -> bool {
        let only = self.field(object, name).and_then(|field| field.get("const"));
        matches!(only, Some(Node::Bool(_)))
    }

    /// The tag of a union: the field that has a different constant in each of the choices.
    pub(super) fn tag(self, choices: &[&'a Node]) -> Result<Option<&'a str>> {
        let objects =
            choices.iter().map(|choice| self.resolved(choice)).collect::<Result<Vec<_>>>()?;
        let is_tag = |name: &str| {
            let constants: BTreeSet<_> =
                objects.iter().filter_map(|object| self.constant(object, name)).collect();
            constants.len() == objects.len()
        };
        let first = objects.first().and_then(|object| object.get("properties"));
        let fields = first.map(Node::fields).unwrap_or_default();
        Ok(fields.iter().map(|(name, _)| name.as_str()).find(|name| is_tag(name)))
    }
}

pub(super) fn find<'a>(definitions: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    definitions.iter().find(|(defined, _)| defined == name).map(|(_, node)| node)
}

/// The name of the definition that `node` refers to, in this schema or another.
pub(super) fn reference(node: &Node) -> Option<&str> {
    node.str_at("$ref")?.rsplit('/').next()
}

/// Whether `node` refers to a definition of the schema of events, from another schema.
pub(super) fn is_foreign(node: &Node) -> bool {
    node.str_at("$ref").is_some_and(|target| target.starts_with(EVENTS))
}

/// The names of the required fields of an object.
pub(super) fn required(object: &Node) -> Vec<&str> {
    let names = object.get("required").map(Node::items).unwrap_or_default();
    names.iter().filter_map(Node::as_str).collect()
}

/// The choices of an `anyOf`, and whether null is one more. A choice `not` stands for an absent field and is ignored.
pub(super) fn choices(any_of: &Node) -> (Vec<&Node>, bool) {
    let is_null = |node: &Node| node.str_at("type") == Some("null");
    let nullable = any_of.items().iter().any(is_null);
    let choices =
        any_of.items().iter().filter(|node| !is_null(node) && node.get("not").is_none());
    (choices.collect(), nullable)
}
