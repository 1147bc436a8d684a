//! The inbox: which handler gets a request or a notification from the runtime, and how it runs.
//!
//! Uses `rpc` and no other part of `session`. [`Inbox`] is a connection's: it looks a handler up,
//! first among those of the session that the parameters name, then among its own, then its
//! fallback. [`Handlers`] are the handlers of one such scope; a method has one in each, and
//! [`HandlerGuard`] removes it. `requests` and `notifications` run them, in tasks; `lanes` are the
//! queues of those that are called in order.
//!
//! No code of the user's (a handler, its future, the drop of either) runs on the connection's
//! reader or under a lock of this room.

mod contained;
mod dispatch;
mod guard;
mod handlers;
mod lanes;
mod message;
mod names;
mod notification;
mod notifications;
mod order;
mod registrations;
mod request;
mod requests;
mod scope;

pub(in crate::session) use self::contained::contained;
pub(in crate::session) use self::dispatch::Inbox;
pub use self::guard::HandlerGuard;
pub(in crate::session) use self::handlers::{Handlers, SESSION_LIFECYCLE};
pub use self::names::MethodNames;
pub use self::notification::RuntimeNotification;
pub(in crate::session) use self::notifications::NotificationHandler;
pub use self::order::RequestOrder;
pub(in crate::session) use self::registrations::Registrations;
pub use self::request::RuntimeRequest;
pub(in crate::session) use self::requests::RequestHandler;
pub(in crate::session) use self::scope::{Refused, Target};
