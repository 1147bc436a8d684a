//! The generated types print none of the secrets in them.

use copilot_sessions::events::EventData;

use copilot_sessions::methods::{AccountLoginRequest, AuthInfo};
use serde_json::{Value, json};

use crate::planted::{PLANTED, plant};
use crate::schema::{Schema, Style};
use crate::{table, tree};

const SEEDS: u64 = 40;

#[test]
fn no_parameter_and_no_result_prints_a_secret_in_it() {
    let schema = Schema::of_methods();
    let (mut planted, mut printed) = (0, Vec::new());
    for method in tree::methods(&schema) {
        let (params, result) = table::types(&method.wire);
        for (node, print) in [(&method.params, params), (&method.result, result)] {
            let (Some(node), Some(print)) = (node, print) else { continue };
            for (style, seed) in seeds() {
                let mut document = json_of(&schema, node, style, seed);
                planted += plant(&mut document);
                let text = print(&document.to_string())
                    .unwrap_or_else(|error| panic!("{}: {error}: {document}", method.wire));
                if text.contains(PLANTED) {
                    printed.push(format!("{}: {}", method.wire, around(&text)));
                }
            }
        }
    }
    printed.sort();
    printed.dedup();
    assert!(printed.is_empty(), "{}", printed.join("\n"));
    assert!(planted > 1000, "{planted} secrets were planted");
}

#[test]
fn no_payload_prints_a_secret_in_it() {
    let schema = Schema::pinned();
    let mut planted = 0;
    for (kind, payload) in schema.kinds() {
        for (style, seed) in seeds() {
            let mut document = json_of(&schema, payload, style, seed);
            planted += plant(&mut document);
            let data = EventData::decode(kind, &document.to_string());
            assert!(data.kind().is_some(), "{data:?} for {document}");
            let text = format!("{data:?}\n{data:#?}");
            assert!(!text.contains(PLANTED), "{kind}: {}", around(&text));
        }
    }
    assert!(planted > 100, "{planted} secrets were planted");
}

#[test]
fn a_later_variant_prints_no_secret_in_it() {
    let later = json!({ "type": "later", "token": PLANTED, "inner": [{ "apiKey": PLANTED }], "seen": 5 });
    let read: AuthInfo = serde_json::from_value(later.clone()).unwrap();
    assert!(matches!(read, AuthInfo::Unknown(_)));
    assert!(format!("{read:?}").contains("\"seen\": 5"), "{read:?}");
    assert!(!format!("{read:?} {read:#?}").contains(PLANTED), "{read:?}");
    assert_eq!(serde_json::to_value(&read).unwrap(), later, "it is written as it was");
}

#[test]
fn a_secret_is_made_of_a_text_and_written_as_one() {
    let login = AccountLoginRequest::new("host", PLANTED);
    assert!(format!("{login:?}").contains("Secret(..)"), "{login:?}");
    assert_eq!(login.token.expose(), PLANTED);
    assert_eq!(serde_json::to_value(&login).unwrap()["token"], PLANTED);
}

fn seeds() -> impl Iterator<Item = (Style, u64)> {
    let styles = [Style::Full, Style::Later].into_iter();
    styles.flat_map(|style| (0..SEEDS).map(move |seed| (style, seed)))
}

fn json_of(schema: &Schema, node: &Value, style: Style, seed: u64) -> Value {
    serde_json::from_str(&schema.make(node, style, seed).document.to_string()).unwrap()
}

/// The text around the first planted one.
fn around(text: &str) -> String {
    let at = text.find(PLANTED).unwrap();
    let line = text.get(at.saturating_sub(120)..).unwrap_or(text);
    line.chars().take(160).collect()
}
