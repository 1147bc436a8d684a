//! `Context`: what every request that comes as an event has beside its payload.

use crate::events::Event;
use crate::session::handle::SessionHandle;
use crate::session::handlers::cancellation::Cancellation;

/// For which session, by which event, and whether anybody waits still.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) session: SessionHandle,
    pub(super) event: Event,
    pub(super) cancellation: Cancellation,
}

/// The methods of a request that has a `context`, and a `request` with a `request_id`.
macro_rules! context_methods {
    ($type:ident) => {
        impl $type {
            /// The session that asks. The handler may use it, and may end it.
            pub fn session(&self) -> &$crate::session::handle::SessionHandle {
                &self.context.session
            }

            /// The event by which the runtime asked.
            pub fn event(&self) -> &$crate::events::Event {
                &self.context.event
            }

            /// Tells when nobody waits for the answer any more.
            pub fn cancellation(&self) -> &$crate::session::handlers::Cancellation {
                &self.context.cancellation
            }

            /// The id of the request. An answer of any client ends it.
            pub fn request_id(&self) -> &str {
                &self.request.request_id
            }
        }
    };
}

pub(super) use context_methods;
