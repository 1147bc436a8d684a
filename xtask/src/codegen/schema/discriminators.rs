//! Finds the discriminators of a union without a tag: the fields by which its variants are told apart.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::codegen::ir::Discriminator;
use crate::codegen::schema::definitions::{Definitions, choices, required};
use crate::schemas::json::Node;

/// The discriminator of each choice, in the order in which they must be tried: the choice with the most required fields
/// comes first.
pub(super) fn of<'a>(
    definitions: Definitions<'a>,
    choices: &[&'a Node],
) -> Result<Vec<(Discriminator, &'a Node)>> {
    let choices = choices.iter().map(|node| Choice::of(definitions, node));
    let mut choices = choices.collect::<Result<Vec<_>>>()?;
    choices.sort_by_key(|choice| Reverse(choice.required.len()));
    let found = choices.iter().enumerate().map(|(place, choice)| {
        let (before, others) = choices.split_at(place);
        // The first of the others is the choice itself.
        let after = others.get(1..).unwrap_or_default();
        let discriminator = choice.discriminator(before, after).context("no field does")?;
        Ok((discriminator, choice.node))
    });
    found.collect()
}

struct Choice<'a> {
    node: &'a Node,
    definitions: Definitions<'a>,
    /// The objects that the choice stands for: one, or those of a union.
    forms: Vec<&'a Node>,
    /// The fields that all of these objects require.
    required: Vec<&'a str>,
}

impl<'a> Choice<'a> {
    fn of(definitions: Definitions<'a>, node: &'a Node) -> Result<Self> {
        let choice = definitions.resolved(node)?;
        let forms = match choice.get("anyOf") {
            Some(any_of) => choices(any_of).0,
            None => vec![choice],
        };
        let forms = forms.into_iter().map(|form| definitions.resolved(form));
        let forms = forms.collect::<Result<Vec<_>>>()?;
        let mut common = forms.first().map(|form| required(form)).unwrap_or_default();
        common.retain(|name| forms.iter().all(|form| required(form).contains(name)));
        Ok(Self { node, definitions, forms, required: common })
    }

    /// By preference: a field that no other choice has; a field whose values no other choice allows; a field that none
    /// of the choices `after` this one has.
    fn discriminator(&self, before: &[Self], after: &[Self]) -> Option<Discriminator> {
        let others = || before.iter().chain(after);
        let own = self.required.iter().find(|name| !others().any(|other| other.has(name)));
        let by_presence =
            |name: &&str| Discriminator { field: (*name).to_owned(), values: Vec::new() };
        own.map(by_presence)
            .or_else(|| self.required.iter().find_map(|name| self.by_values(name, others())))
            .or_else(|| {
                let mut fields = self.required.iter();
                fields.find(|name| !after.iter().any(|other| other.has(name))).map(by_presence)
            })
    }

    fn by_values<'b>(
        &self,
        field: &str,
        mut others: impl Iterator<Item = &'b Self>,
    ) -> Option<Discriminator>
    where
        'a: 'b,
    {
        let own = self.values(field)?;
        let differs =
            |other: &Self| other.values(field).is_some_and(|values| values.is_disjoint(&own));
        let values = || own.iter().map(|value| (*value).to_owned()).collect();
        others.all(differs).then(|| Discriminator { field: field.to_owned(), values: values() })
    }

    fn has(&self, field: &str) -> bool {
        self.forms.iter().any(|form| self.definitions.field(form, field).is_some())
    }

    /// All strings that the field can be; `None` if it can be anything else.
    fn values(&self, field: &str) -> Option<BTreeSet<&'a str>> {
        let mut all = BTreeSet::new();
        for form in &self.forms {
            let field = self.definitions.field(form, field)?;
            match field.get("enum") {
                Some(values) => {
                    let values = values.items().iter().map(Node::as_str);
                    all.extend(values.collect::<Option<Vec<_>>>()?);
                }
                None => drop(all.insert(field.get("const")?.as_str()?)),
            }
        }
        Some(all)
    }
}
