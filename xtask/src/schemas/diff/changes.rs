//! The differences between two schemas, as lines of text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::schemas::diff::surface::{Field, Surface};

/// One line for each change, under a heading. A change to a type that is in both schemas is listed once.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<&'static str, BTreeSet<String>>);

impl Changes {
    pub(super) fn add(&mut self, old: &Surface, new: &Surface) {
        self.added_and_removed("events", &old.events, &new.events);
        self.added_and_removed("methods", &old.methods, &new.methods);
        self.added_and_removed("types", &old.types, &new.types);
        // A type that was added or removed as a whole is one change: its fields are not listed.
        let stays =
            |owner: &String| old.owners().contains(owner) && new.owners().contains(owner);
        for (owner, fields) in new.fields.iter().filter(|(owner, _)| stays(owner)) {
            let before = old.fields.get(owner).cloned().unwrap_or_default();
            for (name, field) in fields {
                match before.get(name) {
                    Some(was) => self.field(owner, name, was, field),
                    None => self.line("fields", format!("added: {owner}.{name}, {field}")),
                }
            }
        }
        for (owner, fields) in old.fields.iter().filter(|(owner, _)| stays(owner)) {
            let after = new.fields.get(owner).cloned().unwrap_or_default();
            for name in fields.keys().filter(|name| !after.contains_key(*name)) {
                self.line("fields", format!("removed: {owner}.{name}"));
            }
        }
        for (owner, values) in old.choices.iter().filter(|(owner, _)| stays(owner)) {
            let after = new.choices.get(owner).cloned().unwrap_or_default();
            for value in after.difference(values) {
                self.line("values", format!("added: {owner} may be {value}"));
            }
            for value in values.difference(&after) {
                self.line("values", format!("removed: {owner} is no more {value}"));
            }
        }
    }

    fn added_and_removed(
        &mut self,
        heading: &'static str,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
    ) {
        for name in new.difference(old) {
            self.line(heading, format!("added: {name}"));
        }
        for name in old.difference(new) {
            self.line(heading, format!("removed: {name}"));
        }
    }

    fn field(&mut self, owner: &str, name: &str, was: &Field, is: &Field) {
        if was.ty != is.ty {
            self.line(
                "fields",
                format!("changed: {owner}.{name} was {}, is {}", was.ty, is.ty),
            );
        }
        if was.required != is.required {
            let now = if is.required { "required" } else { "optional" };
            self.line("fields", format!("now {now}: {owner}.{name}"));
        }
    }

    fn line(&mut self, heading: &'static str, line: String) {
        self.0.entry(heading).or_default().insert(line);
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "no change");
        }
        for (heading, lines) in &self.0 {
            writeln!(f, "{heading}: {}", lines.len())?;
            for line in lines {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::json::Node;

    fn changes(old: &str, new: &str) -> String {
        let mut changes = Changes::default();
        let surface = |text| Surface::of(&Node::parse(text).unwrap());
        changes.add(&surface(old), &surface(new));
        changes.to_string()
    }

    fn events(definitions: &str) -> String {
        let event = r#"{"properties":{"type":{"const":"a.b"},"data":{"$ref":"/Data"}}}"#;
        format!(r#"{{"definitions":{{"BEvent":{event},{definitions}}}}}"#)
    }

    #[test]
    fn order_and_descriptions_are_no_change() {
        let old = events(
            r#""Data":{"description":"x","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}"#,
        );
        let new = events(
            r#""Data":{"properties":{"b":{"type":"integer","minimum":0},"a":{"type":"string","description":"y"}}}"#,
        );
        assert_eq!(changes(&old, &new), "no change\n");
    }

    #[test]
    fn fields_are_listed_with_the_kind_of_their_change() {
        let old = events(
            r#""Data":{"properties":{"gone":{"type":"string"},"same":{"type":"boolean"},
                "other":{"type":"string"},"late":{"type":"number"},"soft":{"type":"number"},
                "in":{"type":"array","items":{"properties":{"x":{"type":"string"}}}}},
                "required":["soft"]}"#,
        );
        let new = events(
            r#""Data":{"properties":{"same":{"type":"boolean"},"other":{"type":["string","null"]},
                "late":{"type":"number"},"soft":{"type":"number"},
                "fresh":{"type":"array","items":{"$ref":"/Item"}},
                "in":{"type":"array","items":{"properties":{"x":{"type":"integer"}}}}},
                "required":["late","fresh"]},
              "Item":{"properties":{"not":{"type":"string"}}}"#,
        );
        assert_eq!(
            changes(&old, &new),
            "fields: 6\n  added: Data.fresh, list of Item, required\n  \
             changed: Data.in.x was text, is whole number\n  \
             changed: Data.other was text, is text or null\n  now optional: Data.soft\n  \
             now required: Data.late\n  removed: Data.gone\ntypes: 1\n  added: Item\n"
        );
    }

    #[test]
    fn added_and_removed_events_values_and_variants_are_listed() {
        let old = r#"{"definitions":{
            "AEvent":{"properties":{"type":{"const":"a"},"data":{}}},
            "Mode":{"enum":["x","y"]},"U":{"anyOf":[{"$ref":"/P"},{"$ref":"/Q"}]}}}"#;
        let new = r#"{"definitions":{
            "BEvent":{"properties":{"type":{"const":"b"},"data":{}}},
            "Mode":{"enum":["y","z"]},"U":{"anyOf":[{"$ref":"/P"},{"$ref":"/R"}]}}}"#;
        assert_eq!(
            changes(old, new),
            "events: 2\n  added: b\n  removed: a\nvalues: 4\n  added: Mode may be \"z\"\n  \
             added: U may be R\n  removed: Mode is no more \"x\"\n  removed: U is no more Q\n"
        );
    }

    #[test]
    fn fields_of_different_variants_of_a_union_are_not_mixed_up() {
        let of = |first: &str, second: &str| {
            events(&format!(
                r#""Data":{{"anyOf":[
                    {{"properties":{{"kind":{{"const":"a"}},{first}}}}},
                    {{"properties":{{"kind":{{"const":"b"}},{second}}}}}]}}"#
            ))
        };
        let (x, y) = (r#""x":{"type":"string"}"#, r#""y":{"type":"string"}"#);
        assert_eq!(changes(&of(x, y), &of(x, y)), "no change\n");
        assert_eq!(
            changes(&of(x, y), &of(x, x)),
            "fields: 2\n  added: Data[kind \"b\"].x, text, optional\n  \
             removed: Data[kind \"b\"].y\n"
        );
    }

    #[test]
    fn methods_are_listed_and_changes_of_their_parameters() {
        let method = |name: &str, fields: &str| {
            format!(
                r#""{name}":{{"rpcMethod":"session.{name}","result":{{"not":{{}}}},"params":{{"properties":{{{fields}}}}}}}"#
            )
        };
        let api = |methods: String| {
            format!(r#"{{"definitions":{{}},"session":{{"in":{{{methods}}}}}}}"#)
        };
        let old = api(format!(
            "{},{}",
            method("send", r#""a":{"type":"string"}"#),
            method("old", "")
        ));
        let new = api(format!(
            "{},{}",
            method("send", r#""a":{"type":"string"},"b":{"type":"boolean"}"#),
            method("new", r#""x":{"type":"string"}"#)
        ));
        assert_eq!(
            changes(&old, &new),
            "fields: 1\n  added: session.send(params).b, true or false, optional\nmethods: 2\n  \
             added: session.new\n  removed: session.old\n"
        );
    }
}
