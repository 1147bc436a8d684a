//! Tests of payloads: fields, unions, enums, corrections.

use crate::codegen::corrections::{Correction, Deviation};
use crate::codegen::{emit, files, render, schema};
use crate::schemas::json::Node;

/// A schema of one event `a.b`, whose payload is `Data`.
fn of(definitions: &str) -> Node {
    let text = format!(
        r##"{{"definitions":{{
            "SessionEvent":{{"anyOf":[{{"$ref":"#/definitions/BEvent"}}]}},
            "BEvent":{{"properties":{{"type":{{"const":"a.b"}},"data":{{"$ref":"#/definitions/Data"}}}}}},
            {definitions}}}}}"##
    );
    Node::parse(&text).unwrap()
}

fn written(definitions: &str) -> String {
    render::events(&of(definitions), "1").unwrap().remove("a.rs").unwrap()
}

fn refused(definitions: &str) -> String {
    render::events(&of(definitions), "1").unwrap_err().to_string()
}

#[test]
fn a_field_is_optional_in_rust_if_it_may_be_absent_or_null() {
    let text = written(
        r#""Data":{"properties":{
            "a":{"type":"string"},"bC":{"type":["string","null"]},
            "d":{"type":"integer","minimum":0},"e":{"type":"array","items":{"type":"number"}},
            "f":{"type":"object","additionalProperties":{"x-opaque-json":true}},
            "type":{"anyOf":[{"not":{}},{"type":"integer"}]}},
            "required":["a","bC","d"],"additionalProperties":false}"#,
    );
    for line in [
        "pub a: String,",
        "pub b_c: Option<String>,",
        "pub d: u64,",
        "pub e: Option<Vec<f64>>,",
        "pub f: Option<BTreeMap<String, Value>>,",
        "pub r#type: Option<i64>,",
        "pub fn new(a: impl Into<String>, d: u64) -> Self {",
        "required a = \"a\",",
        "nullable b_c = \"bC\",",
        "optional r#type = \"type\",",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("Default"), "{text}");
    assert!(
        written(r#""Data":{"properties":{"a":{"type":"string"}}}"#)
            .contains("Default, PartialEq")
    );
}

#[test]
fn a_variant_has_its_tag_as_a_field_only_if_it_is_also_used_outside_of_the_union() {
    let variant = |kind: &str| {
        format!(
            r#"{{"properties":{{"kind":{{"const":"{kind}"}},"x":{{"type":"boolean"}}}},"required":["kind"]}}"#
        )
    };
    let text = written(&format!(
        r#""One":{},"Two":{},
        "U":{{"anyOf":[{{"$ref":"/One"}},{{"$ref":"/Two"}},{}]}},
        "Data":{{"properties":{{"u":{{"$ref":"/U"}},"two":{{"$ref":"/Two"}}}}}}"#,
        variant("one"),
        variant("two"),
        variant("in-line"),
    ));
    for line in [
        "tagged_union!(U, \"kind\" {",
        "bare One = \"one\",",
        "whole Two = \"two\",",
        "bare InLine = \"in-line\",",
        "InLine(UInLine),",
        "pub kind: TwoKind,",
        "pub struct UInLine {",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("OneKind"), "{text}");
}

#[test]
fn variants_without_a_tag_are_told_apart_by_their_fields() {
    let objects = r#""One":{"properties":{"x":{"type":"string"}},"required":["x"]},
        "Two":{"properties":{"x":{"type":"string"},"y":{"type":"string"}},"required":["x","y"]},
        "Do":{"properties":{"x":{"enum":["a","b"]},"z":{"type":"string"}},"required":["x"]},
        "Dont":{"anyOf":[{"properties":{"x":{"const":"c"}},"required":["x"]},
            {"properties":{"x":{"const":"d"}},"required":["x"]}]},"#;
    let union = |choices: &str| {
        format!(r#"{objects}"Data":{{"properties":{{"u":{{"anyOf":[{choices}]}}}}}}"#)
    };
    for (choices, arms) in [
        (r#"{"$ref":"/One"},{"$ref":"/Two"}"#, ["Two by \"y\",", "One by \"x\","]),
        (
            r#"{"$ref":"/Do"},{"$ref":"/Dont"}"#,
            ["Do by \"x\" = \"a\" | \"b\",", "Dont by \"x\" = \"c\" | \"d\","],
        ),
    ] {
        let text = written(&union(choices));
        let order: Vec<_> = arms
            .iter()
            .map(|arm| text.find(arm).unwrap_or_else(|| panic!("{arm} is not in {text}")))
            .collect();
        assert!(order.is_sorted(), "{text}");
    }
    for choices in [r#"{"$ref":"/One"},{"$ref":"/Do"}"#, r#"{"$ref":"/One"},{"type":"string"}"#]
    {
        let error = refused(&union(choices));
        assert!(error.contains("nothing tells the choices of ABU apart"), "{error}");
    }
}

#[test]
fn values_get_names_and_a_name_clash_is_an_error() {
    let text = written(r#""Data":{"properties":{"m":{"enum":["a-b","unknown","5"]}}}"#);
    for line in ["AB = \"a-b\",", "UnknownValue = \"unknown\",", "V5 = \"5\","] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let error = refused(r#""AB":{"properties":{}},"Data":{"properties":{"x":{"$ref":"/AB"}}}"#);
    assert!(error.contains("both called AB"), "{error}");
    let error = refused(r#""Data":{"properties":{"x":{"type":"date"}}}"#);
    assert!(error.contains("unknown type date"), "{error}");
}

#[test]
fn a_correction_makes_a_field_optional_and_is_an_error_when_it_corrects_nothing() {
    let schema = of(r#""Data":{"properties":{"a":{"type":"string"}},"required":["a"]}"#);
    let correction = |field| Correction {
        item: "AB",
        field,
        deviation: Deviation::Absent,
        evidence: "absent in a test",
    };
    let document = schema::events(&schema, &[correction("a")]).unwrap();
    let types = files::of_types(&document);
    let text = emit::types::file(&document, &types["a"], "", &[]);
    assert!(
        text.contains("pub a: Option<String>,") && text.contains("absent in a test"),
        "{text}"
    );
    assert!(schema::events(&schema, &[correction("b")]).is_err());
}
