//! Handlers of what the runtime asks and tells: those that a client is configured with, and those
//! that are added at run time.

use std::future::Future;

use serde_json::Value;

use crate::error::Result;
use crate::events::CloseReason;
use crate::rpc::RpcError;
use crate::session::connection::client::Client;
use crate::session::connection::options::ClientOptions;
use crate::session::connection::state::ConnectionState;
use crate::session::inbox::{
    HandlerGuard, MethodNames, NotificationHandler, RequestHandler, RequestOrder,
    RuntimeNotification, RuntimeRequest, Target,
};

/// # What the runtime asks and tells
///
/// A runtime sends requests (`hooks.invoke`, `sessionFs.readFile`, …), which a client answers, and
/// notifications (`gitHubTelemetry.event`). Each goes to one handler:
///
/// 1. that of the [session](crate::Session::handle_requests) which the parameter `sessionId` names,
/// 2. the client's for the method, from these options or added [at run
///    time](Client::handle_requests),
/// 3. the client's fallback for methods without a handler.
///
/// A method has one handler in each of these places; a second one is an error, never a
/// replacement. The runtime can send as soon as it is connected, so a handler that must miss
/// nothing belongs here or on a pending session.
///
/// Handlers run in tasks, never on the connection's reader; a slow one delays no event. One that
/// panics fails that one message. Handlers are removed, and dropped, when their session or the
/// connection ends; what arrived before is still handled.
impl ClientOptions {
    /// Adds the handler of requests of one method or of several, such as `hooks.invoke`. It gives
    /// the result, or the error to answer with: [`RpcError`] with code, message and data.
    ///
    /// **Order.** Each request is handled in a task of its own, so several run at once, and not in the
    /// order of their arrival; see [`on_ordered_request`](Self::on_ordered_request).
    ///
    /// **Bounds.** At most
    /// [`max_inbound_requests`](crate::rpc::ConnectionLimits::max_inbound_requests) requests are open at
    /// a time, over all handlers; further ones are answered with [`RpcError::TOO_MANY_REQUESTS`].
    ///
    /// **Errors.** A request whose handler panics is answered with [`RpcError::INTERNAL_ERROR`], one
    /// without a handler with [`RpcError::METHOD_NOT_FOUND`]. A second handler for a method is an error
    /// of [`Client::start`].
    pub fn on_request<F, A>(mut self, methods: impl Into<MethodNames>, handler: F) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.handlers.requests(methods.into(), RequestHandler::concurrent(handler));
        self
    }

    /// Adds a handler that gets the requests of one method, or of several together, in the order of
    /// their arrival: within an [order](RequestOrder), it is called when the request before it has
    /// been answered.
    ///
    /// For methods that are parts of one thing, such as the chunks of a body:
    ///
    /// ```
    /// use copilot_sessions::ClientOptions;
    /// use copilot_sessions::session::RequestOrder;
    ///
    /// let methods = ["llmInference.httpRequestStart", "llmInference.httpRequestChunk"];
    /// let order = RequestOrder::by_param("requestId");
    /// let options = ClientOptions::new().on_ordered_request(methods, order, |request| async move {
    ///     println!("{}", request.method());
    ///     Ok(serde_json::json!({}))
    /// });
    /// # drop(options);
    /// ```
    ///
    /// Requests of different orders are handled at the same time. An order has a task while it has
    /// requests, and nothing otherwise. How many may wait, and what happens to more, says
    /// [`RequestOrder::max_waiting`]. All else is as with [`on_request`](Self::on_request).
    pub fn on_ordered_request<F, A>(
        mut self,
        methods: impl Into<MethodNames>,
        order: RequestOrder,
        handler: F,
    ) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.handlers.requests(methods.into(), RequestHandler::ordered(order, handler));
        self
    }

    /// Sets the handler of requests of all methods that have no handler of their own. Like
    /// [`on_request`](Self::on_request); a second one is an error of [`Client::start`].
    pub fn on_any_request<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.handlers.requests(Target::Fallback, RequestHandler::concurrent(handler));
        self
    }

    /// Adds the handler of notifications of one method or of several, such as
    /// `gitHubTelemetry.event`.
    ///
    /// **Order.** It gets one notification at a time, in the order of their arrival; the next one when
    /// its future is done. Different handlers do not wait for one another.
    ///
    /// **Bounds.** 4,096 notifications, or 16 MiB of them, may wait for a handler. Further ones are
    /// dropped, and counted in [`Client::dropped_notifications`]. One without a handler is counted in
    /// [`Client::unhandled_notifications`].
    ///
    /// **Errors.** A panic of the handler is caught and logged; it continues with the next one. A second
    /// handler for a method is an error of [`Client::start`], and so is one for `session.event` or
    /// `session.lifecycle`, which this crate reads itself.
    pub fn on_notification<F, A>(mut self, methods: impl Into<MethodNames>, handler: F) -> Self
    where
        F: Fn(RuntimeNotification) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.handlers.notifications(methods.into(), NotificationHandler::new(handler));
        self
    }

    /// Sets the handler of notifications of all methods that have no handler of their own. Like
    /// [`on_notification`](Self::on_notification); a second one is an error of [`Client::start`].
    pub fn on_any_notification<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(RuntimeNotification) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.handlers.notifications(Target::Fallback, NotificationHandler::new(handler));
        self
    }
}

/// # Handlers at run time
impl Client {
    /// Adds a handler of requests, until the [`HandlerGuard`] is dropped. Like
    /// [`ClientOptions::on_request`], for requests that arrive from now on.
    ///
    /// A handler that holds a client or a session keeps it open while the handler is there.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): this client has a handler for one of the
    ///   methods, which the text names. That stays, and nothing is added.
    /// - [`Closed`](crate::ErrorKind::Closed): the connection has ended.
    pub fn handle_requests<F, A>(
        &self,
        methods: impl Into<MethodNames>,
        handler: F,
    ) -> Result<HandlerGuard>
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.add_requests(methods.into(), &RequestHandler::concurrent(handler))
    }

    /// Adds a handler of requests that gets them in the order of their arrival, until the
    /// [`HandlerGuard`] is dropped. Like [`ClientOptions::on_ordered_request`], for requests that
    /// arrive from now on.
    ///
    /// # Errors
    ///
    /// Those of [`handle_requests`](Self::handle_requests).
    pub fn handle_ordered_requests<F, A>(
        &self,
        methods: impl Into<MethodNames>,
        order: RequestOrder,
        handler: F,
    ) -> Result<HandlerGuard>
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.add_requests(methods.into(), &RequestHandler::ordered(order, handler))
    }

    /// Adds a handler of notifications, until the [`HandlerGuard`] is dropped. Like
    /// [`ClientOptions::on_notification`], for notifications that arrive from now on.
    ///
    /// # Errors
    ///
    /// Those of [`handle_requests`](Self::handle_requests); also
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for `session.event` and `session.lifecycle`.
    pub fn handle_notifications<F, A>(
        &self,
        methods: impl Into<MethodNames>,
        handler: F,
    ) -> Result<HandlerGuard>
    where
        F: Fn(RuntimeNotification) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let handlers = self.core().inbox.handlers();
        let added =
            handlers.add_notifications(methods.into(), &NotificationHandler::new(handler));
        added.map_err(|refused| refused.into_error(|| self.end()))
    }

    fn add_requests(
        &self,
        methods: MethodNames,
        handler: &RequestHandler,
    ) -> Result<HandlerGuard> {
        let added = self.core().inbox.handlers().add_requests(methods, handler);
        added.map_err(|refused| refused.into_error(|| self.end()))
    }

    /// Why the connection has ended. Handlers are refused once the state says so.
    fn end(&self) -> CloseReason {
        match self.connection_state() {
            ConnectionState::Closed(reason) => reason,
            _ => CloseReason::Dropped,
        }
    }
}
