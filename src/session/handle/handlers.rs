//! Handlers of what the runtime asks and tells of one session.

use std::future::Future;

use serde_json::Value;

use crate::error::Result;
use crate::events::CloseReason;
use crate::rpc::RpcError;
use crate::session::handle::SessionHandle;
use crate::session::inbox::{
    HandlerGuard, MethodNames, NotificationHandler, Refused, RequestHandler, RequestOrder,
    RuntimeNotification, RuntimeRequest,
};

impl SessionHandle {
    /// Adds a handler of the runtime's requests for this session, those whose parameter `sessionId` is
    /// its id, until the [`HandlerGuard`] is dropped or the session ends. Like
    /// [`ClientOptions::on_request`](crate::ClientOptions::on_request), and it goes before the client's
    /// handler for the method.
    ///
    /// A pending session can have handlers, which are in place before the runtime hears of the
    /// session. They stay when a start fails.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the session has a handler for one of the
    ///   methods, which the text names. That stays, and nothing is added.
    /// - [`Closed`](crate::ErrorKind::Closed): the session has ended.
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

    /// Like [`handle_requests`](Self::handle_requests), for a handler that gets the session's requests
    /// in the order of their arrival; see
    /// [`ClientOptions::on_ordered_request`](crate::ClientOptions::on_ordered_request).
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

    /// Adds a handler of the runtime's notifications about this session, those whose parameter
    /// `sessionId` is its id, until the [`HandlerGuard`] is dropped or the session ends. Like
    /// [`ClientOptions::on_notification`](crate::ClientOptions::on_notification), and it goes before the
    /// client's handler for the method.
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
        let handler = NotificationHandler::new(handler);
        let handlers = self.core().handlers_to_extend()?;
        self.added(handlers.add_notifications(methods.into(), &handler))
    }

    fn add_requests(
        &self,
        methods: MethodNames,
        handler: &RequestHandler,
    ) -> Result<HandlerGuard> {
        self.added(self.core().handlers_to_extend()?.add_requests(methods, handler))
    }

    fn added(&self, added: Result<HandlerGuard, Refused>) -> Result<HandlerGuard> {
        added.map_err(|refused| {
            // Handlers are refused once the log is closed.
            refused.into_error(|| self.close_reason().unwrap_or(CloseReason::Dropped))
        })
    }
}
