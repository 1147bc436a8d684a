//! The intermediate representation between schema and code: named types, kinds and methods in terms of Rust.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that is generated from one schema.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Types by their names.
    pub(crate) items: BTreeMap<String, Item>,
    /// In the schema's order.
    pub(crate) kinds: Vec<Kind>,
    /// In the schema's order.
    pub(crate) methods: Vec<Method>,
    /// Names of types of the events' document that this one uses.
    pub(crate) borrowed: BTreeSet<String>,
}

/// A kind of event; its payload is the item of the same name.
#[derive(Debug)]
pub(crate) struct Kind {
    /// As on the wire: `session.start`.
    pub(crate) wire: String,
    /// The name of its payload: `SessionStart`.
    pub(crate) name: String,
    /// Whether the runtime persists no event of the kind.
    pub(crate) ephemeral: bool,
}

/// A method, of the runtime or of its clients.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) side: Side,
    /// As on the wire: `session.mode.get`.
    pub(crate) wire: String,
    /// Its namespaces and its own name: `mode`, `get`.
    pub(crate) path: Vec<String>,
    /// `None` if it takes no parameters.
    pub(crate) params: Option<Type>,
    /// `None` if the result is always null.
    pub(crate) result: Option<Type>,
    pub(crate) docs: Docs,
}

/// Who answers a method, and on behalf of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The runtime.
    Server,
    /// The runtime, for the session that the parameters name.
    Session,
    /// A client, for the session that the parameters name.
    ClientSession,
    /// A client.
    ClientGlobal,
}

impl Side {
    pub(crate) const ALL: [Self; 4] =
        [Self::Server, Self::Session, Self::ClientSession, Self::ClientGlobal];

    /// The field of the schema that has its methods.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Session => "session",
            Self::ClientSession => "clientSession",
            Self::ClientGlobal => "clientGlobal",
        }
    }

    /// The prefix of its files.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Session => "session",
            Self::ClientSession | Self::ClientGlobal => "client",
        }
    }

    /// Whether a client answers it.
    pub(crate) fn is_client(self) -> bool {
        matches!(self, Self::ClientSession | Self::ClientGlobal)
    }
}

/// A type with a name.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) docs: Docs,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    Struct(Vec<Field>),
    /// Strings, of which those that the schema lists have a name.
    Enum(Vec<EnumValue>),
    /// Objects that are told apart by one field, the tag.
    Tagged {
        tag: String,
        /// Whether the tag is a boolean and not a string.
        is_bool: bool,
        variants: Vec<Variant>,
    },
    /// Objects that are told apart by the fields that they have; the first variant that matches counts.
    Untagged(Vec<(Discriminator, Variant)>),
}

#[derive(Debug)]
pub(crate) struct Field {
    /// As on the wire.
    pub(crate) wire: String,
    pub(crate) ty: Type,
    /// Whether it is always on the wire, possibly as null.
    pub(crate) required: bool,
    pub(crate) docs: Docs,
}

#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: String,
    /// As on the wire.
    pub(crate) wire: String,
    pub(crate) docs: Docs,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// The value of the tag; empty in an untagged union.
    pub(crate) wire: String,
    pub(crate) ty: Type,
    /// Whether the type holds the tag itself, since it is also used outside of unions.
    pub(crate) holds_tag: bool,
    pub(crate) docs: Docs,
}

/// How a variant of an untagged union is recognized.
#[derive(Debug)]
pub(crate) struct Discriminator {
    /// The field that the variant has.
    pub(crate) field: String,
    /// The values that the field can have; empty for any value.
    pub(crate) values: Vec<String>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    String,
    /// A text that is never printed.
    Secret,
    Bool,
    /// A whole number.
    Signed,
    /// A whole number that is never negative.
    Unsigned,
    Number,
    /// Any JSON value.
    Json,
    List(Box<Self>),
    /// An object with names that are not known in advance.
    Map(Box<Self>),
    Nullable(Box<Self>),
    /// The item of this name.
    Named(String),
}

/// The documentation of a type, field or method.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docs {
    /// The description in the schema.
    pub(crate) text: String,
    /// Sentences that the generator adds, from other keywords of the schema.
    pub(crate) notes: Vec<String>,
}

impl Document {
    /// Whether all parameters of `method` may be left out.
    pub(crate) fn needs_no_params(&self, method: &Method) -> bool {
        let Some(Type::Named(name)) = &method.params else { return false };
        match self.items.get(name).map(|item| &item.body) {
            // A required field counts even if it may be null.
            Some(Body::Struct(fields)) => !fields.iter().any(|field| field.required),
            _ => false,
        }
    }
}

impl Field {
    /// Whether the value may be absent or null.
    pub(crate) fn is_optional(&self) -> bool {
        !self.required || matches!(self.ty, Type::Nullable(_))
    }
}

impl Docs {
    /// Without the notes that `outer` has already.
    pub(crate) fn without_notes_of(mut self, outer: &Self) -> Self {
        self.notes.retain(|note| !outer.notes.contains(note));
        self
    }
}

impl Type {
    /// The name of the item in the type.
    pub(crate) fn item_name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.item_name(),
            Self::String
            | Self::Secret
            | Self::Bool
            | Self::Signed
            | Self::Unsigned
            | Self::Number
            | Self::Json => None,
        }
    }

    /// The same type, or null.
    pub(crate) fn nullable(self) -> Self {
        match self {
            Self::Nullable(_) => self,
            other => Self::Nullable(Box::new(other)),
        }
    }
}

impl Body {
    /// The types of its fields or variants.
    pub(crate) fn types(&self) -> Vec<&Type> {
        match self {
            Self::Struct(fields) => fields.iter().map(|field| &field.ty).collect(),
            Self::Tagged { variants, .. } => {
                variants.iter().map(|variant| &variant.ty).collect()
            }
            Self::Untagged(variants) => {
                variants.iter().map(|(_, variant)| &variant.ty).collect()
            }
            Self::Enum(_) => Vec::new(),
        }
    }
}
