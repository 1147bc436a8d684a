//! Every form of event in recorded traffic of two runtimes.

use std::collections::BTreeSet;
use std::path::Path;

use copilot_sessions::events::{EventData, EventDraft, EventLogWriter, LogBounds};
use serde_json::Value;

/// What the events of one file came to.
#[derive(Debug, Default)]
struct Account<'a> {
    typed: usize,
    kinds: BTreeSet<&'a str>,
    unknown: usize,
    unknown_kinds: BTreeSet<&'a str>,
    misshaped: Vec<String>,
}

fn account<'a>(lines: &'a [&'a str]) -> Account<'a> {
    let mut writer = EventLogWriter::new(LogBounds::default());
    let log = writer.log().clone();
    let mut events = log.events();
    let mut account = Account::default();
    for line in lines {
        writer.append(EventDraft::parse(line)).unwrap();
        let event = events.next_ready().unwrap().unwrap();
        assert_eq!(event.raw(), *line);
        assert_eq!(event.problem(), None, "{line}");
        let json: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event.kind(), json["type"]);
        assert_eq!(serde_json::from_str::<Value>(event.raw_data()).unwrap(), json["data"]);
        let kind = kind_in(line, event.kind());
        match event.data() {
            EventData::Unknown(None) => {
                assert_eq!(event.known_kind(), None);
                account.unknown += 1;
                account.unknown_kinds.insert(kind);
            }
            EventData::Unknown(Some(error)) => account.misshaped.push(error.to_string()),
            data => {
                assert_eq!(data.kind(), event.known_kind());
                holds(&json["data"], &data.to_value().unwrap(), line);
                account.typed += 1;
                account.kinds.insert(kind);
            }
        }
    }
    account
}

/// `kind` as it stands in `line`.
fn kind_in<'a>(line: &'a str, kind: &str) -> &'a str {
    let start = line.find(&format!("\"{kind}\"")).unwrap() + 1;
    &line[start..start + kind.len()]
}

/// Asserts that `kept` has nothing that `sent` has not. Members that the schema lacks are not kept.
fn holds(sent: &Value, kept: &Value, line: &str) {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            for (name, value) in kept {
                let sent = sent.get(name).unwrap_or(&Value::Null);
                holds(sent, value, line);
            }
        }
        (Value::Array(sent), Value::Array(kept)) => {
            assert_eq!(sent.len(), kept.len(), "{line}");
            sent.iter().zip(kept).for_each(|(sent, kept)| holds(sent, kept, line));
        }
        (Value::Number(sent), Value::Number(kept)) => {
            assert_eq!(sent.as_f64(), kept.as_f64(), "{line}");
        }
        _ => assert_eq!(sent, kept, "{line}"),
    }
}

fn check(name: &str, kinds: usize, unknown_kinds: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds/events");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let account = account(&lines);
    println!(
        "{name}: {} events of {} kinds typed, {} of {} other kinds, {} that do not decode",
        account.typed,
        account.kinds.len(),
        account.unknown,
        account.unknown_kinds.len(),
        account.misshaped.len(),
    );
    assert_eq!(account.misshaped, Vec::<String>::new());
    assert_eq!((account.kinds.len(), account.unknown_kinds.len()), (kinds, unknown_kinds));
}

#[test]
fn every_event_of_the_pinned_runtime_is_typed_or_of_a_kind_that_its_schema_lacks() {
    check("runtime-1.0.85.jsonl", 66, 13);
}

#[test]
fn every_event_of_a_later_cli_is_typed_or_of_a_kind_that_the_schema_lacks() {
    check("cli-1.0.102.jsonl", 55, 17);
}
