//! The macro for the methods of `EventKind`.

/// The methods and comparisons of [`EventKind`](super::EventKind).
macro_rules! event_kind {
    ($($kind:ident = $wire:literal,)*) => {
        impl EventKind {
            /// All kinds that this release knows.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The kind as the wire writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $wire,)*
                }
            }
        }

        impl std::fmt::Display for EventKind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for EventKind {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for EventKind {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for EventKind {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl PartialEq<EventKind> for str {
            fn eq(&self, other: &EventKind) -> bool {
                self == other.as_str()
            }
        }

        impl PartialEq<EventKind> for &str {
            fn eq(&self, other: &EventKind) -> bool {
                *self == other.as_str()
            }
        }
    };
}
pub(super) use event_kind;
