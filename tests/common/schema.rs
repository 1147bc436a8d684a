//! The pinned schema, and documents made after it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::document::{Document, Step};

/// The schema that the payloads were generated from.
pub(crate) struct Schema(Value);

/// Which documents to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Style {
    /// With every member, and nothing that the schema lacks.
    Full,
    /// With what is required.
    Least,
    /// With some of the optional members, and with members, values, variants and nulls that
    /// later runtimes may send.
    Later,
}

/// A document, and what a typed payload is to keep of it.
pub(crate) struct Made {
    pub(crate) document: Document,
    pub(crate) kept: Value,
    /// What is typed in it.
    pub(crate) places: Vec<Place>,
    /// The definitions that were used.
    pub(crate) used: BTreeSet<String>,
}

/// A typed value in a document.
pub(crate) struct Place {
    pub(crate) steps: Vec<Step>,
    /// A value of another type.
    pub(crate) wrong: Value,
    /// Whether it has to be there.
    pub(crate) required: bool,
}

impl Schema {
    #[allow(dead_code, reason = "of use for payloads only")]
    pub(crate) fn pinned() -> Self {
        Self(read("session-events.schema.json"))
    }

    /// The schema of methods, with the types of events that it refers to. An event as a whole
    /// is JSON to methods.
    #[allow(dead_code, reason = "of use for methods only")]
    pub(crate) fn of_methods() -> Self {
        let mut schema = read("api.schema.json");
        let Value::Object(events) = read("session-events.schema.json")["definitions"].take()
        else {
            panic!("no definitions")
        };
        let definitions = schema["definitions"].as_object_mut().unwrap();
        for (name, definition) in events {
            definitions.entry(name).or_insert(definition);
        }
        definitions.insert("SessionEvent".to_owned(), json!({ "x-opaque-json": true }));
        Self(schema)
    }

    /// What stands at the member `key` of the whole.
    #[allow(dead_code, reason = "of use for methods only")]
    pub(crate) fn part(&self, key: &str) -> &Value {
        &self.0[key]
    }

    /// The kinds, with the schema of their payloads.
    #[allow(dead_code, reason = "of use for payloads only")]
    pub(crate) fn kinds(&self) -> Vec<(&str, &Value)> {
        let events = self.0["definitions"]["SessionEvent"]["anyOf"].as_array().unwrap();
        let event = |event| &self.resolved(event)["properties"];
        events
            .iter()
            .map(event)
            .map(|event| (event["type"]["const"].as_str().unwrap(), &event["data"]))
            .collect()
    }

    /// A payload after `payload`; the same for the same seed.
    pub(crate) fn make(&self, payload: &Value, style: Style, seed: u64) -> Made {
        let mut maker = Maker {
            schema: self,
            style,
            seed,
            steps: Vec::new(),
            places: Vec::new(),
            used: BTreeSet::new(),
        };
        let (document, kept) = maker.value(payload);
        Made { document, kept, places: maker.places, used: maker.used }
    }

    /// The definitions that payloads are made of.
    #[allow(dead_code, reason = "of use for payloads only")]
    pub(crate) fn definitions(&self) -> BTreeSet<String> {
        self.definitions_of(self.kinds().into_iter().map(|(_, payload)| payload))
    }

    /// The definitions that `roots` are made of.
    pub(crate) fn definitions_of<'v>(
        &self,
        roots: impl IntoIterator<Item = &'v Value>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        roots.into_iter().for_each(|root| self.reach(root, &mut found));
        found
    }

    fn reach(&self, node: &Value, found: &mut BTreeSet<String>) {
        if is_opaque(node) {
            return;
        }
        if let Some(name) = reference(node)
            && found.insert(name.to_owned())
        {
            self.reach(self.resolved(node), found);
        }
        let inner = node.as_object().into_iter().flat_map(Map::values);
        inner.chain(node.as_array().into_iter().flatten()).for_each(|it| self.reach(it, found));
    }

    /// The only text that may be there.
    fn constant<'a>(&'a self, node: &'a Value) -> Option<&'a str> {
        let node = self.resolved(node);
        let only = node["enum"].as_array().filter(|values| values.len() == 1);
        only.map_or(&node["const"], |values| &values[0]).as_str()
    }

    pub(crate) fn resolved<'a>(&'a self, node: &'a Value) -> &'a Value {
        reference(node).map_or(node, |name| &self.0["definitions"][name])
    }
}

fn read(file: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(file);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Whether the schema leaves open what is there.
fn is_opaque(node: &Value) -> bool {
    node["x-opaque-json"] == true || node["x-opaque-in-process"] == true
}

fn reference(node: &Value) -> Option<&str> {
    node["$ref"].as_str()?.rsplit('/').next()
}

struct Maker<'a> {
    schema: &'a Schema,
    style: Style,
    seed: u64,
    steps: Vec<Step>,
    places: Vec<Place>,
    used: BTreeSet<String>,
}

impl Maker<'_> {
    /// A number below `bound`, by splitmix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn later(&mut self) -> bool {
        self.style == Style::Later && self.below(6) == 0
    }

    fn pick<'v>(&mut self, values: &'v [Value]) -> &'v Value {
        &values[usize::try_from(self.below(values.len() as u64)).unwrap()]
    }

    /// A value and what is kept of it.
    fn value(&mut self, node: &Value) -> (Document, Value) {
        self.used.extend(reference(node).map(str::to_owned));
        let node = self.schema.resolved(node);
        if is_opaque(node) {
            return leaf(self.any_json(2));
        }
        if let Some(choices) = node["anyOf"].as_array()
            && node["properties"].is_null()
        {
            return self.choice(choices);
        }
        if let Some(only) = self.schema.constant(node) {
            return leaf(only.into());
        }
        if let Some(values) = node["enum"].as_array() {
            let value =
                if self.later() { json!("a later value") } else { self.pick(values).clone() };
            return leaf(value);
        }
        if !node["const"].is_null() {
            return leaf(node["const"].clone());
        }
        match node["type"].as_str().or(node["type"][0].as_str()).unwrap() {
            "string" => leaf(self.text().into()),
            "boolean" => leaf((self.below(2) == 0).into()),
            // Quarters are exact in binary.
            #[expect(clippy::cast_precision_loss, reason = "small")]
            "number" => leaf((self.below(4000) as f64 / 4.0).into()),
            "integer" => {
                let signed = node["minimum"].is_null() && node["exclusiveMinimum"].is_null();
                if signed && self.below(2) == 0 {
                    return leaf(json!(-1 - i64::try_from(self.below(1 << 40)).unwrap()));
                }
                let least = u64::from(!node["exclusiveMinimum"].is_null());
                let bound =
                    [1 << 4, 1 << 53, u64::MAX / 4][usize::try_from(self.below(3)).unwrap()];
                leaf((least + self.below(bound)).into())
            }
            "array" => self.list(&node["items"]),
            "object" if node["properties"].is_object() => self.object(node),
            "object" => self.map(&node["additionalProperties"]),
            other => panic!("the type {other}"),
        }
    }

    fn choice(&mut self, choices: &[Value]) -> (Document, Value) {
        let is_null = |choice: &&Value| choice["type"] == "null";
        let nullable = choices.iter().any(|choice| is_null(&choice));
        if nullable && self.later() {
            return leaf(Value::Null);
        }
        // `not` stands for a value that is left out.
        let is_some = |choice: &&Value| !is_null(choice) && choice["not"].is_null();
        let choices: Vec<Value> = choices.iter().filter(is_some).cloned().collect();
        if choices.len() == 1 {
            return self.value(&choices[0]);
        }
        let tag = self.tag(&choices);
        if self.later() {
            let tag = tag.as_deref().unwrap_or("tag");
            return leaf(json!({ tag: "a later variant", "other": [1, null] }));
        }
        let choice = self.pick(&choices).clone();
        let before = self.places.len();
        let made = self.value(&choice);
        if tag.is_none() {
            // Without the members that say which it is, it is another one.
            let others = choices.iter().filter(|other| **other != choice);
            let others: Vec<_> =
                others.map(|other| self.schema.resolved(other)["properties"].clone()).collect();
            let depth = self.steps.len() + 1;
            for place in self.places[before..].iter_mut().filter(|it| it.steps.len() == depth) {
                let Some(Step::Member(name)) = place.steps.last() else { continue };
                place.required &= others.iter().any(|other| !other[name].is_null());
            }
        }
        made
    }

    /// The member with a text or a flag of its own in each of the choices.
    fn tag(&self, choices: &[Value]) -> Option<String> {
        let tags = |choice| -> Vec<String> {
            let properties = self.schema.resolved(choice)["properties"].as_object();
            let properties = properties.into_iter().flatten();
            let tells = |node| {
                self.schema.constant(node).is_some()
                    || self.schema.resolved(node)["const"].is_boolean()
            };
            properties.filter(|(_, node)| tells(node)).map(|(name, _)| name.clone()).collect()
        };
        let mut common = tags(&choices[0]);
        common.retain(|tag| choices.iter().all(|choice| tags(choice).contains(tag)));
        common.into_iter().next()
    }

    fn list(&mut self, items: &Value) -> (Document, Value) {
        let count = if self.style == Style::Full { 2 } else { self.below(3) };
        let (mut documents, mut kept) = (Vec::new(), Vec::new());
        for at in 0..usize::try_from(count).unwrap() {
            let (document, value) = self.at(Step::Item(at), items, false);
            documents.push(document);
            kept.push(value);
        }
        (Document::List(documents), kept.into())
    }

    fn map(&mut self, values: &Value) -> (Document, Value) {
        let opaque = json!({ "x-opaque-json": true });
        let values = if values.is_object() { values } else { &opaque };
        let (mut members, mut kept) = (Vec::new(), Map::new());
        for name in ["one", "two"] {
            let (document, value) = self.at(Step::Member(name.into()), values, false);
            members.push((name.to_owned(), document));
            kept.insert(name.to_owned(), value);
        }
        (Document::Object(members), kept.into())
    }

    fn object(&mut self, node: &Value) -> (Document, Value) {
        let properties = node["properties"].as_object().unwrap();
        let (mut members, mut kept) = (Vec::new(), Map::new());
        // As runtimes do, what tells objects apart first.
        let (tags, others): (Vec<_>, Vec<_>) = properties
            .iter()
            .partition(|(_, property)| self.schema.constant(property).is_some());
        for (name, property) in tags.into_iter().chain(others) {
            let required =
                node["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
            let present = required
                || match self.style {
                    Style::Full => true,
                    Style::Least => false,
                    Style::Later => self.below(2) == 0,
                };
            if !present {
                continue;
            }
            if !required && self.later() {
                members.push((name.clone(), Document::Leaf(Value::Null)));
                continue;
            }
            let (document, value) = self.at(Step::Member(name.clone()), property, required);
            members.push((name.clone(), document));
            if required || !value.is_null() {
                kept.insert(name.clone(), value);
            }
        }
        if self.style == Style::Later && self.below(3) == 0 {
            members.push(("aLaterMember".to_owned(), Document::Leaf(self.any_json(2))));
        }
        (Document::Object(members), kept.into())
    }

    /// The value one step further in, which is a place if a wrong value there is noticed.
    fn at(&mut self, step: Step, node: &Value, required: bool) -> (Document, Value) {
        self.steps.push(step);
        if let Some(wrong) = self.wrong_value(node) {
            let required = required && !self.is_nullable(node);
            self.places.push(Place { steps: self.steps.clone(), wrong, required });
        }
        let made = self.value(node);
        self.steps.pop();
        made
    }

    /// A value of the wrong type for `node`; `None` if every value decodes, or none is read.
    fn wrong_value(&self, node: &Value) -> Option<Value> {
        let node = self.schema.resolved(node);
        if is_opaque(node) {
            return None;
        }
        if let Some(choices) = node["anyOf"].as_array() {
            let mut choices = choices.clone();
            choices.retain(|choice| choice["type"] != "null");
            return match choices.as_slice() {
                [only] => self.wrong_value(only),
                _ => Some(json!(5)),
            };
        }
        let is_read = node["const"].is_null() && self.schema.constant(node).is_none();
        is_read
            .then(|| if node["type"] == "object" { json!(5) } else { json!({ "not": "this" }) })
    }

    fn is_nullable(&self, node: &Value) -> bool {
        let node = self.schema.resolved(node);
        let among = |list: &Value| {
            list.as_array().is_some_and(|all| {
                all.iter().any(|one| *one == "null" || one["type"] == "null")
            })
        };
        among(&node["anyOf"]) || among(&node["type"])
    }

    fn text(&mut self) -> String {
        let texts =
            ["", "word", "two words", "quo\"te\\ \n\t", "gr\u{fc}n \u{1f33f} \u{0}", "{[,:]}"];
        let text = texts[usize::try_from(self.below(texts.len() as u64)).unwrap()];
        format!("{text}{}", self.below(10))
    }

    fn any_json(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => self.below(u64::MAX).into(),
            3 => json!(-0.75),
            4 => self.text().into(),
            5 => json!([self.any_json(depth - 1), 1]),
            _ => json!({ "type": self.any_json(depth - 1), "kind": "k" }),
        }
    }
}

fn leaf(value: Value) -> (Document, Value) {
    (Document::Leaf(value.clone()), value)
}
