//! What the table of methods needs: how a type is read, and here printed, by the name of its method.

use std::fmt::Debug;

use copilot_sessions::Error;
use copilot_sessions::methods::Call;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) type Called<'a> = BoxFuture<'a, Result<Value, Error>>;

/// Reads JSON as a type, and prints that.
pub(crate) type Codec = fn(&str) -> Result<String, String>;

pub(crate) fn codec<T>(json: &str) -> Result<String, String>
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok(format!("{value:?}\n{value:#?}"))
}

pub(crate) fn bare<'a, R>(_: &Value, _: impl FnOnce() -> Call<'a, R>) -> Called<'a> {
    unimplemented!("nothing is called")
}

pub(crate) fn with<'a, P, R>(_: &Value, _: impl FnOnce(P) -> Call<'a, R>) -> Called<'a> {
    unimplemented!("nothing is called")
}

pub(crate) fn either<'a, P, R>(
    _: &Value,
    _: impl FnOnce() -> Call<'a, R>,
    _: impl FnOnce(P) -> Call<'a, R>,
) -> Called<'a> {
    unimplemented!("nothing is called")
}
