//! The shape of an option's method.

/// Methods that set an option by its wire name. What stands before a name is its type:
/// `text`, `texts`, `path`, `paths`, `flag`, `value` or `list` with a type in parentheses, or
/// `json` for what the runtime alone knows the form of.
///
/// An option that is not set is not sent, and one that is set to false is sent as false.
macro_rules! setters {
    ($($(#[$doc:meta])* $kind:ident $name:ident $(($value:ty))? = $wire:literal;)*) => {
        $($crate::session::config::setters::setters!(@ $kind $(#[$doc])* $name $wire $($value)?);)*
    };
    (@ text $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(mut self, value: impl Into<String>) -> Self {
            self.options.set($wire, value.into());
            self
        }
    };
    (@ texts $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
            let values: Vec<String> = values.into_iter().map(Into::into).collect();
            self.options.set($wire, values);
            self
        }
    };
    (@ path $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(mut self, path: impl Into<std::path::PathBuf>) -> Self {
            self.options.set($wire, path.into());
            self
        }
    };
    (@ paths $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(
            mut self,
            paths: impl IntoIterator<Item = impl Into<std::path::PathBuf>>,
        ) -> Self {
            let paths: Vec<std::path::PathBuf> = paths.into_iter().map(Into::into).collect();
            self.options.set($wire, paths);
            self
        }
    };
    (@ flag $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(mut self, yes: bool) -> Self {
            self.options.set($wire, yes);
            self
        }
    };
    (@ value $(#[$doc:meta])* $name:ident $wire:literal $value:ty) => {
        $(#[$doc])*
        pub fn $name(mut self, value: $value) -> Self {
            self.options.set($wire, value);
            self
        }
    };
    (@ json $(#[$doc:meta])* $name:ident $wire:literal) => {
        $(#[$doc])*
        pub fn $name(mut self, value: impl serde::Serialize) -> Self {
            self.options.set($wire, value);
            self
        }
    };
    (@ list $(#[$doc:meta])* $name:ident $wire:literal $value:ty) => {
        $(#[$doc])*
        pub fn $name(mut self, values: impl IntoIterator<Item = $value>) -> Self {
            let values: Vec<$value> = values.into_iter().collect();
            self.options.set($wire, values);
            self
        }
    };
}

/// Members of a value that is sent and never read, by name.
macro_rules! members {
    ($($(#[$doc:meta])* $kind:ident $name:ident $(($value:ty))?;)*) => {
        $($crate::session::config::setters::members!(@ $kind $(#[$doc])* $name $($value)?);)*
    };
    (@ text $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub fn $name(mut self, value: impl Into<String>) -> Self {
            self.$name = Some(value.into());
            self
        }
    };
    (@ texts $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub fn $name(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.$name = Some(values.into_iter().map(Into::into).collect());
            self
        }
    };
    (@ value $(#[$doc:meta])* $name:ident $value:ty) => {
        $(#[$doc])*
        pub fn $name(mut self, value: $value) -> Self {
            self.$name = Some(value);
            self
        }
    };
    (@ entry $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub fn $name(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.$name.insert(name.into(), value.into());
            self
        }
    };
}

pub(super) use {members, setters};
