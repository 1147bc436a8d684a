//! `MethodNames`: the methods that one handler is for.

/// The methods that a handler is for, by their names on the wire: one name, or an array or a
/// vector of names. An argument of [`ClientOptions::on_request`](crate::ClientOptions::on_request)
/// and the like, made by `From`.
///
/// With the feature `methods`, `ClientMethod::NAME` has the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodNames(Vec<Box<str>>);

impl MethodNames {
    /// The names, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl From<&str> for MethodNames {
    fn from(name: &str) -> Self {
        Self(vec![name.into()])
    }
}

impl From<String> for MethodNames {
    fn from(name: String) -> Self {
        Self(vec![name.into()])
    }
}

impl<N: Into<Box<str>>, const COUNT: usize> From<[N; COUNT]> for MethodNames {
    fn from(names: [N; COUNT]) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl<N: Into<Box<str>>> From<Vec<N>> for MethodNames {
    fn from(names: Vec<N>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}
