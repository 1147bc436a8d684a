//! Permissions: whether a tool may run.

mod decision;
pub mod permissions;
mod request;

use std::future::Future;

use crate::session::handlers::function::{Function, guarded};

pub use self::decision::Decision;
pub use self::request::PermissionRequest;

/// The function that decides.
#[derive(Clone, Debug)]
pub(in crate::session) struct PermissionHandler(Function<PermissionRequest, Decision>);

impl PermissionHandler {
    pub(in crate::session) fn new<F, R>(function: F) -> Self
    where
        F: FnOnce(PermissionRequest) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Decision> + Send + 'static,
    {
        Self(Function::new(function))
    }

    /// Has a request decided. One that fails denies it.
    pub(super) async fn decide(self, request: PermissionRequest) -> Decision {
        let decided = guarded(None, self.0.call(request)).await;
        decided.unwrap_or_else(|failed| {
            Decision::reject(format!("the program that decides {failed}"))
        })
    }
}
