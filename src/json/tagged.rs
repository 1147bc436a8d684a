//! The macro `tagged_union`: enums of objects that a tag tells apart.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::mismatch::Mismatch;
use crate::json::tag::Tag;

/// Implements a tagged union; its last variant is `Unknown(Value)`. A variant that is `bare` leaves
/// the tag to the union; one that is `whole` has the tag among its own members. Those of a `flag`
/// and a `whole_flag` are true or false, the others text.
macro_rules! tagged_union {
    ($name:ident, $tag:literal { $($form:ident $variant:ident = $wire:literal,)* }) => {
        impl $crate::json::tagged::Tagged for $name {
            const TAG: &'static str = $tag;

            fn read<'de, A: serde::de::MapAccess<'de>>(
                tag: Option<$crate::json::tag::Tag<'_>>,
                members: A,
            ) -> Result<Self, A::Error> {
                match tag {
                    $(Some($crate::json::tagged::tagged_union!(@value $form $wire)) => {
                        $crate::json::object::Object::read(members).map(Self::$variant)
                    })*
                    _ => $crate::json::tagged::value(members).map(Self::Unknown),
                }
            }
        }

        // What a variant that is not known holds may be secret: it is JSON like any other.
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
    (@value flag $wire:literal) => { $crate::json::tag::Tag::Flag($wire) };
    (@value whole_flag $wire:literal) => { $crate::json::tag::Tag::Flag($wire) };
    (@value $text:ident $wire:literal) => { $crate::json::tag::Tag::Text($wire) };
    (@whole $tag:literal, $wire:literal) => { None };
    (@whole_flag $tag:literal, $wire:literal) => { None };
    (@$form:ident $tag:literal, $wire:literal) => {
        Some(($tag, $crate::json::tagged::tagged_union!(@value $form $wire)))
    };
}
pub(crate) use tagged_union;

/// One of several objects.
pub(crate) trait Tagged: Sized {
    /// The member that says which.
    const TAG: &'static str;

    /// Reads all `members`, the tag among them, as the variant that `tag` names.
    fn read<'de, A: MapAccess<'de>>(tag: Option<Tag<'_>>, members: A)
    -> Result<Self, A::Error>;
}

/// Reads an object as it comes if its tag is the first member, as runtimes write it; serde's own
/// tagged enums would buffer all. One whose tag comes later is taken out of its text first, byte for
/// byte, which only a deserializer of `serde_json` can do.
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
        write!(f, "an object with a field `{}`", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return T::read(None, map);
        };
        let mut text = "{".to_owned();
        if name == T::TAG {
            let value: Value = map.next_value()?;
            if let Some(tag) = Tag::of(&value) {
                let members = Members { name: Some(&name), tag: Some(tag), rest: map };
                return T::read(Some(tag), members);
            }
            push(&mut text, &name, &value.to_string());
        } else {
            push(&mut text, &name, map.next_value::<Box<RawValue>>()?.get());
        }
        let mut tag = (name == T::TAG).then_some(Value::Null);
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            // Of two tags the first counts, as it does when it comes first.
            if tag.is_none() && name == T::TAG {
                tag = Some(serde_json::from_str(value.get()).map_err(A::Error::custom)?);
            }
            push(&mut text, &name, value.get());
        }
        text.push('}');
        let union = Late { tag: tag.as_ref().and_then(Tag::of), union: PhantomData };
        let read = serde_json::Deserializer::from_str(&text).deserialize_map(union);
        read.map_err(|error| A::Error::custom(Mismatch::new(&text, &error).taken_out()))
    }
}

/// Appends a field to `object`, whose bracket is still open.
pub(super) fn push(object: &mut String, name: &str, value: &str) {
    if object.len() > 1 {
        object.push(',');
    }
    object.extend([&*Value::from(name).to_string(), ":", value]);
}

/// The visitor of a union whose tag is known before.
struct Late<'a, T> {
    tag: Option<Tag<'a>>,
    union: PhantomData<T>,
}

impl<'de, T: Tagged> Visitor<'de> for Late<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::read(self.tag, members)
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
