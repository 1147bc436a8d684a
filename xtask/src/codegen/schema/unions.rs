//! Which values of a union are told apart, and by what.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use super::super::ir::{Body, Item, Type, Variant};
use super::super::json::Node;
use super::super::names;
use super::{Definitions, Reader, docs, reference, signs};

/// The choices of an `anyOf`, and whether null is one more. `not` stands for a member that is left out.
pub(super) fn choices(any_of: &Node) -> (Vec<&Node>, bool) {
    let is_null = |node: &Node| node.text_of("type") == Some("null");
    let nullable = any_of.items().iter().any(is_null);
    let choices =
        any_of.items().iter().filter(|node| !is_null(node) && node.get("not").is_none());
    (choices.collect(), nullable)
}

/// How definitions are used in a schema.
#[derive(Debug, Default)]
pub(super) struct Uses<'a> {
    /// Elsewhere than as a variant of a tagged union.
    alone: BTreeSet<&'a str>,
    /// As a variant of unions with this tag.
    tags: BTreeMap<&'a str, &'a str>,
}

impl<'a> Uses<'a> {
    /// How they are used among themselves, and by `others`.
    pub(super) fn of(definitions: Definitions<'a>, others: &[&'a Node]) -> Result<Self> {
        let mut uses = Self::default();
        for (_, definition) in definitions.own {
            uses.add(definitions, definition)?;
        }
        for other in others {
            uses.add(definitions, other)?;
        }
        Ok(uses)
    }

    /// The member that the unions of `definition` have read before the definition sees it. `None` if it is also
    /// used without a union: then it holds the member itself.
    pub(super) fn tag(&self, definition: &str) -> Option<&'a str> {
        if self.alone.contains(definition) { None } else { self.tags.get(definition).copied() }
    }

    fn add(&mut self, definitions: Definitions<'a>, node: &'a Node) -> Result<()> {
        self.alone.extend(reference(node));
        let (variants, _) = node.get("anyOf").map(choices).unwrap_or_default();
        let tag = if variants.len() > 1 { definitions.tag(&variants)? } else { None };
        for (key, value) in node.members() {
            match tag {
                Some(tag) if key == "anyOf" => {
                    for variant in &variants {
                        self.add_variant(definitions, variant, tag)?;
                    }
                }
                _ => self.add(definitions, value)?,
            }
        }
        node.items().iter().try_for_each(|item| self.add(definitions, item))
    }

    fn add_variant(
        &mut self,
        definitions: Definitions<'a>,
        variant: &'a Node,
        tag: &'a str,
    ) -> Result<()> {
        let Some(definition) = reference(variant) else {
            return self.add(definitions, variant);
        };
        if *self.tags.entry(definition).or_insert(tag) != tag {
            self.alone.insert(definition);
        }
        Ok(())
    }
}

impl<'a> Definitions<'a> {
    /// The member that has another text, or another flag, in each of the choices.
    fn tag(self, choices: &[&'a Node]) -> Result<Option<&'a str>> {
        let objects =
            choices.iter().map(|choice| self.resolved(choice)).collect::<Result<Vec<_>>>()?;
        let tells_apart = |tag: &str| {
            let texts: BTreeSet<_> =
                objects.iter().filter_map(|object| self.constant(object, tag)).collect();
            texts.len() == objects.len()
        };
        let first = objects.first().and_then(|object| object.get("properties"));
        let members = first.map(Node::members).unwrap_or_default();
        Ok(members.iter().map(|(name, _)| name.as_str()).find(|name| tells_apart(name)))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn union(&mut self, choices: &[&'a Node], name: &str) -> Result<Body> {
        match self.definitions.tag(choices)? {
            Some(tag) => {
                let variants = choices.iter().map(|choice| self.tagged(choice, tag, name));
                let variants = variants.collect::<Result<_>>()?;
                let mut flags = 0;
                for choice in choices {
                    let object = self.definitions.resolved(choice)?;
                    flags += usize::from(self.definitions.is_flag(object, tag));
                }
                let is_flag = flags == choices.len();
                ensure!(is_flag || flags == 0, "{tag} of {name} is a flag or a text");
                Ok(Body::Tagged { tag: tag.to_owned(), is_flag, variants })
            }
            None => self.untagged(choices, name),
        }
    }

    fn tagged(&mut self, choice: &'a Node, tag: &str, union: &str) -> Result<Variant> {
        let object = self.definitions.resolved(choice)?;
        let wire = self.definitions.constant(object, tag).context("a variant without a tag")?;
        // What a flag stands for is in the name of the type.
        let name = match reference(choice) {
            Some(definition) if self.definitions.is_flag(object, tag) => {
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
        for (sign, choice) in signs::of(self.definitions, choices)
            .with_context(|| format!("nothing tells the choices of {name} apart"))?
        {
            let ty = self.type_of(choice, &format!("{name}{}", variants.len() + 1))?;
            let item = ty.names().with_context(|| format!("{name} is not one of objects"))?;
            let variant = Variant {
                name: item.strip_prefix(name).unwrap_or(item).to_owned(),
                wire: String::new(),
                ty,
                holds_tag: true,
                docs: docs(choice, &[]),
            };
            variants.push((sign, variant));
        }
        Ok(Body::Untagged(variants))
    }
}

impl<'a> Definitions<'a> {
    /// The text or the flag that the member `tag` of an object always has, as JSON without quotes.
    fn constant(self, object: &'a Node, tag: &str) -> Option<&'a str> {
        let member = self.member(object, tag)?;
        match member.get("const") {
            Some(Node::Flag(flag)) => Some(if *flag { "true" } else { "false" }),
            Some(only) => only.text(),
            None => match member.get("enum")?.items() {
                [only] => only.text(),
                _ => None,
            },
        }
    }

    /// Whether the member `tag` of an object is a flag.
    fn is_flag(self, object: &'a Node, tag: &str) -> bool {
        let only = self.member(object, tag).and_then(|member| member.get("const"));
        matches!(only, Some(Node::Flag(_)))
    }

    pub(super) fn member(self, object: &'a Node, name: &str) -> Option<&'a Node> {
        self.resolved(object.get("properties")?.get(name)?).ok()
    }
}
