//! Where definitions are used: as a variant of a tagged union, on their own, or both.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::codegen::schema::definitions::{Definitions, choices, reference};
use crate::schemas::json::Node;

/// How definitions are used in a schema.
#[derive(Debug, Default)]
pub(super) struct Uses<'a> {
    /// Definitions that are used elsewhere than as a variant of a tagged union.
    alone: BTreeSet<&'a str>,
    /// The tag of the unions that a definition is a variant of.
    tags: BTreeMap<&'a str, &'a str>,
}

impl<'a> Uses<'a> {
    /// The uses among the definitions themselves and in `others`.
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

    /// The field that the unions of `definition` have read before the definition sees it. `None` if it is also
    /// used without a union: then it holds the field itself.
    pub(super) fn tag(&self, definition: &str) -> Option<&'a str> {
        if self.alone.contains(definition) { None } else { self.tags.get(definition).copied() }
    }

    fn add(&mut self, definitions: Definitions<'a>, node: &'a Node) -> Result<()> {
        self.alone.extend(reference(node));
        let (variants, _) = node.get("anyOf").map(choices).unwrap_or_default();
        let tag = if variants.len() > 1 { definitions.tag(&variants)? } else { None };
        for (key, value) in node.fields() {
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
