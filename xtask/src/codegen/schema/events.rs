//! Reads the kinds of events and the types of their payloads.

use anyhow::{Context, Result};

use crate::codegen::corrections::Correction;
use crate::codegen::ir::{Document, Item, Kind};
use crate::codegen::schema::definitions::required;
use crate::codegen::schema::descriptions::docs;
use crate::codegen::schema::reader::Reader;
use crate::codegen::{corrections, names};
use crate::schemas::json::Node;

/// Reads the kinds of events and the types that they need.
pub(crate) fn events(schema: &Node, corrections: &[Correction]) -> Result<Document> {
    let mut reader = Reader::new(schema)?;
    let union = reader.definitions.get("SessionEvent")?;
    let events = union.get("anyOf").context("SessionEvent is no union")?.items();
    let mut kinds = Vec::new();
    let mut payloads = Vec::new();
    for event in events {
        let (kind, payload) = read_kind(&mut reader, event)?;
        kinds.push(kind);
        payloads.push(payload);
    }
    // All payloads have their names before the types inside of them get theirs.
    for (kind, payload) in kinds.iter().zip(payloads) {
        let body = reader.body(payload, &kind.name, None)?;
        reader.items.insert(kind.name.clone(), Item { docs: docs(payload, &[]), body });
    }
    let mut document = Document { items: reader.items, kinds, ..Document::default() };
    corrections::apply(&mut document, corrections)?;
    Ok(document)
}

/// The kind of `event`, whose name is reserved, and the schema of its payload.
fn read_kind<'a>(reader: &mut Reader<'a>, event: &'a Node) -> Result<(Kind, &'a Node)> {
    let event = reader.definitions.resolved(event)?;
    let properties = event.get("properties").context("an event without fields")?;
    let wire = properties
        .get("type")
        .and_then(|node| node.str_at("const"))
        .context("an event without a type")?;
    let data = properties.get("data").with_context(|| format!("{wire} has no payload"))?;
    let name = names::pascal(wire);
    reader.claim(&name, wire)?;
    let payload = reader.definitions.resolved(data)?;
    // For some kinds the flag is optional: their events are persisted at times.
    let ephemeral = properties.get("ephemeral").is_some_and(|node| node.is_true("const"))
        && required(event).contains(&"ephemeral");
    Ok((Kind { wire: wire.to_owned(), name, ephemeral }, payload))
}
