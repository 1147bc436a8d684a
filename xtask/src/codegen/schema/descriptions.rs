//! What a schema says about a type or a field in words: its description, stability, unit and default.

use crate::codegen::ir::Docs;
use crate::schemas::json::Node;

/// The description of `node`, with `notes` and the notes that follow from its other keywords.
pub(super) fn docs(node: &Node, notes: &[String]) -> Docs {
    let mut notes = notes.to_vec();
    if node.str_at("stability") == Some("experimental") {
        notes.push("Experimental in the schema.".to_owned());
    }
    if node.str_at("visibility") == Some("internal") {
        notes.push("Internal to the runtime.".to_owned());
    }
    if node.is_true("deprecated") {
        notes.push("Deprecated in the schema.".to_owned());
    }
    Docs { text: node.str_at("description").unwrap_or_default().to_owned(), notes }
}

/// Notes about the values of a field that its description does not have.
pub(super) fn value_notes(property: &Node) -> Vec<String> {
    let text = property.str_at("description").unwrap_or_default().to_lowercase();
    let mut notes = Vec::new();
    // The format does not fix the unit: some durations are in seconds.
    if property.str_at("format") == Some("duration") && !text.contains("second") {
        notes.push("In milliseconds.".to_owned());
    }
    if property.str_at("contentEncoding") == Some("base64") && !text.contains("base64") {
        notes.push("In Base64.".to_owned());
    }
    if let Some(default) = property.get("default") {
        notes.push(format!("When absent: `{default}`."));
    }
    notes
}
