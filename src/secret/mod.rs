//! `Secret`: a text that is never printed; and what is printed of values that may hold secrets.
//!
//! A leaf: it knows names, URLs and JSON, and nothing of the crate. `names` says which members hold secrets; the
//! code generator reads the same file. `shown` prints JSON and URLs without theirs, `problem` the errors of serde
//! without the values that they quote.

mod names;
mod problem;
mod shown;
mod url;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use self::problem::without_values;
pub(crate) use self::shown::{Shown, ShownMember, debug_members};

/// A text that is never printed: a key, a token, a password, the value of a header or of a variable.
///
/// `Debug` writes `Secret(..)`, there is no `Display`, and [`expose`](Self::expose) is the one way to read it. It
/// serializes as its text, since that is how it reaches the runtime: what is serialized is no place for a log.
///
/// The memory is not wiped when it is dropped; the frames that carried it are not wiped either.
///
/// # Examples
///
/// ```
/// use copilot_sessions::Secret;
///
/// let token = Secret::from("ghp_1234");
/// assert_eq!(format!("{token:?}"), "Secret(..)");
/// assert_eq!(token.expose(), "ghp_1234");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Box<str>);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text, for a program that has to own it.
    pub fn into_exposed(self) -> String {
        self.0.into_string()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self(text.as_str().into())
    }
}

impl From<Box<str>> for Secret {
    fn from(text: Box<str>) -> Self {
        Self(text)
    }
}

impl From<Cow<'_, str>> for Secret {
    fn from(text: Cow<'_, str>) -> Self {
        Self(text.into())
    }
}

impl From<&Self> for Secret {
    fn from(secret: &Self) -> Self {
        secret.clone()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_and_read_and_never_printed() {
        let secret: Secret = serde_json::from_str(r#""pl\u0061nted""#).unwrap();
        assert_eq!(secret, Secret::from("planted"));
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""planted""#);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
        assert_eq!(format!("{:?}", Some([&secret])), "Some([Secret(..)])");
        assert_eq!(secret.into_exposed(), "planted");
    }
}
