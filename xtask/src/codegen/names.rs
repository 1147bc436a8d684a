//! Names in Rust for names on the wire.

/// Definitions with another name in Rust than in the schema, and why.
const TYPES: [(&str, &str); 1] = [
    // The payload of `system.notification` has this name; this is the type of its field `kind`.
    ("SystemNotification", "SystemNotificationKind"),
];

/// Names that mean something else in generated files.
const TAKEN: [&str; 16] = [
    "BTreeMap",
    "Box",
    "Call",
    "Caller",
    "ClientMethod",
    "Default",
    "Deserialize",
    "EventData",
    "EventKind",
    "Option",
    "Payload",
    "Secret",
    "Serialize",
    "String",
    "Value",
    "Vec",
];

const KEYWORDS: [&str; 26] = [
    "as", "async", "await", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "for", "if", "impl", "in", "loop", "match", "mod", "move", "ref", "return", "static",
    "type", "use", "where", "while",
];

/// The name of the type for the definition `definition`.
pub(crate) fn type_of(definition: &str) -> String {
    let renamed = TYPES.iter().find(|(name, _)| *name == definition).map(|(_, rust)| *rust);
    renamed.unwrap_or(definition).to_owned()
}

/// Whether no type may have this name.
pub(crate) fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name)
}

/// `session.mcp_server_removed`, `carriedForward` or `ENOENT` as a type or variant.
pub(crate) fn pascal(wire: &str) -> String {
    let name: String = words(wire)
        .iter()
        .map(|word| {
            let mut rest = word.chars();
            rest.next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(rest)
                .collect()
        })
        .collect::<Vec<String>>()
        .concat();
    match name.as_str() {
        "" => "Empty".to_owned(),
        "Self" => "Itself".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("V{name}"),
        _ => name,
    }
}

/// `messageId` as a field: `message_id`; keywords are written raw.
pub(crate) fn field(wire: &str) -> String {
    let name = words(wire).join("_");
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

/// The words of a name, in lower case. A run of capitals is one word, up to the capital that begins the next:
/// `apiURLPath` is `api`, `url`, `path`.
fn words(wire: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let characters: Vec<char> = wire.chars().collect();
    for (position, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = position.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(position + 1);
        let begins = character.is_ascii_uppercase()
            && (before.is_some_and(|before| !before.is_ascii_uppercase())
                || after.is_some_and(char::is_ascii_lowercase));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_rust_names() {
        for (wire, name) in [
            ("session.mcp_server_removed", "SessionMcpServerRemoved"),
            ("permission.carriedForward", "PermissionCarriedForward"),
            ("ENOENT", "Enoent"),
            ("per-prompt", "PerPrompt"),
            ("self", "Itself"),
            ("", "Empty"),
            ("5m", "V5m"),
        ] {
            assert_eq!(pascal(wire), name);
        }
        for (wire, name) in [
            ("messageId", "message_id"),
            ("type", "r#type"),
            ("baseURL", "base_url"),
            ("URLPath", "url_path"),
            ("ttl5mTokens", "ttl5m_tokens"),
        ] {
            assert_eq!(field(wire), name);
        }
    }
}
