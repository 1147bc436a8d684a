//! The events, methods, types and fields that a schema defines, without its descriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::schemas::json::Node;

/// What two schemas are compared by.
#[derive(Debug, Default)]
pub(super) struct Surface {
    pub(super) events: BTreeSet<String>,
    pub(super) methods: BTreeSet<String>,
    pub(super) types: BTreeSet<String>,
    /// By the type or method that they belong to.
    pub(super) fields: BTreeMap<String, BTreeMap<String, Field>>,
    /// The values of enums and the variants of unions.
    pub(super) choices: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) ty: String,
    pub(super) required: bool,
}

impl Surface {
    pub(super) fn of(schema: &Node) -> Self {
        let mut surface = Self::default();
        for (name, definition) in
            schema.get("definitions").map(Node::fields).unwrap_or_default()
        {
            surface.definition(name, definition);
        }
        for (name, tree) in schema.fields() {
            if name != "definitions" {
                surface.method(tree);
            }
        }
        surface
    }

    /// The types and methods whose fields or choices are known.
    pub(super) fn owners(&self) -> BTreeSet<&String> {
        let methods = self.fields.keys();
        methods.chain(self.choices.keys()).collect()
    }

    fn definition(&mut self, name: &str, node: &Node) {
        let properties = node.get("properties");
        let kind = properties.and_then(|it| it.get("type")?.str_at("const"));
        match (kind, properties.and_then(|it| it.get("data"))) {
            (Some(kind), Some(data)) => {
                self.events.insert(kind.to_owned());
                // Usually a definition of its own.
                self.value(name, "data", data);
            }
            // The union of all events has nothing of its own to compare.
            _ if name == "SessionEvent" => {}
            _ => {
                self.types.insert(name.to_owned());
                self.value(name, "", node);
            }
        }
    }

    fn method(&mut self, tree: &Node) {
        let Some(method) = tree.str_at("rpcMethod") else {
            tree.fields().iter().for_each(|(_, inner)| self.method(inner));
            return;
        };
        self.methods.insert(method.to_owned());
        for part in ["params", "result"] {
            if let Some(node) = tree.get(part) {
                let owner = format!("{method}({part})");
                self.value(&owner, "", node);
            }
        }
    }

    /// Collects the fields and choices of the value at `path` in `owner`.
    fn value(&mut self, owner: &str, path: &str, node: &Node) {
        let place = if path.is_empty() { owner.to_owned() } else { format!("{owner}.{path}") };
        if let Some(values) = node.get("enum") {
            let values = values.items().iter().map(Node::to_string);
            self.choices.entry(place).or_default().extend(values);
            return;
        }
        let choices = choices(node);
        if let [only] = choices.as_slice() {
            return self.value(owner, path, only);
        }
        if !choices.is_empty() {
            let described = choices.iter().map(|choice| type_name(choice));
            self.choices.entry(place.clone()).or_default().extend(described);
            for choice in choices.iter().filter(|choice| choice.get("properties").is_some()) {
                self.value(&format!("{place}[{}]", type_name(choice)), "", choice);
            }
            return;
        }
        if let Some(inner) = node.get("items").or(node.get("additionalProperties")) {
            self.value(owner, path, inner);
        }
        let Some(properties) = node.get("properties") else { return };
        let required = node.get("required").map(Node::items).unwrap_or_default();
        // An object without fields needs an entry as well.
        self.fields.entry(owner.to_owned()).or_default();
        for (name, property) in properties.fields() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let required = required.iter().any(|known| known.as_str() == Some(name));
            let field = Field { ty: type_name(property), required };
            self.value(owner, &path, property);
            self.fields.entry(owner.to_owned()).or_default().insert(path, field);
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, required } = self;
        write!(f, "{ty}, {}", if *required { "required" } else { "optional" })
    }
}

/// The choices of a union, without null and without `not`.
fn choices(node: &Node) -> Vec<&Node> {
    let all = node.get("anyOf").map(Node::items).unwrap_or_default();
    all.iter()
        .filter(|choice| choice.str_at("type") != Some("null") && choice.get("not").is_none())
        .collect()
}

/// The field with a constant value that distinguishes a variant, such as `kind "shell"`.
fn discriminator(node: &Node) -> Option<String> {
    let properties = node.get("properties")?.fields();
    let (name, fixed) =
        properties.iter().find_map(|(name, property)| Some((name, property.get("const")?)))?;
    Some(format!("{name} {fixed}"))
}

/// The type of a value in words.
fn type_name(node: &Node) -> String {
    if let Some(reference) = node.str_at("$ref") {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(fixed) = node.get("const") {
        return fixed.to_string();
    }
    if let Some(fixed) = discriminator(node) {
        return fixed;
    }
    if let Some(all) = node.get("anyOf") {
        let mut parts: Vec<_> = choices(node).into_iter().map(type_name).collect();
        if all.items().iter().any(|choice| choice.str_at("type") == Some("null")) {
            parts.push("null".to_owned());
        }
        return parts.join(" or ");
    }
    let one = |name: &str| match name {
        "string" if node.get("enum").is_some() => "one of some texts".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => {
            let items = node.get("items").map_or_else(|| "anything".to_owned(), type_name);
            format!("list of {items}")
        }
        "object" => match node.get("additionalProperties") {
            Some(values @ Node::Object(_)) if node.get("properties").is_none() => {
                format!("map of {}", type_name(values))
            }
            _ => "object".to_owned(),
        },
        other => other.to_owned(),
    };
    match node.get("type") {
        Some(Node::String(name)) => one(name),
        Some(Node::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(Node::as_str).map(one).collect();
            names.join(" or ")
        }
        _ if node.get("properties").is_some() => "object".to_owned(),
        _ => "anything".to_owned(),
    }
}
