//! `Function`: a handler of the user's, called on a clone for each request; and its failures.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::timeout;

use crate::session::inbox::contained;

/// A function of the user's. Clones are the same function.
///
/// It takes `FnOnce` functions that can be cloned, since an `async move` closure which captures is no
/// `Fn` whose future owns what it needs.
pub(super) struct Function<A, T>(Arc<dyn Fn(A) -> BoxFuture<'static, T> + Send + Sync>);

impl<A: Send + 'static, T: 'static> Function<A, T> {
    pub(super) fn new<F, R>(function: F) -> Self
    where
        F: FnOnce(A) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = T> + Send + 'static,
    {
        let function = Arc::new(function);
        Self(Arc::new(move |argument| {
            // Cloned and called within the future, so that a panic of either is one of the future.
            let function = Arc::clone(&function);
            async move { F::clone(&function)(argument).await }.boxed()
        }))
    }

    pub(super) fn call(&self, argument: A) -> BoxFuture<'static, T> {
        (self.0)(argument)
    }
}

impl<A, T> Clone for Function<A, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A, T> fmt::Debug for Function<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

/// Why a handler gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Panicked,
    TimedOut(Duration),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => f.write_str("failed unexpectedly"),
            Self::TimedOut(limit) => write!(f, "did not answer within {limit:?}"),
        }
    }
}

/// Runs the work of a handler for at most `limit`. A panic is its own affair.
pub(super) async fn guarded<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Failed> {
    // The work is dropped within, as that may panic too.
    let done = contained(async move {
        match limit {
            None => Ok(work.await),
            Some(limit) => timeout(limit, work).await.map_err(|_| Failed::TimedOut(limit)),
        }
    });
    done.await.unwrap_or(Err(Failed::Panicked))
}
