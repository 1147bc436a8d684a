//! `cargo xtask schema-diff`: what changed between two sets of schemas, in words.

mod surface;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use self::surface::{Field, Surface};
use crate::schemas;

/// Prints what changed from `old` to `new`: directories with schemas, or versions of the runtime's package.
pub(crate) fn run(root: &Path, old: &str, new: &str) -> Result<()> {
    let (old, new) = (directory(root, old)?, directory(root, new)?);
    let mut changes = Changes::default();
    for name in [schemas::EVENTS, schemas::METHODS] {
        let read =
            |from: &Path| Ok::<_, anyhow::Error>(Surface::of(&schemas::read(from, name)?));
        changes.add(&read(&old)?, &read(&new)?);
    }
    print!("{changes}");
    Ok(())
}

/// `place` itself if it is a directory; if not, the schemas of that version.
fn directory(root: &Path, place: &str) -> Result<PathBuf> {
    if Path::new(place).is_dir() {
        return Ok(place.into());
    }
    let target = root.join("target").join("schemas-of").join(place);
    if !target.join(schemas::METHODS).is_file() {
        schemas::unpack(place, &target)
            .with_context(|| format!("{place} is no directory and no version to fetch"))?;
    }
    Ok(target)
}

/// One line for each change, under a heading; types that both schemas have count once.
#[derive(Debug, Default)]
struct Changes(BTreeMap<&'static str, BTreeSet<String>>);

impl Changes {
    fn add(&mut self, old: &Surface, new: &Surface) {
        self.come_and_gone("events", &old.events, &new.events);
        self.come_and_gone("methods", &old.methods, &new.methods);
        self.come_and_gone("types", &old.types, &new.types);
        // What belongs to a type that is new as a whole, or gone, is no change of its own.
        let stays =
            |owner: &String| old.owners().contains(owner) && new.owners().contains(owner);
        for (owner, members) in new.fields.iter().filter(|(owner, _)| stays(owner)) {
            let before = old.fields.get(owner).cloned().unwrap_or_default();
            for (name, field) in members {
                match before.get(name) {
                    Some(was) => self.field(owner, name, was, field),
                    None => self.line("fields", format!("added: {owner}.{name}, {field}")),
                }
            }
        }
        for (owner, members) in old.fields.iter().filter(|(owner, _)| stays(owner)) {
            let after = new.fields.get(owner).cloned().unwrap_or_default();
            for name in members.keys().filter(|name| !after.contains_key(*name)) {
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

    fn come_and_gone(
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
    use crate::codegen::json::Node;

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
    fn equal_schemas_have_no_change_whatever_their_order_and_words() {
        let old = events(
            r#""Data":{"description":"x","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}"#,
        );
        let new = events(
            r#""Data":{"properties":{"b":{"type":"integer","minimum":0},"a":{"type":"string","description":"y"}}}"#,
        );
        assert_eq!(changes(&old, &new), "no change\n");
    }

    #[test]
    fn fields_are_told_by_what_happened_to_them() {
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
    fn events_values_and_variants_come_and_go() {
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
    fn variants_of_one_union_keep_their_fields_apart() {
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
    fn methods_are_told_with_their_parameters() {
        let method = |name: &str, members: &str| {
            format!(
                r#""{name}":{{"rpcMethod":"session.{name}","result":{{"not":{{}}}},"params":{{"properties":{{{members}}}}}}}"#
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
