//! A scope: the handlers of one kind by method, at most one for each.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind};
use crate::events::CloseReason;
use crate::session::inbox::names::MethodNames;

/// Handlers by method, and one for the methods that have none.
pub(super) struct Scope<H> {
    table: Mutex<Table<H>>,
}

struct Table<H> {
    by_method: HashMap<Box<str>, H>,
    fallback: Option<H>,
    closed: bool,
}

/// What a handler is for.
#[derive(Clone, Debug)]
pub(in crate::session) enum Target {
    Methods(MethodNames),
    /// Every method that has no handler of its own.
    Fallback,
}

impl From<MethodNames> for Target {
    fn from(names: MethodNames) -> Self {
        Self::Methods(names)
    }
}

/// Why a handler was not added.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) enum Refused {
    /// The method has a handler already; `None` is the fallback.
    Taken(Option<Box<str>>),
    /// Events and lifecycle events have readers of their own, so the handler would never be called.
    Reserved(Box<str>),
    NoMethod,
    /// The session or the connection has ended.
    Closed,
}

impl<H> Default for Scope<H> {
    fn default() -> Self {
        let table = Table { by_method: HashMap::new(), fallback: None, closed: false };
        Self { table: Mutex::new(table) }
    }
}

impl<H: Clone> Scope<H> {
    /// Adds a handler for all methods of the target, or for none of them.
    pub(super) fn add(&self, target: &Target, handler: &H) -> Result<(), Refused> {
        // Only references are counted under the lock: nothing of the user's is called or dropped.
        let mut table = self.lock();
        if table.closed {
            return Err(Refused::Closed);
        }
        let names = match target {
            Target::Methods(names) => names,
            Target::Fallback if table.fallback.is_some() => return Err(Refused::Taken(None)),
            Target::Fallback => {
                table.fallback = Some(handler.clone());
                return Ok(());
            }
        };
        if names.iter().next().is_none() {
            return Err(Refused::NoMethod);
        }
        for (index, name) in names.iter().enumerate() {
            if table.by_method.contains_key(name)
                || names.iter().take(index).any(|it| it == name)
            {
                return Err(Refused::Taken(Some(name.into())));
            }
        }
        for name in names.iter() {
            table.by_method.insert(name.into(), handler.clone());
        }
        Ok(())
    }

    /// Takes a handler out that was added for this target. Nobody else can have been added for it
    /// meanwhile: its methods were taken.
    pub(super) fn remove(&self, target: &Target) -> Vec<H> {
        let mut table = self.lock();
        match target {
            Target::Methods(names) => {
                names.iter().filter_map(|name| table.by_method.remove(name)).collect()
            }
            Target::Fallback => table.fallback.take().into_iter().collect(),
        }
    }

    /// The handler for a method.
    pub(super) fn find(&self, method: &str) -> Option<H> {
        let table = self.lock();
        table.by_method.get(method).or(table.fallback.as_ref()).cloned()
    }

    /// Takes all handlers out, and refuses new ones.
    pub(super) fn close(&self) -> Vec<H> {
        let mut table = self.lock();
        table.closed = true;
        let by_method = std::mem::take(&mut table.by_method);
        let fallback = table.fallback.take();
        drop(table);
        by_method.into_values().chain(fallback).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Table<H>> {
        // No change under this lock can panic halfway, so what a poisoned one guards is valid.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refused {
    /// As an error; `reason` says why the session or the connection has ended.
    pub(in crate::session) fn into_error(self, reason: impl FnOnce() -> CloseReason) -> Error {
        let text = match self {
            Self::Closed => return Error::closed(reason()),
            Self::Taken(Some(method)) => format!(
                "`{method}` has a handler already, and would lose it; remove that first, or \
                 handle both cases in one"
            ),
            Self::Taken(None) => {
                "there is a fallback handler already, which would be lost; handle both cases in \
                 one"
                .to_owned()
            }
            Self::Reserved(method) => format!(
                "`{method}` never comes to a handler: read the session's events, or \
                 `Client::lifecycle_events`"
            ),
            Self::NoMethod => "a handler for no method would never be called".to_owned(),
        };
        Error::new(ErrorKind::InvalidInput, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(names: impl Into<MethodNames>) -> Target {
        Target::Methods(names.into())
    }

    fn taken(name: &str) -> Result<(), Refused> {
        Err(Refused::Taken(Some(name.into())))
    }

    #[test]
    fn a_method_has_one_handler_and_a_refused_one_leaves_nothing_behind() {
        let scope = Scope::default();
        assert_eq!(scope.add(&methods("b"), &1), Ok(()));
        assert_eq!(scope.add(&methods(["a", "b", "c"]), &2), taken("b"));
        assert_eq!(scope.add(&methods(["d", "d"]), &2), taken("d"));
        assert_eq!(scope.add(&methods(Vec::<String>::new()), &2), Err(Refused::NoMethod));
        assert_eq!(
            ["a", "b", "c", "d"].map(|name| scope.find(name)),
            [None, Some(1), None, None]
        );
        assert_eq!(scope.remove(&methods("b")), [1]);
        assert_eq!(scope.add(&methods("b"), &3), Ok(()));
        assert_eq!(scope.find("b"), Some(3));
    }

    #[test]
    fn the_fallback_gets_the_methods_without_a_handler() {
        let scope = Scope::default();
        assert_eq!(scope.add(&Target::Fallback, &1), Ok(()));
        assert_eq!(scope.add(&methods("a"), &2), Ok(()));
        assert_eq!(scope.add(&Target::Fallback, &3), Err(Refused::Taken(None)));
        assert_eq!((scope.find("a"), scope.find("b")), (Some(2), Some(1)));
        assert_eq!(scope.remove(&Target::Fallback), [1]);
        assert_eq!(scope.find("b"), None);
    }

    #[test]
    fn a_closed_scope_has_no_handlers_and_takes_none() {
        let scope = Scope::default();
        assert_eq!(scope.add(&methods("a"), &1), Ok(()));
        assert_eq!(scope.close(), [1]);
        assert_eq!(scope.find("a"), None);
        assert_eq!(scope.add(&methods("a"), &2), Err(Refused::Closed));
        assert!(scope.remove(&methods("a")).is_empty());
    }
}
