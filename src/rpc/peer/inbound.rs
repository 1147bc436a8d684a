//! The inbound handler of a connection: notifications, requests, and the close reason.

use serde_json::value::RawValue;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::peer::Responder;

/// The inbound handler: receives every notification and request that the peer sends, and the
/// end of the connection.
///
/// # Ordering
///
/// Every method runs on the connection's reader task, one at a time, in the order of the
/// frames on the wire. Responses keep their place in that order: a callback given to
/// [`Peer::call_inline`](crate::rpc::Peer::call_inline) runs between the frames around it.
///
/// # Must not block
///
/// While a method runs, the connection reads nothing else. Move work that takes time to a
/// task. Do not block on a call over the same connection: its response could never be read.
///
/// # Panics
///
/// A method that panics closes the connection with
/// [`DisconnectKind::Panicked`](crate::rpc::DisconnectKind::Panicked), because the state of
/// the handler may no longer match the wire. [`Inbound::closed`] is still called.
pub trait Inbound: Send + 'static {
    /// Gets every frame that is valid UTF-8 first, responses included, before it is parsed.
    ///
    /// Returns whether it consumed the frame; a consumed frame is not handled any further.
    /// This is the fast path for notifications that are too frequent to be parsed twice. The
    /// default consumes nothing.
    fn intercept(&mut self, frame: &str) -> bool {
        let _ = frame;
        false
    }

    /// Handles a notification. `params` is `None` when absent or null.
    fn notification(&mut self, method: &str, params: Option<&RawValue>);

    /// Handles a request. `params` is `None` when absent or null.
    ///
    /// Answer with `responder`, here or later from any task or thread. Dropping it answers
    /// with an error.
    fn request(&mut self, method: &str, params: Option<&RawValue>, responder: Responder);

    /// Gets a frame that is not a JSON-RPC message: not UTF-8, not JSON, or not the right
    /// fields; empty for text between frames. The default ignores it. If the frame is a response, its call
    /// fails; if it can't be told which call that is, every one.
    ///
    /// The connection stays open. `reason` does not quote the frame.
    fn malformed(&mut self, frame: &[u8], reason: &str) {
        let _ = (frame, reason);
    }

    /// Is told of a message that is not as JSON-RPC has it. One that is understood all the same is handled
    /// behind this: a batch, a wrong version, an id that is written in another way. An answer to no call is
    /// ignored. The default ignores all.
    fn unusual(&mut self, reason: &str) {
        let _ = reason;
    }

    /// Gets the beginning (up to 4 KiB) of a frame that is longer than
    /// [`FrameLimits::max_body`](crate::rpc::FrameLimits::max_body), and was passed over. The default ignores
    /// it. If it is a response, its call fails.
    ///
    /// The connection stays open. `reason` does not quote the frame.
    fn oversized(&mut self, head: &[u8], reason: &str) {
        let _ = (head, reason);
    }

    /// Runs when all complete frames of one read have been handled: the place to wake readers
    /// once per read instead of once per frame. The default does nothing.
    fn drained(&mut self) {}

    /// Runs exactly once, when the connection closes: after the last frame that was read has
    /// been handled and before any pending call fails with the reason.
    fn closed(&mut self, reason: &Disconnect);
}
