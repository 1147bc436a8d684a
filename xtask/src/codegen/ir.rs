//! What the generator knows of a schema: items with names, in terms of Rust and not of JSON Schema.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that a schema asks to be written.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// By name.
    pub(crate) items: BTreeMap<String, Item>,
    /// In the schema's order.
    pub(crate) kinds: Vec<Kind>,
    /// In the schema's order.
    pub(crate) methods: Vec<Method>,
    /// Types of the events' document that this one names.
    pub(crate) borrowed: BTreeSet<String>,
}

/// A kind of event; its payload is the item of the same name.
#[derive(Debug)]
pub(crate) struct Kind {
    /// As on the wire: `session.start`.
    pub(crate) wire: String,
    /// The name of its payload: `SessionStart`.
    pub(crate) name: String,
    /// The runtime persists no event of the kind.
    pub(crate) ephemeral: bool,
}

/// A method, of the runtime or of its clients.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) side: Side,
    /// As on the wire: `session.mode.get`.
    pub(crate) wire: String,
    /// The way to it: `mode`, `get`.
    pub(crate) path: Vec<String>,
    /// `None` if it takes none.
    pub(crate) params: Option<Type>,
    /// `None` if it says nothing.
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

    /// The member of the schema that has its methods.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Session => "session",
            Self::ClientSession => "clientSession",
            Self::ClientGlobal => "clientGlobal",
        }
    }

    /// What its files begin with.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Session => "session",
            Self::ClientSession | Self::ClientGlobal => "client",
        }
    }

    /// Whether the runtime calls it.
    pub(crate) fn is_client(self) -> bool {
        matches!(self, Self::ClientSession | Self::ClientGlobal)
    }
}

/// A type with a name of its own.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) docs: Docs,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    Struct(Vec<Field>),
    /// Strings of which some have a name.
    Enum(Vec<EnumValue>),
    /// Objects that a member tells apart.
    Tagged {
        tag: String,
        /// The tag is true or false, and not a text.
        is_flag: bool,
        variants: Vec<Variant>,
    },
    /// Objects that their members tell apart, by what each is known; the first one counts.
    Untagged(Vec<(Sign, Variant)>),
}

#[derive(Debug)]
pub(crate) struct Field {
    /// As on the wire.
    pub(crate) wire: String,
    pub(crate) ty: Type,
    /// Always on the wire, be it as null.
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
    /// What the tag says; empty in an untagged union.
    pub(crate) wire: String,
    pub(crate) ty: Type,
    /// The type holds the tag itself, since it is also used outside of unions.
    pub(crate) holds_tag: bool,
    pub(crate) docs: Docs,
}

/// By what a variant of an untagged union is known.
#[derive(Debug)]
pub(crate) struct Sign {
    /// It has this member,
    pub(crate) member: String,
    /// with one of these texts; any, if there are none.
    pub(crate) values: Vec<String>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Flag,
    /// A whole number; `true` if it is never negative.
    Integer(bool),
    Number,
    /// Any JSON value.
    Json,
    List(Box<Self>),
    /// An object with names that are not known in advance.
    Map(Box<Self>),
    Nullable(Box<Self>),
    /// An item.
    Named(String),
}

/// What the schema says about something in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docs {
    pub(crate) text: String,
    /// Sentences of the generator's own, from keywords of the schema.
    pub(crate) notes: Vec<String>,
}

impl Document {
    /// Whether the parameters of `method` may be left out altogether.
    pub(crate) fn needs_no_params(&self, method: &Method) -> bool {
        let Some(Type::Named(name)) = &method.params else { return false };
        match self.items.get(name).map(|item| &item.body) {
            // A null that must be there says something.
            Some(Body::Struct(fields)) => !fields.iter().any(|field| field.required),
            _ => false,
        }
    }
}

impl Field {
    /// Whether there may be no value.
    pub(crate) fn is_optional(&self) -> bool {
        !self.required || matches!(self.ty, Type::Nullable(_))
    }
}

impl Docs {
    /// Without the notes that `outer`, around it, has already.
    pub(crate) fn beyond(mut self, outer: &Self) -> Self {
        self.notes.retain(|note| !outer.notes.contains(note));
        self
    }
}

impl Type {
    /// The items that the type names.
    pub(crate) fn names(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.names(),
            Self::Text | Self::Flag | Self::Integer(_) | Self::Number | Self::Json => None,
        }
    }
}

impl Body {
    /// The types of its members.
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
