//! Planting texts in documents, wherever a name says that there is a secret.

use serde_json::Value;

/// A text that stands nowhere else.
pub(crate) const PLANTED: &str = "pl4nted";

/// Names of secrets, written down here and not taken from the crate: lower case, letters only.
const NAMES: [&str; 10] = [
    "token",
    "secret",
    "password",
    "apikey",
    "hmac",
    "authorization",
    "credential",
    "cookie",
    "headers",
    "env",
];

/// Plants a text in every secret of `document`; how many there were.
pub(crate) fn plant(document: &mut Value) -> usize {
    match document {
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, value)| {
                let letters: String =
                    name.chars().filter(char::is_ascii_alphanumeric).collect();
                let letters = letters.to_ascii_lowercase();
                if NAMES.iter().any(|secret| letters.ends_with(secret)) {
                    fill(value)
                } else if letters.ends_with("url") && value.is_string() {
                    let url =
                        format!("https://{PLANTED}:{PLANTED}@host/path?{PLANTED}#{PLANTED}");
                    *value = url.into();
                    1
                } else {
                    plant(value)
                }
            })
            .sum(),
        Value::Array(items) => items.iter_mut().map(plant).sum(),
        _ => 0,
    }
}

/// What stands beside a secret in an object and is none.
const BESIDE: [&str; 5] = ["name", "kind", "header", "model", "expiresAt"];

/// Plants the text in every text of `value` that is not beside a secret.
fn fill(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            PLANTED.clone_into(text);
            1
        }
        Value::Array(items) => items.iter_mut().map(fill).sum(),
        Value::Object(members) => {
            let inner = members.iter_mut().filter(|(name, _)| !BESIDE.contains(&name.as_str()));
            inner.map(|(_, value)| fill(value)).sum()
        }
        _ => 0,
    }
}
