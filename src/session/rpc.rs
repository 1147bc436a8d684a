//! Typed methods of clients and sessions.

use futures::FutureExt;
use serde_json::{Map, Value};

use crate::methods::{Caller, Reply, ServerMethods, SessionMethods};
use crate::session::active::Active;
use crate::session::client::Client;
use crate::session::state::Session;

impl Client {
    /// The typed methods of the runtime; see [`methods`](crate::methods).
    pub fn rpc(&self) -> ServerMethods<'_> {
        ServerMethods::new(self)
    }
}

impl Session<Active> {
    /// The typed methods of the session; see [`methods`](crate::methods).
    pub fn rpc(&self) -> SessionMethods<'_> {
        SessionMethods::new(self)
    }
}

impl Caller for Client {
    fn call_raw<'a>(&'a self, method: &'static str, params: Map<String, Value>) -> Reply<'a> {
        async move { Self::call_raw(self, method, &params).await }.boxed()
    }
}

impl Caller for Session<Active> {
    fn call_raw<'a>(&'a self, method: &'static str, params: Map<String, Value>) -> Reply<'a> {
        async move { Self::call_raw(self, method, &params).await }.boxed()
    }
}
