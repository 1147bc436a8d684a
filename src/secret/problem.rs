//! What serde says about JSON that does not decode, without the values that it quotes.

/// The text of `error`, without the value that was refused.
///
/// serde writes `invalid type: string "VALUE", expected a number`, and an answer may hold secrets. What is expected,
/// and where the text was refused, stays. Errors of a program's own types are theirs, and stay as they are.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(prefix) {
            // What was expected comes last, and no text of serde's has these words.
            let expected = rest.rfind(", expected ").and_then(|at| rest.get(at..));
            let what = rest.split(['"', '`', ',']).next().unwrap_or_default().trim_end();
            return format!("{prefix}{what}{}", expected.unwrap_or_default());
        }
    }
    for prefix in ["unknown variant `", "unknown field `"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let expected =
                rest.rfind("`, expected ").or_else(|| rest.rfind("`, there are no "));
            let expected = expected.and_then(|at| rest.get(at + 1..));
            let what = prefix.trim_end_matches(" `");
            return format!("{what}{}", expected.unwrap_or_default());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only decoded")]
    struct One {
        number: u8,
        choice: Option<Choice>,
        list: Option<Vec<BTreeMap<String, bool>>>,
    }

    #[derive(Debug, Deserialize)]
    enum Choice {
        Yes,
        No,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    #[test]
    fn the_refused_value_is_not_in_the_text() {
        for (json, text) in [
            (
                r#"{"number":"77, expected `x`, expected \"77"}"#,
                "invalid type: string, expected u8",
            ),
            (r#"{"number":777}"#, "invalid value: integer, expected u8"),
            (r#"{"number":-77}"#, "invalid value: integer, expected u8"),
            (r#"{"number":77.5}"#, "invalid type: floating point, expected u8"),
            (r#"{"number":[77]}"#, "invalid type: sequence, expected u8"),
            (
                r#"{"number":1,"choice":"77`, expected"}"#,
                "unknown variant, expected `Yes` or `No`",
            ),
            (
                r#"{"number":1,"77":"x"}"#,
                "unknown field, expected one of `number`, `choice`, `list`",
            ),
            (r#"{"number":1,"list":[{"a":"77"}]}"#, "invalid type: string, expected a boolean"),
            (r#"{"choice":"Yes"}"#, "missing field `number`"),
        ] {
            let error = serde_json::from_str::<One>(json).unwrap_err();
            let found = without_values(&error);
            assert_eq!(found.split(" at line 1").next(), Some(text), "{error}");
            assert!(found.contains(" at line 1 column "), "where it is stays: {found}");
        }
        let error = serde_json::from_str::<Nothing>(r#"{"77":1}"#).unwrap_err();
        let found = without_values(&error);
        assert!(found.starts_with("unknown field, there are no fields at line 1"), "{found}");
    }
}
