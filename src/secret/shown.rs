//! `Shown`: prints JSON without its secrets, and URLs without theirs.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::secret::names::{is_secret, is_url};
use crate::secret::url::public_part;

/// Implements `Debug` for a struct of which some members can't be printed as they are. A `plain` one can, one that is
/// `shown` is JSON or a URL, and of one that is `hidden` only the name is printed.
macro_rules! debug_members {
    ($name:ident { $($how:ident $member:ident,)* }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(
                        stringify!($member).trim_start_matches("r#"),
                        $crate::secret::debug_members!(@$how &self.$member),
                    ))*
                    .finish()
            }
        }
    };
    (@plain $member:expr) => { $member };
    (@shown $member:expr) => { &$crate::secret::Shown($member) };
    (@hidden $member:expr) => { &format_args!("..") };
}
pub(crate) use debug_members;

/// Prints what is in it without secrets: see [`Show`].
pub(crate) struct Shown<'a, T: ?Sized>(pub(crate) &'a T);

/// What [`Shown`] can print: JSON, in which the members with the names of secrets are hidden, and texts, which are URLs.
pub(crate) trait Show {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Show + ?Sized> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl Show for String {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&public_part(self), f)
    }
}

impl Show for Value {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(items) => items.show(f),
            Self::Object(members) => members.show(f),
            Self::String(text) => fmt::Debug::fmt(text, f),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl Show for Map<String, Value> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self {
            map.key(name).value(&ShownMember(name, value));
        }
        map.finish()
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_ref().map(Shown), f)
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Shown)).finish()
    }
}

impl<T: Show> Show for BTreeMap<String, T> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self {
            map.key(name);
            if is_secret(name) {
                map.value(&format_args!(".."));
            } else {
                map.value(&Shown(value));
            }
        }
        map.finish()
    }
}

/// Prints the value of a member as its name allows.
pub(crate) struct ShownMember<'a>(pub(crate) &'a str, pub(crate) &'a Value);

impl fmt::Debug for ShownMember<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Counts of tokens, and flags that say whether there is a secret, are none.
            Self(_, value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => value.show(f),
            Self(name, _) if is_secret(name) => f.write_str(".."),
            Self(name, Value::String(url)) if is_url(name) => url.show(f),
            Self(_, value) => value.show(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_printed_without_what_its_names_say_is_secret() {
        let value = json!({
            "a": [1, null, "text\n", { "apiKey": "planted", "tokens": 5 }],
            "headers": { "X": "planted" },
            "url": "http://u:planted@h/p?planted",
        });
        assert_eq!(
            format!("{:?}", Shown(&value)),
            r#"{"a": [1, null, "text\n", {"apiKey": .., "tokens": 5}], "headers": .., "url": "http://..@h/p?.."}"#
        );
        let map = BTreeMap::from([("GITHUB_TOKEN".to_owned(), json!("planted"))]);
        assert_eq!(format!("{:?}", Shown(&Some(map))), r#"Some({"GITHUB_TOKEN": ..})"#);
    }
}
