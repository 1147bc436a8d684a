//! Handlers of what the runtime asks and tells of a session, on a pending and on an active one.

use std::future::Future;

use serde_json::Value;

use crate::error::Result;
use crate::rpc::RpcError;
use crate::session::inbox::{
    HandlerGuard, MethodNames, RequestOrder, RuntimeNotification, RuntimeRequest,
};
use crate::session::states::active::Active;
use crate::session::states::pending::Pending;
use crate::session::states::session::Session;

macro_rules! handlers {
    ($state:ty) => {
        impl Session<$state> {
            /// Adds a handler of the runtime's requests for this session; see
            /// [`SessionHandle::handle_requests`](crate::SessionHandle::handle_requests).
            ///
            /// # Errors
            ///
            /// Those of
            /// [`SessionHandle::handle_requests`](crate::SessionHandle::handle_requests).
            pub fn handle_requests<F, A>(
                &self,
                methods: impl Into<MethodNames>,
                handler: F,
            ) -> Result<HandlerGuard>
            where
                F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
                A: Future<Output = Result<Value, RpcError>> + Send + 'static,
            {
                self.handle().handle_requests(methods, handler)
            }

            /// Adds a handler that gets the session's requests in the order of their arrival; see
            /// [`SessionHandle::handle_ordered_requests`](crate::SessionHandle::handle_ordered_requests).
            ///
            /// # Errors
            ///
            /// Those of
            /// [`SessionHandle::handle_requests`](crate::SessionHandle::handle_requests).
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
                self.handle().handle_ordered_requests(methods, order, handler)
            }

            /// Adds a handler of the runtime's notifications about this session; see
            /// [`SessionHandle::handle_notifications`](crate::SessionHandle::handle_notifications).
            ///
            /// # Errors
            ///
            /// Those of
            /// [`SessionHandle::handle_notifications`](crate::SessionHandle::handle_notifications).
            pub fn handle_notifications<F, A>(
                &self,
                methods: impl Into<MethodNames>,
                handler: F,
            ) -> Result<HandlerGuard>
            where
                F: Fn(RuntimeNotification) -> A + Send + Sync + 'static,
                A: Future<Output = ()> + Send + 'static,
            {
                self.handle().handle_notifications(methods, handler)
            }
        }
    };
}

handlers!(Pending);
handlers!(Active);
