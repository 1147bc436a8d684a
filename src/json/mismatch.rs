//! The error of JSON that does not decode, with the path of the field.

use std::fmt;

use serde_json::Value;

use crate::secret::without_values;

/// Why JSON does not decode into a type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The field that does not decode or is missing, such as `toolRequests[0].name`; empty for the whole.
    pub(crate) path: Box<str>,
    /// What serde says about it, without the place and without the value.
    pub(crate) message: Box<str>,
}

/// ` at PATH: MESSAGE`, to follow on what could not be decoded; without a path `: MESSAGE`.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Mismatch {
    /// Why `json` was refused with `error`.
    pub(crate) fn new(json: &str, error: &serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = without_values(error);
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let mut path = path_at(json, error.line(), error.column());
        if let Some((inner, message)) = taken_out(message) {
            if !path.is_empty() && !inner.starts_with('[') {
                path.push('.');
            }
            path.push_str(&inner);
            return Self { path: path.into(), message: message.into() };
        }
        if let Some(member) = missing(message) {
            push_member(&mut path, member);
        }
        Self { path: path.into(), message: message.into() }
    }

    /// This mismatch as a message for serde. For an object that was taken out of its text before it
    /// was read: [`Mismatch::new`] on the whole text then appends the path in the message.
    pub(super) fn taken_out(&self) -> String {
        if self.path.is_empty() {
            return self.message.to_string();
        }
        format!("{TAKEN_OUT}{}: {}", Value::from(&*self.path), self.message)
    }
}

/// How a message of [`Mismatch::taken_out`] begins. A path in quotes follows, as a JSON string: a
/// member may have any name.
const TAKEN_OUT: &str = "member ";

/// Undoes [`Mismatch::taken_out`]: the path in the object, and the message.
fn taken_out(message: &str) -> Option<(String, &str)> {
    let rest = message.strip_prefix(TAKEN_OUT)?;
    let mut path = serde_json::Deserializer::from_str(rest).into_iter();
    let inner = path.next()?.ok()?;
    Some((inner, rest.get(path.byte_offset()..)?.strip_prefix(": ")?))
}

/// The member that serde did not find.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// One step into a value.
enum Step<'a> {
    /// Into the member of that name, once the name has been read.
    Member(Option<&'a str>),
    Item(usize),
}

/// The value that `column` bytes of the line `line` lead to, by the names on the way.
///
/// serde tells where it stood in the text when it gave up: behind the value it refused, or
/// before it. Following the brackets up to there gives the way into it. (Decoding again with a
/// deserializer that keeps the path would need every payload's code a second time.)
fn path_at(json: &str, line: usize, column: usize) -> String {
    let before: usize =
        json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let bytes = json.as_bytes();
    let end = bytes.len().min(before + column);
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).filter(|_| at < end) {
        match byte {
            b'{' => steps.push(Step::Member(None)),
            b'[' => steps.push(Step::Item(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Item(item)) => *item += 1,
                Some(Step::Member(name)) => *name = None,
                None => {}
            },
            b'"' => {
                let close = closing_quote(bytes, at);
                if let Some(Step::Member(name @ None)) = steps.last_mut() {
                    *name = json.get(at + 1..close);
                }
                at = close;
            }
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Member(Some(name)) => push_member(&mut path, name),
            Step::Item(item) => path.extend(["[", &item.to_string(), "]"]),
            Step::Member(None) => {}
        }
    }
    path
}

/// Where the string that begins at `open` ends.
fn closing_quote(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn push_member(path: &mut String, name: &str) {
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if name.is_empty() || !name.chars().all(plain) {
        path.extend(["[\"", name, "\"]"]);
    } else {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Outer {
        text: String,
        inner: Option<Vec<Inner>>,
        map: Option<HashMap<String, u64>>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Inner {
        number: u64,
        flag: bool,
    }

    #[test]
    fn the_path_names_the_value_that_does_not_decode() {
        for (json, path) in [
            ("5", ""),
            ("{}", "text"),
            (r#"{"text":5}"#, "text"),
            (r#"{"x":{"a":[1,{"b":"}]\""}]},"text":{}}"#, "text"),
            (
                r#"{"text":"","inner":[{"number":1,"flag":true},{"number":-1}]}"#,
                "inner[1].number",
            ),
            (r#"{"text":"","inner":[{"number":1.5,"flag":true}]}"#, "inner[0].number"),
            (r#"{"text":"","inner":[{"number":1}],"x":1}"#, "inner[0].flag"),
            (r#"{"text":"","inner":[7]}"#, "inner[0]"),
            (r#"{"text":"","inner":{}}"#, "inner"),
            (r#"{"text":"","map":{"a":1,"b c":"x"}}"#, "map[\"b c\"]"),
            ("{\n \"text\": \"\",\n \"inner\": [\n  true ] }", "inner[0]"),
            (r#"{"text":"","inner":"#, "inner"),
        ] {
            let error = serde_json::from_str::<Outer>(json).unwrap_err();
            let mismatch = Mismatch::new(json, &error);
            assert_eq!(&*mismatch.path, path, "{json}: {mismatch:?}");
            assert!(!mismatch.message.contains("column"), "{mismatch:?}");
        }
    }

    #[test]
    fn a_path_is_found_again_in_what_was_said_of_it() {
        for path in ["a.b[0]", r#"map["a`: b"]"#, r#"map["\": "]"#] {
            let mismatch = Mismatch { path: path.into(), message: "it: is \"5\"".into() };
            let said = mismatch.taken_out();
            let (found, message) = taken_out(&said).unwrap();
            assert_eq!((&*found, message), (path, "it: is \"5\""));
        }
        assert_eq!(taken_out("member of nothing"), None);
    }
}
