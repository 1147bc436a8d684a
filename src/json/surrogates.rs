//! Reading halves of characters that a runtime wrote: escapes of lone surrogates.

/// `json` with every escape of a lone surrogate as that of U+FFFD; `None` if there is none.
///
/// JSON allows such escapes, and a program that cuts text in UTF-16 writes them. No Rust string can
/// hold them.
pub(super) fn without_lone_surrogates(json: &str) -> Option<String> {
    let mut mended = String::new();
    let mut rest = json;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at))
    {
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                mended.push_str(before);
                mended.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // The backslash and what it escapes; that may be longer than a byte where it is no JSON.
            _ => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        let (kept, left) = rest.split_at_checked(before.len() + length)?;
        mended.push_str(kept);
        rest = left;
    }
    let has_changed = mended.len() + rest.len() != json.len() || !json.starts_with(&*mended);
    mended.push_str(rest);
    has_changed.then_some(mended)
}

/// The UTF-16 unit of an escape that begins here.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_are_rewritten() {
        for (json, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#"["a\uD83D b","\uDE00\ud83d\ude00"]"#, r#"["a\ufffd b","\ufffd\ud83d\ude00"]"#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\\ud83d\\""#, r#""\\\ufffd\\""#),
        ] {
            assert_eq!(without_lone_surrogates(json).as_deref(), Some(expected), "{json}");
        }
        for same in [
            "",
            "\\",
            "\\é",
            r#""\\ud83d""#,
            r#""\ud83d\ude00 \n \u00e9""#,
            r#""\ud83""#,
            r#""\u+d83""#,
            "{\"a\":1}",
        ] {
            assert_eq!(without_lone_surrogates(same), None, "{same}");
        }
    }
}
