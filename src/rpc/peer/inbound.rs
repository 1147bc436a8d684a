//! What a connection hands to its owner.

use serde_json::value::RawValue;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::peer::Responder;

/// The owner's side of a connection: everything the peer sends that is no response.
///
/// # Ordering
///
/// Every method runs on the connection's reader task, one at a time, in the order of the
/// frames on the wire. Responses keep their place in it too: a callback given to
/// [`Peer::call_inline`](crate::rpc::Peer::call_inline) runs between the frames around it.
///
/// # Must not block
///
/// While a method runs, nothing else is read: no event, no response. Hand work that takes
/// time to a task, and do not wait for a call on the same connection here: its response
/// could never arrive.
///
/// # Panics
///
/// A method that panics ends the connection with
/// [`DisconnectKind::Panicked`](crate::rpc::DisconnectKind::Panicked): the owner's state
/// can no longer be trusted to be in step with the wire. [`Inbound::closed`] is still called.
pub trait Inbound: Send + 'static {
    /// First look at every frame that is valid UTF-8, before it is parsed.
    ///
    /// Returns whether the frame was consumed; then nothing else happens with it. This is the
    /// fast path for notifications too frequent to be parsed twice.
    fn intercept(&mut self, frame: &str) -> bool {
        let _ = frame;
        false
    }

    /// A notification. `params` are `None` when absent or null.
    fn notification(&mut self, method: &str, params: Option<&RawValue>);

    /// A request, which `responder` must answer, here or later from anywhere.
    ///
    /// Dropping the responder answers with an error.
    fn request(&mut self, method: &str, params: Option<&RawValue>, responder: Responder);

    /// A frame that is no JSON-RPC message: not UTF-8, not JSON, not the right shape.
    ///
    /// The connection goes on. `reason` does not quote the frame.
    fn malformed(&mut self, frame: &[u8], reason: &str) {
        let _ = (frame, reason);
    }

    /// Everything one read returned has been handled: the time to publish coalesced wakes.
    fn drained(&mut self) {}

    /// The connection ended. Called exactly once, after the last frame that was read has been
    /// handled and before any pending call fails.
    fn closed(&mut self, reason: &Disconnect);
}
