//! By what the choices of a union without a tag are known.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::super::ir::Sign;
use super::super::json::Node;
use super::Definitions;
use super::unions;

/// The sign of each choice, in the order in which they are looked for: the one that asks for most
/// comes first.
pub(super) fn of<'a>(
    definitions: Definitions<'a>,
    choices: &[&'a Node],
) -> Result<Vec<(Sign, &'a Node)>> {
    let choices = choices.iter().map(|node| Choice::of(definitions, node));
    let mut choices = choices.collect::<Result<Vec<_>>>()?;
    choices.sort_by_key(|choice| Reverse(choice.required.len()));
    let signs = choices.iter().enumerate().map(|(place, choice)| {
        let (before, others) = choices.split_at(place);
        // The first of the others is the choice itself.
        let after = others.get(1..).unwrap_or_default();
        let sign = choice.sign(before, after).context("no member does")?;
        Ok((sign, choice.node))
    });
    signs.collect()
}

struct Choice<'a> {
    node: &'a Node,
    definitions: Definitions<'a>,
    /// The objects that it stands for: one, or those of a union.
    forms: Vec<&'a Node>,
    /// The members that all of these always have.
    required: Vec<&'a str>,
}

impl<'a> Choice<'a> {
    fn of(definitions: Definitions<'a>, node: &'a Node) -> Result<Self> {
        let choice = definitions.resolved(node)?;
        let forms = match choice.get("anyOf") {
            Some(any_of) => unions::choices(any_of).0,
            None => vec![choice],
        };
        let forms = forms.into_iter().map(|form| definitions.resolved(form));
        let forms = forms.collect::<Result<Vec<_>>>()?;
        let mut required = forms.first().map(|form| required(form)).unwrap_or_default();
        required.retain(|name| forms.iter().all(|form| self::required(form).contains(name)));
        Ok(Self { node, definitions, forms, required })
    }

    fn sign(&self, before: &[Self], after: &[Self]) -> Option<Sign> {
        let others = || before.iter().chain(after);
        // A member that no other has; texts that no other has; a member that none has of those
        // that are left.
        let own = self.required.iter().find(|name| !others().any(|other| other.has(name)));
        let sign = |member: &&str| Sign { member: (*member).to_owned(), values: Vec::new() };
        own.map(sign)
            .or_else(|| {
                self.required.iter().find_map(|name| self.sign_by_texts(name, others()))
            })
            .or_else(|| {
                let mut members = self.required.iter();
                members.find(|name| !after.iter().any(|other| other.has(name))).map(sign)
            })
    }

    fn sign_by_texts<'b>(
        &self,
        member: &str,
        mut others: impl Iterator<Item = &'b Self>,
    ) -> Option<Sign>
    where
        'a: 'b,
    {
        let own = self.texts(member)?;
        let differs =
            |other: &Self| other.texts(member).is_some_and(|texts| texts.is_disjoint(&own));
        let values = || own.iter().map(|text| (*text).to_owned()).collect();
        others.all(differs).then(|| Sign { member: member.to_owned(), values: values() })
    }

    fn has(&self, member: &str) -> bool {
        self.forms.iter().any(|form| self.definitions.member(form, member).is_some())
    }

    /// All that the member can be, if only certain texts are.
    fn texts(&self, member: &str) -> Option<BTreeSet<&'a str>> {
        let mut texts = BTreeSet::new();
        for form in &self.forms {
            let member = self.definitions.member(form, member)?;
            match member.get("enum") {
                Some(values) => {
                    let values = values.items().iter().map(Node::text);
                    texts.extend(values.collect::<Option<Vec<_>>>()?);
                }
                None => drop(texts.insert(member.get("const")?.text()?)),
            }
        }
        Some(texts)
    }
}

/// The members that an object always has.
fn required(object: &Node) -> Vec<&str> {
    let names = object.get("required").map(Node::items).unwrap_or_default();
    names.iter().filter_map(Node::text).collect()
}
