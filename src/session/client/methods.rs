//! The typed methods of clients and sessions: `rpc()`, with the feature `methods`.

use futures::FutureExt;
use serde_json::value::RawValue;

use crate::ids::SessionId;
use crate::methods::{Caller, Reply, ServerMethods, SessionMethods};
use crate::session::connection::Client;
use crate::session::handle::{SessionHandle, until_closed};
use crate::session::states::{Active, Session};

impl Client {
    /// The methods of the runtime that need no session, typed; see [`methods`](crate::methods).
    pub fn rpc(&self) -> ServerMethods<'_> {
        ServerMethods::new(self)
    }
}

impl Session<Active> {
    /// The methods of this session, typed; see [`methods`](crate::methods).
    pub fn rpc(&self) -> SessionMethods<'_> {
        SessionMethods::new(&self.state.handle)
    }
}

impl SessionHandle {
    /// The methods of this session, typed; see [`methods`](crate::methods).
    pub fn rpc(&self) -> SessionMethods<'_> {
        SessionMethods::new(self)
    }
}

impl Caller for Client {
    fn session_id(&self) -> Option<&SessionId> {
        None
    }

    fn call<'a>(&'a self, method: &'static str, params: Box<RawValue>) -> Reply<'a> {
        async move { self.call_raw(method, &params).await }.boxed()
    }
}

impl Caller for SessionHandle {
    fn session_id(&self) -> Option<&SessionId> {
        self.id()
    }

    fn call<'a>(&'a self, method: &'static str, params: Box<RawValue>) -> Reply<'a> {
        async move {
            let (_, client) = self.open()?;
            until_closed(client.core(), self.core(), client.call_raw(method, &params)).await
        }
        .boxed()
    }
}
