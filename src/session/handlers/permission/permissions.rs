//! Ready-made decisions, for [`on_permission`](crate::SessionConfig::on_permission).
//!
//! ```
//! use copilot_sessions::{Decision, SessionConfig, permissions};
//!
//! let config = SessionConfig::new().on_permission(permissions::read_only());
//! let config = SessionConfig::new().on_permission(permissions::approve_if(|request| {
//!     request.command().is_some_and(|command| command.starts_with("cargo "))
//! }));
//! # let _ = config;
//! ```

use std::future::{Ready, ready};

use crate::session::handlers::permission::{Decision, PermissionRequest};

/// Approves everything, each time: whatever the model wants to run, write or send.
pub fn approve_all() -> impl FnOnce(PermissionRequest) -> Ready<Decision> + Clone + Send + Sync
{
    |_| ready(Decision::ApproveOnce)
}

/// Denies everything.
pub fn deny_all() -> impl FnOnce(PermissionRequest) -> Ready<Decision> + Clone + Send + Sync {
    |_| ready(Decision::reject("this program permits nothing"))
}

/// Approves what is [read-only](PermissionRequest::is_read_only), and denies all else.
pub fn read_only() -> impl FnOnce(PermissionRequest) -> Ready<Decision> + Clone + Send + Sync {
    decided("this program permits what is read-only", PermissionRequest::is_read_only)
}

/// Approves what the function returns true for, and denies all else.
pub fn approve_if<F>(
    function: F,
) -> impl FnOnce(PermissionRequest) -> Ready<Decision> + Clone + Send + Sync + use<F>
where
    F: FnOnce(&PermissionRequest) -> bool + Clone + Send + Sync,
{
    decided("this program does not permit it", function)
}

fn decided<F>(
    reason: &'static str,
    function: F,
) -> impl FnOnce(PermissionRequest) -> Ready<Decision> + Clone + Send + Sync + use<F>
where
    F: FnOnce(&PermissionRequest) -> bool + Clone + Send + Sync,
{
    move |request| {
        ready(if function(&request) { Decision::ApproveOnce } else { Decision::reject(reason) })
    }
}
