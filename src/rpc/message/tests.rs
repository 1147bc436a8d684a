use proptest::prelude::*;

use super::*;

fn rejected(frame: &str) -> String {
    Message::parse(frame).unwrap_err().into_owned()
}

/// A message with nothing unusual about it.
fn usual(frame: &str) -> Message<'_> {
    let (message, unusual) = Message::parse(frame).unwrap();
    assert_eq!(unusual, None, "{frame}");
    message
}

#[test]
fn a_method_borrows_from_its_frame_unless_it_is_escaped() {
    let plain = usual(r#"{"jsonrpc":"2.0","method":"a/b","params":{"x":1}}"#);
    let Message::Notification { method, params } = plain else {
        panic!("{plain:?}");
    };
    assert!(matches!(method, Cow::Borrowed("a/b")));
    assert_eq!(params.unwrap().get(), r#"{"x":1}"#);

    let escaped = usual(r#"{"method":"a\/\u0062","jsonrpc":"2.0"}"#);
    let Message::Notification { method, params } = escaped else {
        panic!("{escaped:?}");
    };
    assert!(matches!(method, Cow::Owned(ref text) if text == "a/b"));
    assert!(params.is_none());
}

#[test]
fn request_ids_are_integers_or_strings_and_keep_their_text() {
    for text in ["0", "-7", "1152921504606846976", "99999999999999999999999", r#""a\u0041""#] {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":{text},"method":"m"}}"#);
        let Message::Request { id, .. } = usual(&frame) else {
            panic!("not a request: {frame}");
        };
        assert_eq!(id.as_json(), text);
    }
}

#[test]
fn other_ids_are_rejected() {
    for id in ["1.5", "1e3", "true", "[1]", "{}"] {
        let reason = rejected(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#));
        assert_eq!(reason, "an id that is neither an integer nor a string");
    }
    assert_eq!(
        rejected(r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#),
        "a request with a null id"
    );
}

#[test]
fn a_null_result_is_a_result() {
    let message = usual(r#"{"jsonrpc":"2.0","id":3,"result":null}"#);
    let Message::Response { id, outcome } = message else {
        panic!("{message:?}");
    };
    assert_eq!(id, Some(3));
    assert_eq!(outcome.unwrap().get(), "null");
}

#[test]
fn a_null_error_beside_a_result_is_no_error() {
    let message = usual(r#"{"jsonrpc":"2.0","id":3,"error":null,"result":[]}"#);
    assert!(
        matches!(message, Message::Response { outcome: Ok(result), .. } if result.get() == "[]")
    );
}

#[test]
fn an_error_keeps_code_message_and_data() {
    let frame =
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"a\"b","data":{ "x":1}}}"#;
    let Message::Response { outcome, .. } = usual(frame) else {
        panic!("not a response");
    };
    let error = outcome.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (-32603, "a\"b"));
    assert_eq!(error.data.unwrap().get(), r#"{ "x":1}"#);
}

#[test]
fn a_malformed_response_still_fails_its_call() {
    for rest in [r#","error":"boom""#, r#","error":{"code":"x"}"#, ""] {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":1{rest}}}"#);
        let Message::Response { id, outcome } = usual(&frame) else {
            panic!("not a response: {frame}");
        };
        assert_eq!(id, Some(1));
        assert_eq!(outcome.unwrap_err().code, RpcError::INTERNAL_ERROR);
    }
}

#[test]
fn a_message_that_is_not_as_it_should_be_is_understood_if_nothing_is_in_doubt() {
    for (frame, id) in [
        (r#"{"jsonrpc":"2.0","id":"7","result":1}"#, Some(7)),
        (r#"{"jsonrpc":"2.0","id":7.0,"result":1}"#, Some(7)),
        (r#"{"id":7,"result":1}"#, Some(7)),
        (r#"{"jsonrpc":2.0,"id":7,"result":1}"#, Some(7)),
        (r#"{"jsonrpc":"2.0","id":-1,"result":1}"#, None),
        (r#"{"jsonrpc":"2.0","id":"a","result":1}"#, None),
    ] {
        let (message, unusual) = Message::parse(frame).unwrap();
        assert!(unusual.is_some(), "{frame}");
        let Message::Response { id: found, outcome } = message else { panic!("{frame}") };
        assert_eq!((found, outcome.unwrap().get()), (id, "1"), "{frame}");
    }
    let (message, unusual) = Message::parse(r#"{"method":"m"}"#).unwrap();
    assert!(matches!(message, Message::Notification { .. }) && unusual.is_some());
    let (message, unusual) = Message::parse(r#" [{"a":1}, 2]"#).unwrap();
    let Message::Batch(messages) = message else { panic!() };
    assert_eq!((messages.len(), unusual.is_some()), (2, true));
}

#[test]
fn an_error_without_an_id_is_unattributed() {
    for id in [r#""id":null,"#, ""] {
        let frame =
            format!(r#"{{"jsonrpc":"2.0",{id}"error":{{"code":-32700,"message":"m"}}}}"#);
        assert!(matches!(
            usual(&frame),
            Message::UnattributedError(RpcError { code: -32700, .. })
        ));
    }
}

#[test]
fn a_frame_that_is_not_json_rpc_is_rejected_with_the_reason() {
    assert_eq!(rejected("[]"), "an empty batch of messages");
    assert_eq!(rejected("17"), "not a JSON object");
    assert_eq!(rejected(""), "not a JSON object");
    assert_eq!(rejected("{}"), "neither a method nor an id");
    assert_eq!(rejected(r#"{"jsonrpc":"2.0"}"#), "neither a method nor an id");
    assert_eq!(
        rejected(r#"{"jsonrpc":"2.0","id":null,"result":1}"#),
        "a response that names no call"
    );
    assert_eq!(
        rejected(r#"{"jsonrpc":"2.0","method":"secret"#),
        "invalid JSON at line 1 column 33"
    );
    assert_eq!(
        rejected(r#"{"jsonrpc":"2.0","method":1}"#),
        "a field of the wrong type at line 1 column 27"
    );
}

proptest! {
    #[test]
    fn fields_may_come_in_any_order_among_unknown_ones(
        order in Just(vec![
            r#""jsonrpc":"2.0""#, r#""id":-3"#, r#""method":"m""#, r#""params":[1]"#, r#""x":{"id":9}"#,
        ]).prop_shuffle(),
        space in "[ \t\r\n]{0,3}",
    ) {
        let frame = format!("{space}{{{space}{}{space}}}{space}", order.join(&format!("{space},{space}")));
        let Ok((Message::Request { id, method, params }, _)) = Message::parse(&frame) else {
            panic!("not a request: {frame}");
        };
        prop_assert_eq!((id.as_json(), method.as_ref(), params.unwrap().get()), ("-3", "m", "[1]"));
    }

    #[test]
    fn no_text_makes_the_parser_panic(pieces in prop::collection::vec(prop_oneof![
        ".{0,8}",
        r#"[{}\[\],:"\\0-9a-z-]{0,8}"#,
        Just(r#"{"jsonrpc":"2.0","#.to_owned()),
        Just(r#""id":"#.to_owned()),
        Just(r#""error":{"code":"#.to_owned()),
    ], 0..8)) {
        let _ = Message::parse(&pieces.concat());
    }
}
