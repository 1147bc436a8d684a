//! Every method that a client may call, through its typed function.

use std::error::Error as _;

use copilot_sessions::methods::names;
use futures::join;
use serde_json::{Value, json};

use crate::document::{Document, path};
use crate::methods::difference;
use crate::schema::{Made, Place, Schema, Style};
use crate::{active, table, tree};

#[tokio::test]
async fn every_method_asks_by_its_name_with_what_the_schema_wants_and_reads_the_answer() {
    let (agent, client, session) = active().await;
    let schema = Schema::of_methods();
    let methods = tree::methods(&schema);
    let methods: Vec<_> =
        methods.iter().filter(|method| !method.is_called_by_the_runtime()).collect();
    assert_eq!(methods.len(), names::SERVER.len() + names::SESSION.len());
    for method in &methods {
        agent.hold(&method.wire);
    }
    for (number, method) in methods.iter().enumerate() {
        let wire = method.wire.as_str();
        for style in [Style::Full, Style::Least] {
            let make = |node: &Option<Value>| {
                node.as_ref().map(|node| schema.make(node, style, number as u64))
            };
            let params = make(&method.params).map_or(json!({}), |made| made.kept);
            let result = make(&method.result);
            let (answer, kept) = match &result {
                Some(Made { document, kept, .. }) => (document.to_string(), kept.clone()),
                // Runtimes write it in two forms.
                None if style == Style::Full => ("{}".to_owned(), Value::Null),
                None => ("null".to_owned(), Value::Null),
            };
            let call = table::call(&client, &session, wire, &params);
            let agent = async {
                let request = agent.expect(wire).await;
                let mut sent = request.params().clone();
                if method.side == "session" {
                    let id = sent.as_object_mut().unwrap().remove("sessionId");
                    assert_eq!(id, Some(json!(session.id())), "{wire}");
                }
                assert_eq!(difference(&params, &sent), None, "{wire}");
                request.reply(serde_json::from_str(&answer).unwrap());
            };
            let (called, ()) = join!(call, agent);
            let called = called.unwrap_or_else(|error| panic!("{wire}: {error}: {answer}"));
            assert_eq!(difference(&kept, &called), None, "{wire}");
        }
    }
}

/// Members that the schema requires and a runtime leaves out: the generator's corrections.
const MAY_BE_ABSENT: [(&str, &str); 2] = [
    ("session.agent.getCurrent", "agent"),
    ("session.tools.getBuiltinDescriptors", "hasSummariseIntention"),
];

/// Documents like `made` with one wrong value each, and the path that the error must name.
fn wrong_documents(wire: &str, made: &Made) -> Vec<(String, Document)> {
    let Made { document, places, .. } = made;
    let mut wrong_documents = Vec::new();
    for Place { steps, wrong, required } in places {
        let other = Document::Leaf(wrong.clone());
        wrong_documents.push((path(steps), document.with(steps, Some(&other))));
        let is_corrected = |(method, member): &(&str, &str)| {
            *method == wire && path(steps).rsplit('.').next() == Some(member)
        };
        if *required && !MAY_BE_ABSENT.iter().any(is_corrected) {
            wrong_documents.push((path(steps), document.with(steps, None)));
        }
    }
    wrong_documents
}

#[tokio::test]
async fn every_wrong_value_in_a_result_is_named_by_its_path() {
    let (agent, client, session) = active().await;
    let schema = Schema::of_methods();
    let mut refused = 0;
    for (number, method) in tree::methods(&schema).iter().enumerate() {
        let wire = method.wire.as_str();
        let Some(result) =
            method.result.as_ref().filter(|_| !method.is_called_by_the_runtime())
        else {
            continue;
        };
        agent.hold(wire);
        let params = method.params.as_ref();
        let params = params
            .map_or(json!({}), |node| schema.make(node, Style::Least, number as u64).kept);
        for (place, answer) in
            wrong_documents(wire, &schema.make(result, Style::Full, number as u64))
        {
            let agent = async {
                let request = agent.expect(wire).await;
                request.reply(serde_json::from_str(&answer.to_string()).unwrap());
            };
            let (called, ()) = join!(table::call(&client, &session, wire, &params), agent);
            let error = called.expect_err(&answer.to_string());
            let text = error.to_string();
            let (_, told) = text.split_once("does not have the expected type").unwrap();
            let told = told.split_once('`').map_or("", |(_, told)| told);
            let told = told.split_once("`;").map_or("", |(told, _)| told);
            // The agent sorts members, so what says which variant it is may come last.
            let cause = error.source().unwrap().to_string();
            assert_eq!(told, place, "{wire}: {text}: {cause}: {answer}");
            refused += 1;
        }
    }
    println!("{refused} answers refused");
    assert!(refused > 1000);
}
