//! A document that decodes is encoded again without loss.

use std::collections::BTreeSet;

use copilot_sessions::events::{EventData, EventKind};
use serde_json::Value;

use crate::schema::{Made, Schema, Style};

const SEEDS: u64 = 60;

#[test]
fn every_payload_keeps_what_the_schema_knows_of_a_document() {
    let schema = Schema::pinned();
    let mut documents = 0;
    let mut seen = BTreeSet::new();
    for (kind, payload) in schema.kinds() {
        for style in [Style::Full, Style::Least, Style::Later] {
            for seed in 0..SEEDS {
                let Made { document, kept, used, .. } = schema.make(payload, style, seed);
                let json = document.to_string();
                let about = || format!("{kind}, {style:?}, seed {seed}: {json}");
                let data = EventData::decode(kind, &json);
                assert!(data.kind().is_some(), "{data:?} for {}", about());
                let written = data.to_value().unwrap();
                assert_eq!(written, kept, "{}", about());
                let again = EventData::decode(kind, &written.to_string());
                assert_eq!(again, data, "{}", about());
                documents += 1;
                seen.extend(used);
            }
        }
    }
    println!("{documents} documents of {} kinds", EventKind::ALL.len());
    assert_eq!(seen, schema.definitions(), "every type was among them");
}

#[test]
fn whole_numbers_with_a_fraction_are_whole_numbers() {
    for (kind, json, path, whole) in [
        (
            "session.error",
            r#"{"errorType":"query","message":"m","statusCode":429.0}"#,
            "/statusCode",
            429,
        ),
        (
            "assistant.usage",
            r#"{"model":"m","inputTokens":3.0,"outputTokens":4}"#,
            "/inputTokens",
            3,
        ),
    ] {
        let data = EventData::decode(kind, json);
        assert_eq!(
            data.to_value().and_then(|it| it.pointer(path).cloned()),
            Some(Value::from(whole))
        );
    }
    // But not those that are no whole numbers.
    let data = EventData::decode("assistant.usage", r#"{"model":"m","inputTokens":3.5}"#);
    let EventData::Unknown(Some(error)) = data else { panic!("{data:?}") };
    assert_eq!(error.path(), "inputTokens");
}
