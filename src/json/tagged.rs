//! Objects of which one member says what they are.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde_json::{Map, Value};

use super::Misfit;

/// What every tagged union needs; its last arm is `Unknown(Value)`. A variant that is `bare` leaves
/// the tag to the union, a `flag` does so too and has a tag that is no text; one that is `whole`
/// has the tag among its own members.
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
    (@bare $tag:literal, $wire:literal) => {
        Some(($tag, $crate::json::tagged::Tag::Text($wire)))
    };
    (@flag $tag:literal, $wire:literal) => {
        Some(($tag, $crate::json::tagged::Tag::Flag($wire == "true")))
    };
    (@whole $tag:literal, $wire:literal) => { None };
}
pub(crate) use tagged_union;

/// What says which object it is.
#[derive(Clone, Copy)]
pub(crate) enum Tag<'a> {
    Text(&'a str),
    Flag(bool),
}

impl<'a> Tag<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text)),
            Value::Bool(flag) => Some(Self::Flag(*flag)),
            _ => None,
        }
    }

    /// As unions know it.
    fn as_str(self) -> &'a str {
        match self {
            Self::Text(text) => text,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
        }
    }
}

/// One of several objects.
pub(crate) trait Tagged: Sized {
    /// The member that says which.
    const TAG: &'static str;

    /// Reads all `members`, the tag among them, as the variant that `tag` names.
    fn read<'de, A: MapAccess<'de>>(tag: Option<&str>, members: A) -> Result<Self, A::Error>;
}

/// Reads an object as it comes if its tag is the first member, as runtimes write it; serde's own
/// tagged enums would buffer all. One whose tag comes later is taken out of its text first.
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
        let mut members = Map::new();
        if let Some(name) = map.next_key::<String>()? {
            let value: Value = map.next_value()?;
            if name == T::TAG
                && let Some(tag) = Tag::of(&value)
            {
                let members = Members { name: Some(&name), tag: Some(tag), rest: map };
                return T::read(Some(tag.as_str()), members);
            }
            members.insert(name, value);
        }
        while let Some((name, value)) = map.next_entry()? {
            members.insert(name, value);
        }
        let tag = members.get(T::TAG).and_then(Tag::of).map(|tag| tag.as_str().to_owned());
        // As text again, since errors in a text have a place.
        let text = Value::Object(members).to_string();
        let union = Late { tag, union: PhantomData };
        let read = serde_json::Deserializer::from_str(&text).deserialize_map(union);
        read.map_err(|error| A::Error::custom(Misfit::new(&text, &error).taken_out()))
    }
}

/// The visitor of a union whose tag is known before.
struct Late<T> {
    tag: Option<String>,
    union: PhantomData<T>,
}

impl<'de, T: Tagged> Visitor<'de> for Late<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::read(self.tag.as_deref(), members)
    }
}

/// The tag, which has been read, and what is behind it.
struct Members<'a, A> {
    /// The tag's name, until it is given.
    name: Option<&'a str>,
    /// The tag, until it is given.
    tag: Option<Tag<'a>>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error>
    where
        K: DeserializeSeed<'de>,
    {
        match self.name.take() {
            Some(name) => seed.deserialize(name.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V>(&mut self, seed: V) -> Result<V::Value, A::Error>
    where
        V: DeserializeSeed<'de>,
    {
        match self.tag.take() {
            Some(Tag::Text(text)) => seed.deserialize(text.into_deserializer()),
            Some(Tag::Flag(flag)) => seed.deserialize(flag.into_deserializer()),
            None => self.rest.next_value_seed(seed),
        }
    }
}
