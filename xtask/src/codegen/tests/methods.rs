//! Tests of methods: parameters, results, shared types, corrections.

use crate::codegen::corrections::{Correction, Deviation};
use crate::codegen::render;
use crate::schemas::json::Node;

const EVENTS: &str = r##"{"definitions":{
    "SessionEvent":{"anyOf":[{"$ref":"#/definitions/Event"}]},
    "Event":{"properties":{"type":{"const":"a.b"},"data":{"properties":{
        "mode":{"$ref":"#/definitions/Mode"},"size":{"$ref":"#/definitions/Size"},
        "one":{"anyOf":[{"$ref":"#/definitions/One"},{"$ref":"#/definitions/Two"}]}}}}},
    "Mode":{"enum":["x"],"x-enumDescriptions":{"x":"it was x"}},
    "Size":{"enum":["s"]},
    "One":{"properties":{"kind":{"const":"one"}},"required":["kind"]},
    "Two":{"properties":{"kind":{"const":"two"}},"required":["kind"]}}}"##;

/// The file `name`, for the methods `server` and `session` and their `definitions`.
fn written(server: &str, session: &str, definitions: &str, name: &str) -> String {
    let schema = format!(
        r#"{{"server":{{{server}}},"session":{{{session}}},"definitions":{{{definitions}}}}}"#
    );
    let (schema, events) = (Node::parse(&schema).unwrap(), Node::parse(EVENTS).unwrap());
    let (mut methods, mut table) = render::methods(&schema, &events, &[], "1").unwrap();
    methods.remove(name).or_else(|| table.remove(name)).unwrap()
}

#[track_caller]
fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}

#[test]
fn the_handle_of_a_session_fills_in_the_session_id() {
    let session = r#""mode":{
        "get":{"rpcMethod":"session.mode.get","description":"tells","result":{"type":"null"},
            "params":{"properties":{"sessionId":{"type":"string"}},"required":["sessionId"]}},
        "set":{"rpcMethod":"session.mode.set","description":"sets","result":{"type":"integer"},
            "visibility":"internal",
            "params":{"title":"SetRequest","anyOf":[{"not":{}},{"required":["sessionId","m"],
            "properties":{"sessionId":{"type":"string"},"m":{"type":"string"}}}]}}}"#;
    let text = written("", session, "", "session_mode.rs");
    has(
        &text,
        &[
            "pub struct SessionModeMethods<'a>",
            "pub fn get(self) -> Call<'a, ()> {",
            "Call::new(self.0, \"session.mode.get\")",
            "pub fn set(self, params: SetRequest) -> Call<'a, i64> {",
            "/// Sets. Internal to the runtime.\n    ///\n    /// Calls `session.mode.set`.",
            "pub m: String,",
        ],
    );
    assert!(!text.contains("session_id"), "{text}");
    has(&written("", session, "", "session.rs"), &["pub fn mode(self) -> SessionModeMethods"]);
    let table = written("", session, "", "table.rs");
    has(
        &table,
        &["\"session.mode.set\" => with(params, |params| session.rpc().mode().set(params))"],
    );
}

#[test]
fn a_method_with_only_optional_parameters_has_a_function_without_and_one_with_them() {
    let server = r##""a":{"list":{"rpcMethod":"a.list","result":{"type":"null"},
        "params":{"$ref":"#/definitions/ListRequest"}}}"##;
    let definitions =
        r#""ListRequest":{"type":"object","properties":{"n":{"type":"integer"}}}"#;
    let text = written(server, "", definitions, "server_a.rs");
    has(
        &text,
        &[
            "pub fn list(self) -> Call<'a, ()> {",
            "/// [`list`](Self::list), with parameters.",
            "/// The parameters of [`a.list`](super::ServerAMethods::list_with).\n#[derive",
            "pub fn list_with(self, params: ListRequest) -> Call<'a, ()> {",
        ],
    );
    let call = "\"a.list\" => either(params, || client.rpc().a().list(), |params| client.rpc().a().list_with(params))";
    has(&written(server, "", definitions, "table.rs"), &[call]);
}

#[test]
fn a_type_without_a_description_is_documented_by_where_it_is_used() {
    let server = r##""a":{"b":{"rpcMethod":"a.b","params":null,"result":{"type":"object","title":"ABResult",
        "description":"what is found","required":["it"],"properties":{"it":{"anyOf":[
            {"$ref":"#/definitions/Bird"},{"$ref":"#/definitions/Fish"}]},
            "size":{"$ref":"#/definitions/Breadth"}}}}}"##;
    let definitions = r#""Bird":{"type":"object","properties":{"kind":{"const":"bird"}},"required":["kind"]},
        "Fish":{"type":"object","properties":{"kind":{"const":"fish"}},"required":["kind"]},
        "Breadth":{"type":"object","properties":{"n":{"type":"integer"}}}"#;
    let text = written(server, "", definitions, "server_a.rs");
    has(
        &text,
        &[
            "/// What is found.\n///\n/// The result of [`a.b`](super::ServerAMethods::b).\n",
            "/// The [`ABResultIt`](super::ABResultIt) whose `kind` is `bird`.\n",
            "/// In `size` of [`ABResult`](super::ABResult).\n",
        ],
    );
    let text = written(server, "", definitions, "server.rs");
    has(&text, &["/// The methods `a`: `b`.\n"]);
}

#[test]
fn a_required_field_that_may_be_null_is_always_a_parameter() {
    let server = r##""a":{"clear":{"rpcMethod":"a.clear","result":{"type":"null"},
        "params":{"$ref":"#/definitions/ClearRequest"}}}"##;
    let definitions = r#""ClearRequest":{"type":"object","required":["n"],"properties":{
        "n":{"anyOf":[{"type":"integer"},{"type":"null"}]}}}"#;
    let text = written(server, "", definitions, "server_a.rs");
    has(&text, &["pub fn clear(self, params: ClearRequest)", "nullable n = \"n\","]);
    assert!(!text.contains("_with"), "{text}");
}

#[test]
fn a_tag_may_be_a_boolean() {
    let server = r##""a":{"b":{"rpcMethod":"a.b","params":null,"result":{"anyOf":[
        {"$ref":"#/definitions/Done"},{"$ref":"#/definitions/Undone"}]}}}"##;
    let definitions = r#""Done":{"type":"object","properties":{"done":{"const":true}},"required":["done"]},
        "Undone":{"type":"object","properties":{"done":{"const":false}},"required":["done"]}"#;
    let text = written(server, "", definitions, "server_a.rs");
    has(
        &text,
        &["tagged_union!(ABResult, \"done\" {", "flag Done = true,", "flag Undone = false,"],
    );
    assert!(!text.contains("pub done"), "{text}");
}

#[test]
fn a_type_that_differs_from_one_of_the_events_only_in_descriptions_is_shared() {
    let server = r##""a":{"b":{"rpcMethod":"a.b","params":null,"result":{"type":"object","properties":{
        "mode":{"$ref":"#/definitions/Mode"},"size":{"$ref":"#/definitions/Size"}}}}}"##;
    let definitions = r#""Mode":{"enum":["x"],"x-enumDescriptions":{"x":"ask for x"}},"Size":{"enum":["s","m"]}"#;
    let text = written(server, "", definitions, "server_a.rs");
    has(&text, &["use crate::events::kinds::{Mode};", "pub enum Size {"]);
    assert!(!text.contains("pub enum Mode"), "{text}");
}

#[test]
fn a_type_that_needs_its_tag_is_not_shared_with_one_that_leaves_it_to_a_union() {
    let server = r##""a":{"b":{"rpcMethod":"a.b","params":null,
        "result":{"$ref":"#/definitions/One"}}}"##;
    let one = r#""One":{"properties":{"kind":{"const":"one"}},"required":["kind"]}"#;
    has(&written(server, "", one, "server_a.rs"), &["pub struct One {", "pub kind: OneKind,"]);
}

#[test]
fn a_correction_of_a_method_or_of_a_number_is_an_error_when_it_corrects_nothing() {
    let schema = r#"{"definitions":{},"session":{},"server":{"a":{"b":{"rpcMethod":"a.b",
        "params":null,"result":{"type":"object","properties":{
            "n":{"type":"integer","minimum":0}},"required":["n"]}}}}}"#;
    let (schema, events) = (Node::parse(schema).unwrap(), Node::parse(EVENTS).unwrap());
    let written = |item, field, deviation| {
        let correction = Correction { item, field, deviation, evidence: "seen in a test" };
        render::methods(&schema, &events, &[correction], "1")
            .map(|(mut files, _)| files.remove("server_a.rs").unwrap())
    };
    let text = written("a.b", "result", Deviation::NullResult).unwrap();
    has(&text, &["pub fn b(self) -> Call<'a, Option<ABResult>> {", "seen in a test"]);
    let text = written("ABResult", "n", Deviation::Negative).unwrap();
    has(&text, &["pub n: i64,", "seen in a test"]);
    assert!(written("a.c", "result", Deviation::NullResult).is_err());
    assert!(written("ABResult", "m", Deviation::Negative).is_err());
}
