//! Keeping the user's code away from where it could do harm: panics, and drops.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tokio::runtime::Handle;

/// Runs a future of the user's; `None` if it panicked.
///
/// Unwind safe as far as this crate goes: a panic can only break the user's own state.
pub(in crate::session) async fn contained<T>(future: impl Future<Output = T>) -> Option<T> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(output) => Some(output),
        Err(payload) => {
            // What `panic!` makes. Anything else has a drop of its own, which may panic as well.
            if !payload.is::<&str>() && !payload.is::<String>() {
                std::mem::forget(payload);
            }
            None
        }
    }
}

/// Drops a value with code of the user's here, whether or not that panics.
pub(super) async fn drop_contained<T>(value: T) {
    let _ = contained(async move { drop(value) }).await;
}

/// Drops a value with code of the user's in a task of its own, as a handler would run, so that a
/// panic is not the caller's. Outside of a tokio runtime it is dropped here.
pub(super) fn discard<T: Send + 'static>(value: T) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(async move { drop(value) })),
        Err(_) => drop(value),
    }
}
