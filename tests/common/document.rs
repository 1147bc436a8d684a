//! JSON documents whose members have an order, and places in them.

use std::fmt;

use serde_json::Value;

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Document {
    Leaf(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// A way into a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Member(String),
    Item(usize),
}

impl Document {
    /// The document with something else at `place`; without the member there, if it is nothing.
    pub(crate) fn with(&self, place: &[Step], other: Option<&Self>) -> Self {
        let Some((first, rest)) = place.split_first() else {
            return other.expect("only a member can be left out").clone();
        };
        match (self, first) {
            (Self::Object(members), Step::Member(name)) => {
                let members = members.iter().filter_map(|(found, value)| {
                    let is_place = found == name;
                    if is_place && rest.is_empty() && other.is_none() {
                        return None;
                    }
                    let value = if is_place { value.with(rest, other) } else { value.clone() };
                    Some((found.clone(), value))
                });
                Self::Object(members.collect())
            }
            (Self::List(items), Step::Item(at)) => {
                let items = items.iter().enumerate().map(|(position, item)| {
                    if position == *at { item.with(rest, other) } else { item.clone() }
                });
                Self::List(items.collect())
            }
            _ => panic!("no {place:?} in {self}"),
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(value) => value.fmt(f),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
                    .collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

/// As a `DecodeError` writes it.
pub(crate) fn path(place: &[Step]) -> String {
    let mut path = String::new();
    for step in place {
        match step {
            Step::Member(name)
                if !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') =>
            {
                path.extend(["[\"", name, "\"]"]);
            }
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => path.extend([".", name]),
            Step::Item(at) => path.extend(["[", &at.to_string(), "]"]),
        }
    }
    path
}
