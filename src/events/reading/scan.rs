//! A scanner that finds the fields of JSON objects without decoding them.
//!
//! It finds where values begin and end. Strings and brackets are followed exactly; what stands
//! between them is ignored, so a value that it returns is *balanced*, not validated: a misspelt
//! literal or a bad escape inside surfaces when the value is decoded. It reads the usual way of
//! writing and returns `None` for all else, such as field names with escapes; its callers then
//! use serde, which validates.

use memchr::memchr2;

/// Where in a JSON text the reading has got to.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Reads an object; `field` reads each field, name and value. Returns the object's text.
    pub(in crate::events) fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<&'a str> {
        self.expect(b'{')?;
        let start = self.at - 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return self.text.get(start..self.at);
        }
        loop {
            self.peek();
            field(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return self.text.get(start..self.at);
                }
                _ => return None,
            }
        }
    }

    /// Reads a field's name and the colon after it. Names are short: a plain loop finds
    /// their end soonest.
    pub(in crate::events) fn name(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        self.at = start + length + 1;
        self.expect(b':')?;
        self.text.get(start..start + length)
    }

    /// Reads a string without escapes and returns its content.
    pub(crate) fn plain_string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = plain_length(rest)?;
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        let start = self.at;
        self.at += length + 1;
        self.text.get(start..start + length)
    }

    /// Reads past this text if it is next, byte for byte.
    pub(crate) fn literal(&mut self, text: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(text.as_bytes()).then(|| self.at += text.len())
    }

    /// Reads any value and returns its text.
    pub(crate) fn value(&mut self) -> Option<Value<'a>> {
        let first = self.peek()?;
        let start = self.at;
        let escaped = match first {
            b'"' => self.skip_string()?,
            b'{' | b'[' => self.skip_container()?,
            _ => self.skip_scalar()?,
        };
        Some(Value { json: self.text.get(start..self.at)?, escaped })
    }

    /// Past a string whose quote is next; whether it has escapes.
    fn skip_string(&mut self) -> Option<bool> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at += plain_length(bytes.get(self.at..)?)?;
            if bytes.get(self.at) == Some(&b'"') {
                self.at += 1;
                return Some(escaped);
            }
            // A backslash and what it escapes.
            self.at += 2;
            escaped = true;
        }
    }

    /// Past an object or an array whose bracket is next, up to 64 levels deep; whether
    /// there are escapes in it.
    fn skip_container(&mut self) -> Option<bool> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        // A bit for each open bracket, the innermost lowest: 1 for objects.
        let (mut open, mut depth) = (0_u64, 0);
        loop {
            match bytes.get(self.at)? {
                b'"' => {
                    escaped |= self.skip_string()?;
                    continue;
                }
                bracket @ (b'{' | b'[') => {
                    depth += 1;
                    if depth > u64::BITS {
                        return None;
                    }
                    open = open << 1 | u64::from(*bracket == b'{');
                }
                bracket @ (b'}' | b']') => {
                    if (open & 1 == 1) != (*bracket == b'}') {
                        return None;
                    }
                    open >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Some(escaped);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Past a number or a literal, which has no escapes.
    fn skip_scalar(&mut self) -> Option<bool> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = rest.iter().take_while(|byte| part(byte)).count();
        self.at += length;
        (length > 0).then_some(false)
    }

    /// Past space and this byte.
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Past space, to the byte that is next.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                next => return next.copied(),
            }
        }
    }
}

/// The JSON text of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    pub(super) json: &'a str,
    /// Whether it has escapes, or may have.
    pub(super) escaped: bool,
}

impl<'a> Value<'a> {
    /// The text, balanced and not validated.
    pub(in crate::events) fn json(self) -> &'a str {
        self.json
    }

    /// The content, if this is a string without escapes.
    pub(super) fn plain_string(self) -> Option<&'a str> {
        let inner = self.json.strip_prefix('"')?.strip_suffix('"')?;
        if self.escaped { None } else { Some(inner) }
    }
}

/// How far it is to the end of a string, or to its next escape.
#[inline]
fn plain_length(rest: &[u8]) -> Option<usize> {
    // Half of all strings are UUIDs, and to look there first is sooner done than to search.
    if let Some((uuid, [b'"', ..])) = rest.split_first_chunk::<36>()
        && uuid.iter().fold(true, |plain, byte| plain & !matches!(byte, b'"' | b'\\'))
    {
        return Some(36);
    }
    memchr2(b'"', b'\\', rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fields of an object by name and text.
    fn members(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut members = Vec::new();
        let mut scanner = Scanner::new(text);
        let object = scanner.fields(|scanner| {
            members.push((scanner.name()?, scanner.value()?.json));
            Some(())
        })?;
        if !scanner.is_at_end() {
            return None;
        }
        assert_eq!(object, text.trim_ascii());
        Some(members)
    }

    #[test]
    fn fields_are_found_with_their_exact_text() {
        let text =
            "{ \"a\" : [1, {\"}\": \"]\\\"\"}] ,\"b\":-1.5e+3,\n\"c\":\"é\\u0022\" , \"d\":{}}";
        assert_eq!(
            members(text).unwrap(),
            [
                ("a", "[1, {\"}\": \"]\\\"\"}]"),
                ("b", "-1.5e+3"),
                ("c", "\"é\\u0022\""),
                ("d", "{}")
            ]
        );
        assert_eq!(members("{}").unwrap(), []);
    }

    #[test]
    fn truncated_unbalanced_and_unusual_text_is_not_read() {
        for text in [
            "",
            "{",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":[}",
            "{\"a\":[1}]}",
            "{\"a\":{]}",
            "{\"a\":\"\\",
            "{\"a\":\"x\\\"}",
            "{\"a\" 1}",
            "{\"a\":}",
            "{\"a\":1 \"b\":2}",
            "{\"\\u0061\":1}",
            "[1]",
            "5",
            "{} {}",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(65), "]".repeat(65));
        assert_eq!(members(&deep), None);
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".*".prop_map(Into::into),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
                prop::collection::hash_map(".*", inner, 0..8)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_end_where_serde_says(value in json(), pretty: bool, tail in "[ \n]{0,3}") {
            let text =
                if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let padded = format!("{text}{tail},");
            let value = Scanner::new(&padded).value().unwrap();
            prop_assert_eq!(value.json, &text);
            prop_assert_eq!(value.escaped, text.contains('\\'));
        }

        #[test]
        fn nothing_panics(text in "[\\[\\]{}\",:\\\\a1 é]{0,40}") {
            let _ = members(&text);
            let _ = Scanner::new(&text).value();
        }
    }
}
