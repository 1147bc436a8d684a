//! Serialization of the generated types, for events and methods alike.
//!
//! A leaf: it knows JSON and nothing of events, methods or connections.

mod integers;
mod mismatch;
pub(crate) mod object;
pub(crate) mod open;
#[cfg(feature = "methods")]
mod surrogates;
pub(crate) mod tag;
pub(crate) mod tagged;
pub(crate) mod untagged;

pub(crate) use self::mismatch::Mismatch;
pub(crate) use self::object::object;
pub(crate) use self::open::open_enum;
pub(crate) use self::tagged::tagged_union;
pub(crate) use self::untagged::untagged_union;

/// Reads `json` with `read`; if that fails, tries again with every `1.0` written as `1`.
pub(crate) fn read_lenient<T>(
    json: &str,
    read: impl Fn(&str) -> serde_json::Result<T>,
) -> Result<T, Mismatch> {
    let error = match read(json) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Some runtimes write whole numbers as `1.0`, which no integer type accepts.
    let again = integers::with_whole_numbers(json).and_then(|json| read(&json).ok());
    again.ok_or_else(|| Mismatch::new(json, &error))
}

/// Reads `json` as a `T`; half a character in a text, which no string can hold, as U+FFFD.
#[cfg(feature = "methods")]
pub(crate) fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Mismatch> {
    let read = |json: &str| serde_json::from_str(json);
    read_lenient(json, read).or_else(|mismatch| {
        let mended = surrogates::without_lone_surrogates(json).ok_or(mismatch)?;
        read_lenient(&mended, read)
    })
}
