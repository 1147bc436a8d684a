//! Salvage: whose answer a message is that can't be read.

use memchr::{memchr, memmem};

use crate::rpc::message::id::{Id, RequestId};

/// What can be told of a message that can't be read, or of which only a part is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Salvaged {
    /// It is an answer to the call with this number, or to one that can't be told.
    Response(Option<u64>),
    /// It is a request, and wants an answer under this id.
    Request(RequestId),
    /// It is neither, as far as can be told.
    Other,
}

impl Salvaged {
    /// Looks at the members of the outermost object, as far as its brackets and quotes can be followed.
    pub(crate) fn of(message: &[u8]) -> Self {
        // Some of a batch may be answers.
        if message.trim_ascii_start().starts_with(b"[") {
            return if has_outcome(message) { Self::Response(None) } else { Self::Other };
        }
        // Whatever stands before the object.
        let Some(begin) = memchr(b'{', message) else { return Self::Other };
        let mut members = Members { bytes: message, at: begin + 1 };
        let (mut ids, mut is_unambiguous) = (None, true);
        let (mut has_version, mut has_method, mut has_outcome) = (false, false, false);
        while let Some((name, value)) = members.next() {
            match name {
                // Any object may have an id.
                b"jsonrpc" => has_version = true,
                b"method" => has_method = true,
                b"result" | b"error" => has_outcome = true,
                b"id" => {
                    is_unambiguous &= ids.is_none_or(|id| id == value);
                    ids = Some(value);
                }
                _ => {}
            }
        }
        let id = ids.filter(|_| is_unambiguous).and_then(|id| str::from_utf8(id).ok());
        if has_method && (!has_outcome || ids.is_none()) {
            let id = id.and_then(|id| RequestId::parse(id).ok());
            return id.map_or(Self::Other, Self::Request);
        }
        match id.and_then(|id| Id::of_json(id).call()) {
            Some(call) if has_version || has_outcome => Self::Response(Some(call)),
            _ if has_outcome => Self::Response(None),
            _ => Self::Other,
        }
    }

    /// The same of a message of which only the beginning and the end are there.
    pub(crate) fn of_parts(head: &[u8], tail: &[u8]) -> Self {
        match Self::of(head) {
            Self::Response(None) => Self::Response(id_at_the_end(tail)),
            Self::Other if head.trim_ascii_start().starts_with(b"[") && has_outcome(tail) => {
                Self::Response(None)
            }
            // A long member, or white space, stands before the others.
            Self::Other if head.trim_ascii().is_empty() => Self::of(tail),
            Self::Other if memmem::find(head, b"\"method\"").is_none() => {
                match id_at_the_end(tail) {
                    Some(id) => Self::Response(Some(id)),
                    None if has_outcome(tail) => Self::Response(None),
                    None => Self::Other,
                }
            }
            known => known,
        }
    }
}

/// The id, if it is the last member of an object that ends here.
fn id_at_the_end(tail: &[u8]) -> Option<u64> {
    let members = tail.trim_ascii_end().strip_suffix(b"}")?.trim_ascii_end();
    let name = memmem::rfind(members, b"\"id\"")?;
    let (before, id) = members.split_at_checked(name)?;
    let value = id.strip_prefix(b"\"id\"")?.trim_ascii_start().strip_prefix(b":")?;
    // A name, and no text that reads like one.
    matches!(before.trim_ascii_end().last(), Some(b',' | b'{')).then_some(())?;
    Id::of_json(str::from_utf8(value.trim_ascii()).ok()?).call()
}

fn has_outcome(message: &[u8]) -> bool {
    [&b"\"result\""[..], b"\"error\""].iter().any(|name| memmem::find(message, name).is_some())
}

/// The members of an object that may be broken further on.
struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Members<'a> {
    /// The name and the text of the next member; `None` when none can be told.
    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        if self.peek()? == b',' {
            self.at += 1;
        }
        let name = (self.peek()? == b'"').then(|| self.string())??;
        (self.peek()? == b':').then(|| self.at += 1)?;
        self.peek()?;
        let start = self.at;
        let mut depth = 0_u32;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => match self.string() {
                    Some(_) => continue,
                    // The end of what is there: only the name is known.
                    None => return Some((name, b"")),
                },
                Some(b'{' | b'[') => depth += 1,
                Some(b',' | b'}' | b']') if depth == 0 => break,
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {}
                None => return Some((name, b"")),
            }
            self.at += 1;
        }
        Some((name, self.bytes.get(start..self.at)?.trim_ascii()))
    }

    /// Past a string, and what stands between its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => {
                    self.at = self.bytes.len();
                    return None;
                }
            }
        }
        self.at = end + 1;
        self.bytes.get(start..end)
    }

    /// Past space, to the byte that is next.
    fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_attributed_where_its_id_can_be_told() {
        for message in [
            &b"{\"id\":7,\"result\":\"\xff\"}"[..],
            b"{\"jsonrpc\":\"2.0\",\"result\":{\"id\":3,\"x\":\"[}]\"},\"id\":7}",
            b"{\"result\":\"\x01\",\"id\":\"7\"}",
            b"\xef\xbb\xbf {\"id\":7,\"result\":nul",
            b"{\"id\":7.0,\"result\":1,\"result\":2}",
            b"{\"id\":7,\"id\":7,\"result\":1}",
            b"\xff{\"id\":7,\"result\":1}",
            b"{\"id\":7,\"method\":\"m\",\"result\":}",
            b"{\"id\":7,\"result\":\"never ends",
        ] {
            assert_eq!(
                Salvaged::of(message),
                Salvaged::Response(Some(7)),
                "{:?}",
                message.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn an_answer_that_names_no_call_may_be_anyones_and_other_messages_are_none() {
        for message in [
            &b"{\"id\":7,\"id\":8,\"result\":1}"[..],
            b"{\"id\":{},\"error\":}",
            b"{\"result\":\"\x01\"",
            b"[{\"id\":1,\"result\":}]",
        ] {
            assert_eq!(
                Salvaged::of(message),
                Salvaged::Response(None),
                "{:?}",
                message.escape_ascii().to_string()
            );
        }
        for message in [
            &b""[..],
            b"hello",
            b"{",
            b"{}",
            b"[]",
            b"{\"method\":\"m\",\"result\":1}",
            b"{\"method\":\"m\",\"id\":null}",
            b"{\"id\":true}",
            b"{\"id\":7,\"type\":}",
            b"17",
        ] {
            assert_eq!(
                Salvaged::of(message),
                Salvaged::Other,
                "{:?}",
                message.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn a_request_is_found_by_its_method_and_its_id() {
        for (message, id) in [
            (&b"{\"method\":\"m\",\"id\":7,\"params\":NaN}"[..], "7"),
            (b"{\"id\":\"a\",\"method\":\"m\",\"params\":\"never ends", "\"a\""),
        ] {
            let request = Salvaged::Request(RequestId::parse(id).unwrap());
            assert_eq!(
                Salvaged::of(message),
                request,
                "{:?}",
                message.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn of_a_long_message_the_id_stands_at_either_end() {
        let parts =
            |head: &str, tail: &str| Salvaged::of_parts(head.as_bytes(), tail.as_bytes());
        let known = Salvaged::Response(Some(7));
        assert_eq!(parts(r#"{"id":7,"result":"xx"#, r#"xx"}"#), known);
        assert_eq!(parts(r#"{"jsonrpc":"2.0","result":"xx"#, r#"xx", "id" : 7 } "#), known);
        for tail in
            [r#"xx"}"#, r#"{"id":7}}"#, r#"xx,\"id\":7"}"#, r#"x"id":7}"#, r#""id":"a"}"#]
        {
            assert_eq!(parts(r#"{"result":["xx"#, tail), Salvaged::Response(None), "{tail}");
        }
        assert_eq!(parts(r#"{"method":"m","params":"xx"#, r#"xx","id":7}"#), Salvaged::Other);
    }
}
