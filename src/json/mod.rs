//! Serialisation of the generated types, for events and methods alike.
//!
//! A leaf: it knows JSON and nothing of events, methods or connections.

mod mismatch;
pub(crate) mod object;
pub(crate) mod open;
pub(crate) mod tag;
pub(crate) mod tagged;
pub(crate) mod untagged;
mod whole;

pub(crate) use self::mismatch::Mismatch;
pub(crate) use self::object::object;
pub(crate) use self::open::open_enum;
pub(crate) use self::tagged::tagged_union;
pub(crate) use self::untagged::untagged_union;

/// Reads `json` by `read`, and as a `T` that has whole numbers if some runtime wrote them as `1.0`.
pub(crate) fn fitted<T>(
    json: &str,
    read: impl Fn(&str) -> serde_json::Result<T>,
) -> Result<T, Mismatch> {
    let error = match read(json) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Some runtimes write whole numbers as `1.0`, which no integer type accepts.
    let again = whole::with_whole_numbers(json).and_then(|json| read(&json).ok());
    again.ok_or_else(|| Mismatch::new(json, &error))
}

/// Reads `json` as a `T`.
#[cfg(feature = "methods")]
pub(crate) fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Mismatch> {
    fitted(json, |json| serde_json::from_str(json))
}
