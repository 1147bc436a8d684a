//! Reading whole numbers that a runtime wrote with a fraction, as `1.0`.

use serde_json::{Number, Value};

/// `json` with every `1.0` as `1`; `None` if there is none, or it is no JSON.
pub(super) fn with_whole_numbers(json: &str) -> Option<String> {
    let mut value = serde_json::from_str(json).ok()?;
    let mut changed = false;
    make_whole(&mut value, &mut changed);
    changed.then(|| value.to_string())
}

fn make_whole(value: &mut Value, changed: &mut bool) {
    /// Up to here, floats and integers mean the same.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|it| it.fract() == 0.0 && it.abs() <= EXACT);
            if let Some(whole) = whole {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
                let whole = whole as i64;
                *number = Number::from(whole);
                *changed = true;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_whole(item, changed)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| make_whole(member, changed));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_rewritten() {
        let json = r#"{"a":[1.0,{"b":-2.0}],"c":"3.0"}"#;
        assert_eq!(with_whole_numbers(json).unwrap(), r#"{"a":[1,{"b":-2}],"c":"3.0"}"#);
        for same in [r#"{"a":1.5}"#, r#"{"a":1e300}"#, r#"{"a":1}"#, "{"] {
            assert_eq!(with_whole_numbers(same), None, "{same}");
        }
    }
}
