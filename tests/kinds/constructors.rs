//! Payloads that no runtime has sent.

use copilot_sessions::events::kinds::{
    AssistantMessageDelta, PermissionRequest, PermissionRequestUrl, PermissionRequested,
    SessionIdle, SessionMode,
};
use copilot_sessions::events::{EventData, Payload};
use serde_json::json;

#[test]
fn a_payload_is_made_from_what_is_required_and_the_rest_is_set() {
    let delta = AssistantMessageDelta::new("m", "text");
    assert_eq!(
        serde_json::to_value(&delta).unwrap(),
        json!({ "messageId": "m", "deltaContent": "text" })
    );
    let data = Box::new(delta.clone()).into_data();
    assert_eq!(AssistantMessageDelta::from_data(&data), Some(&delta));
    assert_eq!(SessionIdle::from_data(&data), None);

    let mut idle = SessionIdle::default();
    assert_eq!(serde_json::to_value(&idle).unwrap(), json!({}));
    idle.mode = Some(SessionMode::Autopilot);
    assert_eq!(serde_json::to_value(&idle).unwrap(), json!({ "mode": "autopilot" }));
}

#[test]
fn a_variant_is_written_with_its_tag() {
    let url = PermissionRequestUrl::new("to read", "https://example.com");
    let requested = PermissionRequested::new("r", PermissionRequest::Url(url));
    let value = serde_json::to_value(&requested).unwrap();
    assert_eq!(
        value,
        json!({
            "requestId": "r",
            "permissionRequest": { "kind": "url", "intention": "to read", "url": "https://example.com" },
        })
    );
    let data = EventData::decode("permission.requested", &value.to_string());
    assert_eq!(data, Box::new(requested).into_data());
}
