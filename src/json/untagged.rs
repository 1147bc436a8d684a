//! The macro `untagged_union`: enums of objects that their fields tell apart.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::Mismatch;
use crate::json::object::Name;
use crate::json::tagged::push;

/// Implements an untagged union; its last variant is `Unknown(Value)`. A variant is known by a
/// member, or by certain texts of one; the first variant that is known counts.
macro_rules! untagged_union {
    ($name:ident { $($variant:ident by $member:literal $(= $($text:literal)|+)?,)* }) => {
        impl $crate::json::untagged::Untagged for $name {
            fn parse(object: &str) -> serde_json::Result<Self> {
                $(if $crate::json::untagged::has(object, $member, &[$($($text),+)?])? {
                    return serde_json::from_str(object).map(Self::$variant);
                })*
                serde_json::from_str(object).map(Self::Unknown)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(object) => {
                        f.debug_tuple(stringify!($variant)).field(object).finish()
                    })*
                    Self::Unknown(value) => {
                        f.debug_tuple("Unknown").field(&$crate::secret::Shown(value)).finish()
                    }
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => object.serialize(serializer),)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::json::untagged::read(from)
            }
        }
    };
}
pub(crate) use untagged_union;

/// One of several objects.
pub(crate) trait Untagged: DeserializeOwned {
    /// Reads an object.
    fn parse(object: &str) -> serde_json::Result<Self>;
}

/// Takes the object out of its text, byte for byte, to look at it first; only a deserializer of
/// `serde_json` can do that.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Untagged>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(Union(PhantomData))
}

/// Whether `object` has the member, and it is not null, with one of `texts` if there are any.
pub(crate) fn has(object: &str, member: &str, texts: &[&str]) -> serde_json::Result<bool> {
    let value = serde_json::Deserializer::from_str(object).deserialize_map(Find(member))?;
    Ok(value.filter(|value| value.get() != "null").is_some_and(|value| {
        let text: serde_json::Result<String> = serde_json::from_str(value.get());
        texts.is_empty() || text.is_ok_and(|text| texts.contains(&text.as_str()))
    }))
}

struct Union<T>(PhantomData<T>);

impl<'de, T: Untagged> Visitor<'de> for Union<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut text = "{".to_owned();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            push(&mut text, &name, value.get());
        }
        text.push('}');
        T::parse(&text)
            .map_err(|error| A::Error::custom(Mismatch::new(&text, &error).taken_out()))
    }
}

/// Finds a member; of two of a name, the last.
struct Find<'a>(&'a str);

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if name.as_str() == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
