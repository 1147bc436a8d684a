//! The macro `object`: structs that are JSON objects.
//!
//! serde's derive would do, and nearly doubles the time to check the crate: it also reads fields
//! by position and by number, which several hundred types have no use for.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;

use crate::json::tag::Tag;

/// Reads and writes the fields of a struct. One that is `required` must be there, one that is
/// `nullable` is written as null, and one that is `optional` is left out.
macro_rules! object {
    ($name:ident { $($presence:ident $field:ident = $wire:literal,)* }) => {
        impl $crate::json::object::Object for $name {
            #[allow(unused_mut, clippy::match_single_binding, reason = "some have no members")]
            fn read<'de, A: serde::de::MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
                $(let mut $field = None;)*
                while let Some(name) = members.next_key::<$crate::json::object::Name<'de>>()? {
                    match name.as_str() {
                        $($wire => {
                            $field = $crate::json::object::object!(@read $presence members);
                        })*
                        _ => {
                            members.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Self {
                    $($field: $crate::json::object::object!(@take $presence $field, $wire),)*
                })
            }

            #[allow(unused_variables, reason = "some have no members")]
            fn write<M: serde::ser::SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
                $($crate::json::object::object!(
                    @write $presence members, $wire, &self.$field
                );)*
                Ok(())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::object::write(self, None, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::json::object::read(from)
            }
        }
    };
    (@read required $members:ident) => { Some($members.next_value()?) };
    (@read $optional:ident $members:ident) => { $members.next_value()? };
    (@take required $field:ident, $wire:literal) => {
        $field.ok_or_else(|| serde::de::Error::missing_field($wire))?
    };
    (@take $optional:ident $field:ident, $wire:literal) => { $field };
    (@write optional $members:ident, $wire:literal, $value:expr) => {
        if let Some(value) = $value {
            $members.serialize_entry($wire, value)?;
        }
    };
    (@write $always:ident $members:ident, $wire:literal, $value:expr) => {
        $members.serialize_entry($wire, $value)?;
    };
}
pub(crate) use object;

/// A struct that is an object on the wire.
pub(crate) trait Object: Sized {
    fn read<'de, A: MapAccess<'de>>(members: A) -> Result<Self, A::Error>;

    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;
}

pub(crate) fn read<'de, D: Deserializer<'de>, T: Object>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(Members(PhantomData))
}

/// Writes `object`, after the tag that tells it from others.
pub(crate) fn write<S: serde::Serializer, T: Object>(
    object: &T,
    tag: Option<(&str, Tag<'_>)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(None)?;
    match tag {
        Some((name, Tag::Text(text))) => members.serialize_entry(name, text)?,
        Some((name, Tag::Flag(flag))) => members.serialize_entry(name, &flag)?,
        None => {}
    }
    object.write(&mut members)?;
    members.end()
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::read(members)
    }
}

/// The name of a field, borrowed from the text where it has no escapes.
pub(crate) struct Name<'a>(Cow<'a, str>);

impl Name<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_identifier(NameOf)
    }
}

struct NameOf;

impl<'de> Visitor<'de> for NameOf {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}
