//! Wrong types, missing fields and unknown variants are reported with their path, and no byte is lost.

use copilot_sessions::events::kinds::{
    AssistantMessage, PermissionRequest, PermissionRequested, PersistedBinaryResult,
    ToolExecutionComplete, UserMessageDelivery,
};
use copilot_sessions::events::{DecodeError, Event, EventData, EventDraft, EventLogWriter};
use serde_json::{Value, json};

use crate::document::{Document, path};
use crate::schema::{Schema, Style};

/// An event of `kind` in a log.
fn event(kind: &str, data: &str) -> Event {
    let raw = format!(
        r#"{{"type":"{kind}","id":"i","timestamp":"t","parentId":null,"data":{data}}}"#
    );
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    writer.append(EventDraft::parse(&raw)).unwrap();
    let event = log.events().next_ready().unwrap().unwrap();
    assert_eq!(event.raw(), raw);
    assert_eq!(event.problem(), None);
    event
}

fn refused(kind: &str, data: &str) -> DecodeError {
    let event = event(kind, data);
    let EventData::Unknown(Some(error)) = event.data() else {
        panic!("{kind} takes {data}: {:?}", event.data())
    };
    assert_eq!(error.event_kind(), kind);
    // Nothing of it is lost.
    assert_eq!(event.raw_data(), data);
    error.clone()
}

/// The document with the members of every object the other way round.
fn reversed(document: &Document) -> Document {
    match document {
        Document::Leaf(value) => Document::Leaf(value.clone()),
        Document::List(items) => Document::List(items.iter().map(reversed).collect()),
        Document::Object(members) => {
            let members = members.iter().rev();
            Document::Object(members.map(|(name, it)| (name.clone(), reversed(it))).collect())
        }
    }
}

#[test]
fn every_value_of_a_wrong_type_is_named_by_its_path() {
    let schema = Schema::pinned();
    let mut wrong_values = 0;
    for (kind, payload) in schema.kinds() {
        for seed in 0..6 {
            let made = schema.make(payload, Style::Full, seed);
            for place in &made.places {
                let wrong = Document::Leaf(place.wrong.clone());
                let document = made.document.with(&place.steps, Some(&wrong));
                // The tag of a union comes first in one, and last in the other.
                for document in [document.to_string(), reversed(&document).to_string()] {
                    let error = refused(kind, &document);
                    assert_eq!(error.path(), path(&place.steps), "{kind}: {document}");
                }
                wrong_values += 1;
            }
        }
        assert_eq!(refused(kind, "5").path(), "");
        assert_eq!(refused(kind, "[]").path(), "");
    }
    println!("{wrong_values} wrong_values");
    assert!(wrong_values > 9_000);
}

#[test]
fn every_required_member_that_is_missing_is_named_by_its_path() {
    let schema = Schema::pinned();
    let mut missing = 0;
    for (kind, payload) in schema.kinds() {
        for seed in 0..6 {
            let made = schema.make(payload, Style::Full, seed);
            for place in made.places.iter().filter(|place| place.required) {
                let document = made.document.with(&place.steps, None);
                for document in [document.to_string(), reversed(&document).to_string()] {
                    let error = refused(kind, &document);
                    assert_eq!(error.path(), path(&place.steps), "{kind}: {document}");
                }
                missing += 1;
            }
        }
    }
    println!("{missing} members left out");
    assert!(missing > 2_000);
}

#[test]
fn unknown_values_and_variants_are_kept_as_they_were_sent() {
    let data = r#"{"requestId":"r","permissionRequest":{"kind":"teleport","where":["moon"]}}"#;
    let requested = event("permission.requested", data);
    let requested = requested.get::<PermissionRequested>().unwrap();
    let PermissionRequest::Unknown(value) = &requested.permission_request else { panic!() };
    assert_eq!(*value, json!({ "kind": "teleport", "where": ["moon"] }));

    let message = event("user.message", r#"{"content":"","delivery":"by hand"}"#);
    let EventData::UserMessage(message) = message.data() else { panic!() };
    assert_eq!(message.delivery, Some(UserMessageDelivery::Unknown("by hand".into())));
    assert_eq!(message.delivery.as_ref().unwrap(), &"by hand");
}

#[test]
fn a_union_reads_its_tag_wherever_it_stands() {
    let first =
        r#"{"kind":"url","intention":"to read","url":"https://example.com","toolCallId":"t"}"#;
    let last =
        r#"{"toolCallId":"t","url":"https://example.com","intention":"to read","kind":"url"}"#;
    let read = |request: &str| -> PermissionRequest { serde_json::from_str(request).unwrap() };
    assert!(matches!(read(first), PermissionRequest::Url(_)));
    assert_eq!(read(first), read(last));
    let value: Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        serde_json::from_value::<PermissionRequest>(value.clone()).unwrap(),
        read(first)
    );
    assert_eq!(serde_json::to_value(read(last)).unwrap(), value);

    for no_tag in [r#"{"url":"u"}"#, r#"{"kind":7,"url":"u"}"#, "{}"] {
        let PermissionRequest::Unknown(value) = read(no_tag) else { panic!("{no_tag}") };
        assert_eq!(value, serde_json::from_str::<Value>(no_tag).unwrap());
    }
    // Wherever the tag stands, unknown members may be anything, and of two tags the first counts.
    for rest in [r#""extra":"\ud800""#, r#""extra":1e400"#, r#""kind":"shell""#] {
        for start in [r#""kind":"url","intention":"i""#, r#""intention":"i","kind":"url""#] {
            let request = format!(r#"{{{start},"url":"u",{rest}}}"#);
            assert!(matches!(read(&request), PermissionRequest::Url(_)), "{request}");
        }
    }
    // A tag that does not come first costs no error its place.
    for rest in [r#""kind":"url""#, r#""kind":"url","more":{}"#, "\"kind\" : \"url\"\n"] {
        let request = format!(r#"{{"url":5,"intention":"i",{rest}}}"#);
        let data = format!(r#"{{"requestId":"r","permissionRequest":{request}}}"#);
        let error = refused("permission.requested", &data);
        assert_eq!(error.path(), "permissionRequest.url", "{data}");
        assert!(
            error.to_string().contains("invalid type: integer, expected a string"),
            "{error}"
        );
    }
}

#[test]
fn an_untagged_union_is_chosen_by_its_fields() {
    let read = |result: &str| serde_json::from_str::<PersistedBinaryResult>(result);
    let asset = r#"{"later":1e400,"byteLength":1,"mimeType":"m","assetId":"a","type":"image"}"#;
    assert!(matches!(read(asset).unwrap(), PersistedBinaryResult::BinaryAssetReference(_)));
    let image = r#"{"data":"","mimeType":"m","later":"\ud800","type":"resource"}"#;
    assert!(matches!(read(image).unwrap(), PersistedBinaryResult::PersistedBinaryImage(_)));
    let image = r#"{"type":"image","data":"","mimeType":"m","omittedReason":null}"#;
    assert!(matches!(read(image).unwrap(), PersistedBinaryResult::PersistedBinaryImage(_)));
    let other = r#"{"type":"image","mimeType":"m","elsewhere":true}"#;
    let PersistedBinaryResult::Unknown(value) = read(other).unwrap() else { panic!() };
    assert_eq!(value, serde_json::from_str::<Value>(other).unwrap());
    assert_eq!(
        serde_json::from_value::<PersistedBinaryResult>(value).unwrap(),
        read(other).unwrap()
    );

    // What says that it is an image, but is none, is not passed off as one that is not known.
    let complete = |result: &str| {
        let results = format!(r#"{{"content":"","binaryResultsForLlm":[{result}]}}"#);
        format!(r#"{{"toolCallId":"t","success":true,"result":{results}}}"#)
    };
    for (result, path) in [
        (r#"{"data":"","mimeType":5,"type":"image"}"#, "[0].mimeType"),
        (r#"{"data":"","type":"image"}"#, "[0].mimeType"),
        (r#"{"data":{"not":"this"},"mimeType":"m","type":"image"}"#, "[0].data"),
        ("5", "[0]"),
    ] {
        let error = refused("tool.execution_complete", &complete(result));
        assert_eq!(error.path(), format!("result.binaryResultsForLlm{path}"), "{error}");
    }
}

#[test]
fn of_a_member_that_is_there_twice_the_last_counts() {
    let message =
        event("user.message", r#"{"content":"a","content":"b","source":"s","source":null}"#);
    let EventData::UserMessage(message) = message.data() else { panic!("{message:?}") };
    assert_eq!((message.content.as_str(), &message.source), ("b", &None));
}

#[test]
fn get_and_data_return_the_same_payload() {
    let message = event("assistant.message", r#"{"messageId":"m","content":"c"}"#);
    assert_eq!(message.get::<AssistantMessage>().unwrap().content, "c");
    assert!(matches!(message.data(), EventData::AssistantMessage(_)));
    assert!(message.get::<ToolExecutionComplete>().is_none());
    let wrong = event("assistant.message", r#"{"content":"c"}"#);
    assert!(wrong.get::<AssistantMessage>().is_none());
    let EventData::Unknown(Some(error)) = wrong.data() else { panic!("{wrong:?}") };
    assert_eq!(error.path(), "messageId");
}
