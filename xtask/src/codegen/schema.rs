//! From a JSON schema to the generator's own terms.
//!
//! The schemas use a part of JSON Schema: `anyOf` but never `oneOf` or `allOf`, no recursion, a `const` where
//! objects of a union are to be told apart. What is not understood is an error rather than a guess.

mod methods;
mod shared;
mod signs;
mod unions;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

pub(crate) use self::methods::methods;
use self::shared::Shared;
use self::unions::Uses;
use super::corrections::{Correction, Deviation};
use super::ir::{Body, Docs, Document, EnumValue, Field, Item, Kind, Type};
use super::json::Node;
use super::names;
use crate::schemas;

/// Reads the kinds of events and the types that they need.
pub(crate) fn events(schema: &Node, corrections: &[Correction]) -> Result<Document> {
    let mut reader = Reader::new(schema)?;
    let union = reader.definitions.get("SessionEvent")?;
    let kinds = union.get("anyOf").context("SessionEvent is no union")?.items();
    for kind in kinds {
        reader.kind(kind)?;
    }
    // Payloads have their names first, whatever the types inside of them are called.
    for (name, data) in std::mem::take(&mut reader.payloads) {
        let body = reader.body(data, &name, None)?;
        reader.items.insert(name, Item { docs: docs(data, &[]), body });
    }
    let mut document =
        Document { items: reader.items, kinds: reader.kinds, ..Document::default() };
    for correction in corrections {
        apply(&mut document, correction)?;
    }
    Ok(document)
}

/// The types that a schema defines.
#[derive(Clone, Copy)]
struct Definitions<'a> {
    own: &'a [(String, Node)],
    /// Those of the schema of events, which another schema may refer to.
    events: &'a [(String, Node)],
}

impl<'a> Definitions<'a> {
    fn of(schema: &'a Node, events: Option<&'a Node>) -> Result<Self> {
        let own = schema.get("definitions").context("the schema has no definitions")?;
        let events = events.and_then(|events| events.get("definitions"));
        Ok(Self { own: own.members(), events: events.map(Node::members).unwrap_or_default() })
    }

    fn get(self, name: &str) -> Result<&'a Node> {
        find(self.own, name).with_context(|| format!("no definition {name}"))
    }

    /// The definition that `node` refers to, or `node` itself.
    fn resolved(self, node: &'a Node) -> Result<&'a Node> {
        match reference(node) {
            Some(name) if is_foreign(node) => find(self.events, name)
                .with_context(|| format!("no definition {name} for events")),
            Some(name) => self.get(name),
            None => Ok(node),
        }
    }
}

fn find<'a>(definitions: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    definitions.iter().find(|(defined, _)| defined == name).map(|(_, node)| node)
}

struct Reader<'a> {
    definitions: Definitions<'a>,
    uses: Uses<'a>,
    /// What each name is for.
    claimed: BTreeMap<String, String>,
    items: BTreeMap<String, Item>,
    kinds: Vec<Kind>,
    payloads: Vec<(String, &'a Node)>,
    /// Types that the events have already.
    shared: Shared<'a>,
    borrowed: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(schema: &'a Node) -> Result<Self> {
        Self::with(Definitions::of(schema, None)?, &[], Shared::default())
    }

    fn with(
        definitions: Definitions<'a>,
        users: &[&'a Node],
        shared: Shared<'a>,
    ) -> Result<Self> {
        Ok(Self {
            definitions,
            uses: Uses::of(definitions, users)?,
            claimed: BTreeMap::new(),
            items: BTreeMap::new(),
            kinds: Vec::new(),
            payloads: Vec::new(),
            shared,
            borrowed: BTreeSet::new(),
        })
    }

    fn kind(&mut self, event: &'a Node) -> Result<()> {
        let event = self.definitions.resolved(event)?;
        let properties = event.get("properties").context("an event without members")?;
        let wire = properties
            .get("type")
            .and_then(|node| node.text_of("const"))
            .context("an event without a type")?;
        let data = properties.get("data").with_context(|| format!("{wire} has no payload"))?;
        let name = names::pascal(wire);
        self.claim(&name, wire)?;
        self.payloads.push((name.clone(), self.definitions.resolved(data)?));
        // Some kinds have the flag as optional: they are persisted at times.
        let ephemeral = properties.get("ephemeral").is_some_and(|node| node.is_true("const"))
            && is_required(event, "ephemeral");
        self.kinds.push(Kind { wire: wire.to_owned(), name, ephemeral });
        Ok(())
    }

    /// Reserves `name` for `origin`; `false` if it has it already.
    fn claim(&mut self, name: &str, origin: &str) -> Result<bool> {
        ensure!(
            !names::is_taken(name),
            "{origin} cannot be called {name}: rename it in names.rs"
        );
        match self.claimed.get(name) {
            Some(other) if other == origin => Ok(false),
            Some(other) => bail!("{origin} and {other} are both called {name}: rename one"),
            None => {
                self.claimed.insert(name.to_owned(), origin.to_owned());
                Ok(true)
            }
        }
    }

    /// The type of `node`; `hint` names it if it needs a name and the schema gives none.
    fn type_of(&mut self, node: &'a Node, hint: &str) -> Result<Type> {
        if let Some(definition) = reference(node) {
            return if is_foreign(node) {
                self.borrow(definition)
            } else {
                self.named(definition)
            };
        }
        if node.is_true("x-opaque-json") || node.is_true("x-opaque-in-process") {
            return Ok(Type::Json);
        }
        // An object may say besides which of its members go together.
        if let (Some(choices), None) = (node.get("anyOf"), node.get("properties")) {
            let (choices, nullable) = unions::choices(choices);
            let ty = match choices.as_slice() {
                [only] => self.type_of(only, hint)?,
                _ => self.item(node, hint, &format!("the union {hint}"))?,
            };
            return Ok(if nullable { nullable_of(ty) } else { ty });
        }
        if node.get("enum").is_some() || node.text_of("const").is_some() {
            return self.item(node, hint, &format!("the values of {hint}"));
        }
        match node.get("type") {
            Some(Node::Text(name)) => self.plain(node, name, hint),
            Some(Node::List(types)) => match types.as_slice() {
                [Node::Text(name), Node::Text(null)] if null == "null" => {
                    Ok(nullable_of(self.plain(node, name, hint)?))
                }
                _ => bail!("{hint} has several types: {node}"),
            },
            _ => bail!("{hint} has no type: {node}"),
        }
    }

    fn plain(&mut self, node: &'a Node, name: &str, hint: &str) -> Result<Type> {
        Ok(match name {
            "string" => Type::Text,
            "boolean" => Type::Flag,
            "number" => Type::Number,
            "integer" => {
                let least = node.number_of("minimum").or(node.number_of("exclusiveMinimum"));
                Type::Integer(least.is_some_and(|least| least >= 0.0))
            }
            "array" => match node.get("items") {
                Some(items) => {
                    Type::List(Box::new(self.type_of(items, &format!("{hint}Item"))?))
                }
                None => Type::List(Box::new(Type::Json)),
            },
            "object" if node.get("properties").is_some() => {
                self.item(node, hint, &format!("the object {hint}"))?
            }
            "object" => match node.get("additionalProperties") {
                Some(values @ Node::Object(_)) => {
                    Type::Map(Box::new(self.type_of(values, &format!("{hint}Value"))?))
                }
                _ => Type::Map(Box::new(Type::Json)),
            },
            other => bail!("{hint} is of the unknown type {other}"),
        })
    }

    /// The type for a definition: an item, or what the definition is another word for.
    fn named(&mut self, definition: &str) -> Result<Type> {
        let node = self.definitions.get(definition)?;
        let (choices, nullable) = node.get("anyOf").map(unions::choices).unwrap_or_default();
        let is_item = !node.is_true("x-opaque-json")
            && (choices.len() > 1
                || ["properties", "enum"].iter().any(|key| node.get(key).is_some()));
        if is_item && self.shared.has(definition, self.definitions, &self.uses) {
            return self.borrow(definition);
        }
        let name = names::type_of(definition);
        if !is_item {
            return self.type_of(node, &name);
        }
        let item = self.item(node, &name, definition)?;
        Ok(if nullable { nullable_of(item) } else { item })
    }

    fn item(&mut self, node: &'a Node, name: &str, origin: &str) -> Result<Type> {
        if self.claim(name, origin)? {
            let tag = self.uses.tag(origin);
            let body = self.body(node, name, tag)?;
            self.items.insert(name.to_owned(), Item { docs: docs(node, &[]), body });
        }
        Ok(Type::Named(name.to_owned()))
    }

    /// What `node` consists of. The member `tag` is left out: the union has it.
    fn body(&mut self, node: &'a Node, name: &str, tag: Option<&str>) -> Result<Body> {
        if let (Some(choices), None) = (node.get("anyOf"), node.get("properties")) {
            let (choices, _) = unions::choices(choices);
            return self.union(&choices, name);
        }
        if let Some(values) = node.get("enum") {
            let explained = node.get("x-enumDescriptions");
            let values =
                values.items().iter().map(|value| value.text().context("not a string"));
            return values
                .map(|wire| Ok(enum_value(wire?, explained)))
                .collect::<Result<_>>()
                .map(Body::Enum)
                .with_context(|| format!("the values of {name}"));
        }
        if let Some(wire) = node.text_of("const") {
            return Ok(Body::Enum(vec![enum_value(wire, None)]));
        }
        let properties =
            node.get("properties").with_context(|| format!("{name} has no members: {node}"))?;
        let mut fields = Vec::new();
        for (wire, property) in properties.members() {
            if tag == Some(wire) {
                continue;
            }
            let hint = format!("{name}{}", names::pascal(wire));
            fields.push(Field {
                wire: wire.clone(),
                ty: self.type_of(property, &hint)?,
                required: is_required(node, wire),
                docs: docs(property, &notes(property)).beyond(&docs(node, &[])),
            });
        }
        Ok(Body::Struct(fields))
    }
}

fn is_required(object: &Node, member: &str) -> bool {
    let required = object.get("required").map(Node::items).unwrap_or_default();
    required.iter().any(|name| name.text() == Some(member))
}

fn enum_value(wire: &str, explained: Option<&Node>) -> EnumValue {
    let text = explained.and_then(|texts| texts.text_of(wire)).unwrap_or_default();
    let mut name = names::pascal(wire);
    if name == "Unknown" {
        // The arm for values that the schema lacks has that name.
        name.push_str("Value");
    }
    let docs = Docs { text: text.to_owned(), notes: Vec::new() };
    EnumValue { name, wire: wire.to_owned(), docs }
}

/// The definition that `node` refers to, in this schema or another.
fn reference(node: &Node) -> Option<&str> {
    node.text_of("$ref")?.rsplit('/').next()
}

/// Whether `node` refers to a definition of the schema of events, from another schema.
fn is_foreign(node: &Node) -> bool {
    node.text_of("$ref").is_some_and(|target| target.starts_with(schemas::EVENTS))
}

fn nullable_of(ty: Type) -> Type {
    match ty {
        Type::Nullable(_) => ty,
        ty => Type::Nullable(Box::new(ty)),
    }
}

fn docs(node: &Node, notes: &[String]) -> Docs {
    let mut notes = notes.to_vec();
    if node.text_of("stability") == Some("experimental") {
        notes.push("Experimental in the schema.".to_owned());
    }
    if node.text_of("visibility") == Some("internal") {
        notes.push("Internal to the runtime.".to_owned());
    }
    if node.is_true("deprecated") {
        notes.push("Deprecated in the schema.".to_owned());
    }
    Docs { text: node.text_of("description").unwrap_or_default().to_owned(), notes }
}

/// What keywords say about the values of a member, where its description does not.
fn notes(property: &Node) -> Vec<String> {
    let text = property.text_of("description").unwrap_or_default().to_lowercase();
    let mut notes = Vec::new();
    // The format says nothing about the unit: some durations are in seconds.
    if property.text_of("format") == Some("duration") && !text.contains("second") {
        notes.push("In milliseconds.".to_owned());
    }
    if property.text_of("contentEncoding") == Some("base64") && !text.contains("base64") {
        notes.push("In Base64.".to_owned());
    }
    if let Some(default) = property.get("default") {
        notes.push(format!("When absent: `{default}`."));
    }
    notes
}

fn apply(document: &mut Document, correction: &Correction) -> Result<()> {
    let Correction { item, member, deviation, evidence } = correction;
    if *deviation == Deviation::NullResult {
        let mut methods = document.methods.iter_mut();
        let method = methods.find(|method| method.wire == *item);
        let method = method.with_context(|| format!("no method {item} to correct"))?;
        let is_stale = !matches!(&method.result, Some(ty) if !matches!(ty, Type::Nullable(_)));
        ensure!(!is_stale, "the correction of {item} corrects nothing");
        method.result = method.result.take().map(nullable_of);
        method.docs.notes.push(format!("Never null by the schema; {evidence}."));
        return Ok(());
    }
    let body = document.items.get_mut(*item).map(|item| &mut item.body);
    let field = match body {
        Some(Body::Struct(fields)) => fields.iter_mut().find(|field| field.wire == *member),
        _ => None,
    };
    let stale = || format!("the correction of {item}.{member} corrects nothing");
    let field = field.with_context(stale)?;
    match deviation {
        Deviation::Absent => {
            ensure!(field.required, stale());
            field.required = false;
            field.docs.notes.push(format!("Required by the schema; {evidence}."));
        }
        Deviation::Negative => {
            ensure!(field.ty == Type::Integer(true), stale());
            field.ty = Type::Integer(false);
            field.docs.notes.push(format!("Not negative by the schema; {evidence}."));
        }
        Deviation::NullResult => {}
    }
    Ok(())
}
