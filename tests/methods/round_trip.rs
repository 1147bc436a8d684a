//! A document that decodes is encoded again without loss.

use std::collections::BTreeSet;

use copilot_sessions::methods::{ProtocolSectionOverride, names};

use crate::methods::difference;
use crate::schema::{Made, Schema, Style};
use crate::{table, tree};

const SEEDS: u64 = 20;
/// How many more there are at most until a large union has shown all its variants.
const MORE_SEEDS: u64 = 5000;

#[test]
fn every_method_of_the_schema_has_a_name_and_no_other() {
    let methods = tree::methods(&Schema::of_methods());
    for (known, is_in) in [
        (names::SERVER, &|side: &str| side == "server"),
        (names::SESSION, &|side: &str| side == "session"),
        (names::CLIENT, &|side: &str| side.starts_with("client")),
    ] as [(&[&str], &dyn Fn(&str) -> bool); 3]
    {
        let methods = methods.iter().filter(|method| is_in(method.side));
        let wire: BTreeSet<_> = methods.map(|method| method.wire.as_str()).collect();
        assert_eq!(known.iter().copied().collect::<BTreeSet<_>>(), wire);
        assert!(known.is_sorted() && known.len() == wire.len());
    }
    assert_eq!(methods.len(), 387);
}

#[test]
fn every_parameter_and_result_keeps_what_the_schema_knows_of_a_document() {
    let schema = Schema::of_methods();
    let methods = tree::methods(&schema);
    let mut documents = 0;
    let mut seen = BTreeSet::new();
    for method in &methods {
        let (params, result) = table::types(&method.wire);
        for (part, node, codec) in
            [("params", &method.params, params), ("result", &method.result, result)]
        {
            let wire = &method.wire;
            assert_eq!(node.is_some(), codec.is_some(), "the {part} of {wire}");
            let (Some(node), Some(codec)) = (node, codec) else { continue };
            let reachable = schema.definitions_of([node]);
            for style in [Style::Least, Style::Later, Style::Full] {
                for seed in 0..MORE_SEEDS {
                    let is_enough = style != Style::Full || reachable.is_subset(&seen);
                    if seed >= SEEDS && is_enough {
                        break;
                    }
                    let Made { document, kept, used, .. } = schema.make(node, style, seed);
                    let json = document.to_string();
                    let about = || format!("{part} of {wire}, {style:?}, seed {seed}: {json}");
                    let written = codec(&json);
                    let written =
                        written.unwrap_or_else(|error| panic!("{error}: {}", about()));
                    assert_eq!(difference(&kept, &written), None, "{}", about());
                    documents += 1;
                    seen.extend(used);
                }
            }
        }
    }
    println!("{documents} documents for {} methods", methods.len());
    let parts = methods.iter().flat_map(|method| method.params.iter().chain(&method.result));
    let reachable = schema.definitions_of(parts);
    let unseen: Vec<_> = reachable.difference(&seen).collect();
    assert_eq!(unseen, [""; 0], "every type was among them");
}

#[test]
fn a_member_with_a_text_of_its_own_tells_objects_apart() {
    let read = |text: &str| serde_json::from_str::<ProtocolSectionOverride>(text).unwrap();
    for text in [r#"{"action":"replace","content":"c"}"#, r#"{"action":"remove"}"#] {
        let ProtocolSectionOverride::ProtocolStaticSectionOverride(_) = read(text) else {
            panic!("{text} is {:?}", read(text))
        };
    }
    for text in [r#"{"action":"transform"}"#, r#"{"action":"preserve"}"#] {
        let ProtocolSectionOverride::ProtocolMarkerSectionOverride(_) = read(text) else {
            panic!("{text} is {:?}", read(text))
        };
    }
    for text in [r#"{"action":"later","content":5}"#, r#"{"content":"c"}"#] {
        let ProtocolSectionOverride::Unknown(_) = read(text) else {
            panic!("{text} is {:?}", read(text))
        };
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }
}
