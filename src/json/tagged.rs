//! Objects of which one member says what they are.

use std::fmt;
use std::marker::PhantomData;
use std::vec;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde_json::Value;

/// What every tagged union needs; its last arm is `Unknown(Value)`. A variant that is `bare` leaves
/// the tag to the union; one that is `whole` has the tag among its own members.
macro_rules! tagged_union {
    ($name:ident, $tag:literal { $($form:ident $variant:ident = $wire:literal,)* }) => {
        impl $crate::json::tagged::Tagged for $name {
            const TAG: &'static str = $tag;

            fn read<'de, A: serde::de::MapAccess<'de>>(
                tag: Option<&str>,
                members: A,
            ) -> Result<Self, A::Error> {
                match tag {
                    $(Some($wire) => {
                        $crate::json::object::Object::read(members).map(Self::$variant)
                    })*
                    _ => $crate::json::tagged::value(members).map(Self::Unknown),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => {
                        let tag = $crate::json::tagged::tagged_union!(@$form $tag, $wire);
                        $crate::json::object::write(object, tag, serializer)
                    })*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::json::tagged::read(from)
            }
        }
    };
    (@bare $tag:literal, $wire:literal) => { Some(($tag, $wire)) };
    (@whole $tag:literal, $wire:literal) => { None };
}
pub(crate) use tagged_union;

/// One of several objects.
pub(crate) trait Tagged: Sized {
    /// The member that says which.
    const TAG: &'static str;

    /// Reads all `members`, the tag among them, as the variant that `tag` names.
    fn read<'de, A: MapAccess<'de>>(tag: Option<&str>, members: A) -> Result<Self, A::Error>;
}

/// Reads an object, and buffers no more of it than what stands before the tag: runtimes write the
/// tag first, and serde's own tagged enums would buffer all.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Tagged>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(Union(PhantomData))
}

/// All members, as they are.
pub(crate) fn value<'de, A: MapAccess<'de>>(members: A) -> Result<Value, A::Error> {
    Value::deserialize(MapAccessDeserializer::new(members))
}

struct Union<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for Union<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a member `{}`", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut first: Vec<(String, Value)> = Vec::new();
        let mut tag = None;
        while let Some(name) = map.next_key::<String>()? {
            let value: Value = map.next_value()?;
            let is_tag = name == T::TAG;
            if is_tag {
                tag = value.as_str().map(str::to_owned);
            }
            first.push((name, value));
            if is_tag {
                break;
            }
        }
        let members = Members { first: first.into_iter(), value: None, rest: map };
        T::read(tag.as_deref(), members)
    }
}

/// What was read to find the tag, and the rest behind it.
struct Members<A> {
    first: vec::IntoIter<(String, Value)>,
    /// The value that goes with the name that was given last.
    value: Option<(String, Value)>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error>
    where
        K: DeserializeSeed<'de>,
    {
        let Some((name, value)) = self.first.next() else {
            return self.rest.next_key_seed(seed);
        };
        let key = seed.deserialize(name.as_str().into_deserializer())?;
        self.value = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<V>(&mut self, seed: V) -> Result<V::Value, A::Error>
    where
        V: DeserializeSeed<'de>,
    {
        let Some((name, value)) = self.value.take() else {
            return self.rest.next_value_seed(seed);
        };
        // The value has left the text, so an error has to say where it was.
        seed.deserialize(value)
            .map_err(|error| A::Error::custom(format_args!("member `{name}`: {error}")))
    }
}
