//! Turns schemas of values into types with names: strings, numbers, lists, structs, enums and unions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

use crate::codegen::ir::{Body, Docs, EnumValue, Field, Item, Type, Variant};
use crate::codegen::names;
use crate::codegen::schema::definitions::{
    Definitions, choices, is_foreign, reference, required,
};
use crate::codegen::schema::descriptions::{docs, value_notes};
use crate::codegen::schema::discriminators;
use crate::codegen::schema::shared::Shared;
use crate::codegen::schema::uses::Uses;
use crate::schemas::json::Node;

/// Collects the types that are read.
pub(super) struct Reader<'a> {
    pub(super) definitions: Definitions<'a>,
    uses: Uses<'a>,
    /// The origin of each name that is in use.
    claimed: BTreeMap<String, String>,
    pub(super) items: BTreeMap<String, Item>,
    /// The types that the events have already.
    shared: Shared<'a>,
    /// Names of the shared types that were used.
    pub(super) borrowed: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(schema: &'a Node) -> Result<Self> {
        Self::with(Definitions::of(schema, None)?, &[], Shared::default())
    }

    pub(super) fn with(
        definitions: Definitions<'a>,
        users: &[&'a Node],
        shared: Shared<'a>,
    ) -> Result<Self> {
        Ok(Self {
            definitions,
            uses: Uses::of(definitions, users)?,
            claimed: BTreeMap::new(),
            items: BTreeMap::new(),
            shared,
            borrowed: BTreeSet::new(),
        })
    }

    /// Reserves `name` for `origin`; `false` if `origin` has the name already.
    pub(super) fn claim(&mut self, name: &str, origin: &str) -> Result<bool> {
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
    pub(super) fn type_of(&mut self, node: &'a Node, hint: &str) -> Result<Type> {
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
        // An `anyOf` beside `properties` only says which of the fields go together.
        if let (Some(any_of), None) = (node.get("anyOf"), node.get("properties")) {
            let (choices, nullable) = choices(any_of);
            let ty = match choices.as_slice() {
                [only] => self.type_of(only, hint)?,
                _ => self.item(node, hint, &format!("the union {hint}"))?,
            };
            return Ok(if nullable { ty.nullable() } else { ty });
        }
        if node.get("enum").is_some() || node.str_at("const").is_some() {
            return self.item(node, hint, &format!("the values of {hint}"));
        }
        match node.get("type") {
            Some(Node::String(name)) => self.plain(node, name, hint),
            Some(Node::Array(types)) => match types.as_slice() {
                [Node::String(name), Node::String(null)] if null == "null" => {
                    Ok(self.plain(node, name, hint)?.nullable())
                }
                _ => bail!("{hint} has several types: {node}"),
            },
            _ => bail!("{hint} has no type: {node}"),
        }
    }

    fn plain(&mut self, node: &'a Node, name: &str, hint: &str) -> Result<Type> {
        Ok(match name {
            "string" => Type::String,
            "boolean" => Type::Bool,
            "number" => Type::Number,
            "integer" => {
                let least = node.number_at("minimum").or(node.number_at("exclusiveMinimum"));
                if least.is_some_and(|least| least >= 0.0) {
                    Type::Unsigned
                } else {
                    Type::Signed
                }
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

    /// The type for a definition: an item, or the type that the definition is an alias of.
    fn named(&mut self, definition: &str) -> Result<Type> {
        let node = self.definitions.get(definition)?;
        let (choices, nullable) = node.get("anyOf").map(choices).unwrap_or_default();
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
        Ok(if nullable { item.nullable() } else { item })
    }

    /// A type of the events.
    fn borrow(&mut self, definition: &str) -> Result<Type> {
        if !self.shared.knows(definition) {
            // A whole event has no type for its JSON.
            return Ok(Type::Json);
        }
        let name = names::type_of(definition);
        self.claim(&name, &format!("{definition} of the events"))?;
        self.borrowed.insert(name.clone());
        Ok(Type::Named(name))
    }

    pub(super) fn item(&mut self, node: &'a Node, name: &str, origin: &str) -> Result<Type> {
        if self.claim(name, origin)? {
            let tag = self.uses.tag(origin);
            let body = self.body(node, name, tag)?;
            self.items.insert(name.to_owned(), Item { docs: docs(node, &[]), body });
        }
        Ok(Type::Named(name.to_owned()))
    }

    /// The content of a struct, enum or union. The field `tag` is left out: the union has it.
    pub(super) fn body(
        &mut self,
        node: &'a Node,
        name: &str,
        tag: Option<&str>,
    ) -> Result<Body> {
        if let (Some(any_of), None) = (node.get("anyOf"), node.get("properties")) {
            let (choices, _) = choices(any_of);
            return self.union(&choices, name);
        }
        if let Some(values) = node.get("enum") {
            let explained = node.get("x-enumDescriptions");
            let values =
                values.items().iter().map(|value| value.as_str().context("not a string"));
            return values
                .map(|wire| Ok(enum_value(wire?, explained)))
                .collect::<Result<_>>()
                .map(Body::Enum)
                .with_context(|| format!("the values of {name}"));
        }
        if let Some(wire) = node.str_at("const") {
            return Ok(Body::Enum(vec![enum_value(wire, None)]));
        }
        let properties =
            node.get("properties").with_context(|| format!("{name} has no fields: {node}"))?;
        let required = required(node);
        let mut fields = Vec::new();
        for (wire, property) in properties.fields() {
            if tag == Some(wire) {
                continue;
            }
            let hint = format!("{name}{}", names::pascal(wire));
            fields.push(Field {
                wire: wire.clone(),
                ty: self.type_of(property, &hint)?,
                required: required.contains(&wire.as_str()),
                docs: docs(property, &value_notes(property)).without_notes_of(&docs(node, &[])),
            });
        }
        Ok(Body::Struct(fields))
    }

    fn union(&mut self, choices: &[&'a Node], name: &str) -> Result<Body> {
        let Some(tag) = self.definitions.tag(choices)? else {
            return self.untagged(choices, name);
        };
        let variants = choices.iter().map(|choice| self.tagged(choice, tag, name));
        let variants = variants.collect::<Result<_>>()?;
        let mut bools = 0;
        for choice in choices {
            let object = self.definitions.resolved(choice)?;
            bools += usize::from(self.definitions.is_bool(object, tag));
        }
        let is_bool = bools == choices.len();
        ensure!(is_bool || bools == 0, "{tag} of {name} is a boolean or a string");
        Ok(Body::Tagged { tag: tag.to_owned(), is_bool, variants })
    }

    fn tagged(&mut self, choice: &'a Node, tag: &str, union: &str) -> Result<Variant> {
        let object = self.definitions.resolved(choice)?;
        let wire = self.definitions.constant(object, tag).context("a variant without a tag")?;
        // `true` and `false` are no names for variants: the name of the type is.
        let name = match reference(choice) {
            Some(definition) if self.definitions.is_bool(object, tag) => {
                definition.strip_prefix(union).unwrap_or(definition).to_owned()
            }
            _ => names::pascal(wire),
        };
        let (ty, holds_tag) = if let Some(definition) = reference(choice) {
            (self.named(definition)?, self.uses.tag(definition).is_none())
        } else {
            let name = format!("{union}{name}");
            self.claim(&name, &format!("a variant of {union}"))?;
            let body = self.body(object, &name, Some(tag))?;
            self.items.insert(name.clone(), Item { docs: docs(object, &[]), body });
            (Type::Named(name), false)
        };
        Ok(Variant { name, wire: wire.to_owned(), ty, holds_tag, docs: docs(choice, &[]) })
    }

    fn untagged(&mut self, choices: &[&'a Node], name: &str) -> Result<Body> {
        let mut variants = Vec::new();
        for (discriminator, choice) in discriminators::of(self.definitions, choices)
            .with_context(|| format!("nothing tells the choices of {name} apart"))?
        {
            let ty = self.type_of(choice, &format!("{name}{}", variants.len() + 1))?;
            let item =
                ty.item_name().with_context(|| format!("{name} is not one of objects"))?;
            let variant = Variant {
                name: item.strip_prefix(name).unwrap_or(item).to_owned(),
                wire: String::new(),
                ty,
                holds_tag: true,
                docs: docs(choice, &[]),
            };
            variants.push((discriminator, variant));
        }
        Ok(Body::Untagged(variants))
    }
}

fn enum_value(wire: &str, explained: Option<&Node>) -> EnumValue {
    let text = explained.and_then(|texts| texts.str_at(wire)).unwrap_or_default();
    let mut name = names::pascal(wire);
    if name == "Unknown" {
        // The variant for values that the schema lacks has that name.
        name.push_str("Value");
    }
    let docs = Docs { text: text.to_owned(), notes: Vec::new() };
    EnumValue { name, wire: wire.to_owned(), docs }
}
