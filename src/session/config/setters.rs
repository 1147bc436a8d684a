//! Macros that declare options: one line gives an option its setter, its type and its wire
//! name.

/// Declares the setters of a type that keeps its options in a field `options`.
///
/// ```text
/// setters! {
///     /// Documentation.
///     kind name(Type) = "wireName";
/// }
/// ```
///
/// | kind | argument of the setter | on the wire |
/// |---|---|---|
/// | `flag` | `bool` | boolean |
/// | `text`, `texts` | string, list of strings | string, array |
/// | `secret` | [`Secret`](crate::Secret) or string | string |
/// | `path`, `paths` | path, list of paths | string, array |
/// | `duration` | [`Duration`](std::time::Duration) | whole milliseconds |
/// | `value(T)`, `list(T)` | `T`, list of `T` | what `T` serializes to, array |
/// | `json` | any `Serialize`: only the runtime knows the form | what it serializes to |
/// | `entry`, `entry(T)` | a name and a string or `T`; adds to what is set | object |
/// | `secret_entry` | a name and a [`Secret`](crate::Secret) or string; adds to what is set | object |
macro_rules! setters {
    ($($(#[$doc:meta])* $kind:ident $name:ident $(($type:ty))? = $wire:literal;)*) => {
        $($crate::session::config::setters::setter! {
            $kind [$(#[$doc])*] $name $wire $($type)?
        })*
    };
}

/// One setter: the rule of each kind says what it takes and what it stores.
macro_rules! setter {
    (flag $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (enabled: bool) enabled
        }
    };
    (text $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (value: impl Into<String>) value.into()
        }
    };
    (secret $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (value: impl Into<$crate::secret::Secret>) value.into()
        }
    };
    (texts $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (values: impl IntoIterator<Item = impl Into<String>>)
            values.into_iter().map(Into::into).collect::<Vec<String>>()
        }
    };
    (path $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (path: impl Into<std::path::PathBuf>) path.into()
        }
    };
    (paths $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire
            (paths: impl IntoIterator<Item = impl Into<std::path::PathBuf>>)
            paths.into_iter().map(Into::into).collect::<Vec<std::path::PathBuf>>()
        }
    };
    (duration $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (duration: std::time::Duration) duration.as_millis()
        }
    };
    (value $doc:tt $name:ident $wire:literal $type:ty) => {
        $crate::session::config::setters::setter! { set $doc $name $wire (value: $type) value }
    };
    (list $doc:tt $name:ident $wire:literal $type:ty) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (values: impl IntoIterator<Item = $type>)
            values.into_iter().collect::<Vec<$type>>()
        }
    };
    (json $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            set $doc $name $wire (value: impl serde::Serialize) value
        }
    };
    (entry $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            add $doc $name $wire (value: impl Into<String>) value.into()
        }
    };
    (entry $doc:tt $name:ident $wire:literal $type:ty) => {
        $crate::session::config::setters::setter! { add $doc $name $wire (value: $type) value }
    };
    (secret_entry $doc:tt $name:ident $wire:literal) => {
        $crate::session::config::setters::setter! {
            add $doc $name $wire (value: impl Into<$crate::secret::Secret>) value.into()
        }
    };
    (
        set [$(#[$doc:meta])*] $name:ident $wire:literal
        ($argument:ident: $type:ty) $stored:expr
    ) => {
        $(#[$doc])*
        pub fn $name(mut self, $argument: $type) -> Self {
            self.options.set($wire, $stored);
            self
        }
    };
    (
        add [$(#[$doc:meta])*] $name:ident $wire:literal
        ($argument:ident: $type:ty) $stored:expr
    ) => {
        $(#[$doc])*
        pub fn $name(mut self, name: impl Into<String>, $argument: $type) -> Self {
            self.options.add($wire, name.into(), $stored);
            self
        }
    };
}

/// Gives each of the three configurations the same methods.
macro_rules! for_each_config {
    ($($methods:tt)*) => {
        impl $crate::session::config::SessionConfig { $($methods)* }
        impl $crate::session::config::ResumeConfig { $($methods)* }
        impl $crate::session::config::JoinConfig { $($methods)* }
    };
}

/// Implements `Debug` for a type that keeps its options in a field `options`.
///
/// Only the options that the predicate selects are shown: others may hold secrets.
macro_rules! debug_shows {
    ($type:ident, $shown:expr) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.options.debug(f, stringify!($type), $shown)
            }
        }
    };
}

pub(super) use {debug_shows, for_each_config, setter, setters};
