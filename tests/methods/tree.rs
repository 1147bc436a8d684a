//! The methods of the schema, read without the generator.

use serde_json::Value;

use crate::schema::Schema;

/// A method, as the schema has it.
pub(crate) struct Method {
    pub(crate) wire: String,
    /// `server`, `session`, `clientSession` or `clientGlobal`.
    pub(crate) side: &'static str,
    /// Without the session's id where that is filled in; `None` if nothing is left.
    pub(crate) params: Option<Value>,
    /// `None` if it is null.
    pub(crate) result: Option<Value>,
}

impl Method {
    pub(crate) fn is_called_by_the_runtime(&self) -> bool {
        self.side.starts_with("client")
    }
}

pub(crate) fn methods(schema: &Schema) -> Vec<Method> {
    let mut found = Vec::new();
    for side in ["server", "session", "clientSession", "clientGlobal"] {
        collect(schema, side, schema.part(side), &mut found);
    }
    found
}

fn collect(schema: &Schema, side: &'static str, node: &Value, found: &mut Vec<Method>) {
    for child in node.as_object().unwrap().values() {
        let Some(wire) = child["rpcMethod"].as_str() else {
            collect(schema, side, child, found);
            continue;
        };
        let result = &child["result"];
        found.push(Method {
            wire: wire.to_owned(),
            side,
            params: params(schema, side, &child["params"]),
            result: (result["type"] != "null").then(|| result.clone()),
        });
    }
}

fn params(schema: &Schema, side: &str, node: &Value) -> Option<Value> {
    let mut node = node.clone();
    if side == "session" {
        without_session(&mut node);
    }
    let whole = schema.resolved(&node);
    let choices = whole["anyOf"].as_array().into_iter().flatten();
    let has_members = choices.chain([whole]).any(|object| {
        let object = schema.resolved(object);
        object["properties"].as_object().is_some_and(|members| !members.is_empty())
    });
    has_members.then_some(node)
}

fn without_session(node: &mut Value) {
    if let Some(choices) = node["anyOf"].as_array_mut() {
        choices.iter_mut().for_each(without_session);
    }
    if let Some(members) = node["properties"].as_object_mut() {
        members.remove("sessionId").expect("it is about a session");
    }
    if let Some(required) = node["required"].as_array_mut() {
        required.retain(|name| name != "sessionId");
    }
}
