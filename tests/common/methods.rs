//! How tests call a method, and read what it takes and answers, knowing only its name.

use std::fmt::Debug;

use copilot_sessions::Error;
use copilot_sessions::methods::Call;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a typed function answered, as JSON again.
pub(crate) type Called<'a> = BoxFuture<'a, Result<Value, Error>>;

/// Reads JSON as a type, writes it, and reads that.
#[allow(dead_code, reason = "not every test reads without a call")]
pub(crate) type Codec = fn(&str) -> Result<Value, String>;

/// A method without parameters.
pub(crate) fn bare<'a, R>(params: &Value, call: impl FnOnce() -> Call<'a, R>) -> Called<'a>
where
    R: DeserializeOwned + Serialize + 'static,
{
    assert!(params.is_null() || *params == serde_json::json!({}), "it takes no {params}");
    answer(call())
}

/// A method with parameters, which must decode and be encoded again without loss.
pub(crate) fn with<'a, P, R>(params: &Value, call: impl FnOnce(P) -> Call<'a, R>) -> Called<'a>
where
    P: DeserializeOwned + Serialize,
    R: DeserializeOwned + Serialize + 'static,
{
    let typed: P = serde_json::from_value(params.clone())
        .unwrap_or_else(|error| panic!("{params} do not decode: {error}"));
    let written = serde_json::to_value(&typed).unwrap();
    assert_eq!(difference(params, &written), None);
    answer(call(typed))
}

/// A method that works with parameters and without.
pub(crate) fn either<'a, P, R>(
    params: &Value,
    bare: impl FnOnce() -> Call<'a, R>,
    call: impl FnOnce(P) -> Call<'a, R>,
) -> Called<'a>
where
    P: DeserializeOwned + Serialize,
    R: DeserializeOwned + Serialize + 'static,
{
    if *params == serde_json::json!({}) { answer(bare()) } else { with(params, call) }
}

fn answer<R>(call: Call<'_, R>) -> Called<'_>
where
    R: DeserializeOwned + Serialize + 'static,
{
    call.map(|result| result.map(|result| serde_json::to_value(result).unwrap())).boxed()
}

/// Reads JSON as a `T` and back.
#[allow(dead_code, reason = "not every test reads without a call")]
pub(crate) fn codec<T>(json: &str) -> Result<Value, String>
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let written = serde_json::to_string(&value).unwrap();
    let again: T = serde_json::from_str(&written).map_err(|error| error.to_string())?;
    assert_eq!(again, value, "{json}");
    Ok(serde_json::from_str(&written).unwrap())
}

/// Where the two differ first, and how.
pub(crate) fn difference(sent: &Value, kept: &Value) -> Option<String> {
    let further = |name: &dyn std::fmt::Display, inner: Option<String>| {
        inner.map(|inner| format!("{name}/{inner}"))
    };
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            let names: std::collections::BTreeSet<_> = sent.keys().chain(kept.keys()).collect();
            names.into_iter().find_map(|name| match (sent.get(name), kept.get(name)) {
                (Some(sent), Some(kept)) => further(name, difference(sent, kept)),
                (sent, kept) => Some(format!("{name}: {sent:?} became {kept:?}")),
            })
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            let mut items = sent.iter().zip(kept).enumerate();
            items.find_map(|(at, (sent, kept))| further(&at, difference(sent, kept)))
        }
        _ => (sent != kept).then(|| format!(": {sent} became {kept}")),
    }
}
