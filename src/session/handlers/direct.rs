//! `Direct`: a handler of what the runtime asks by requests.

use std::future::Future;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rpc::RpcError;
use crate::session::handle::SessionHandle;
use crate::session::handlers::function::Function;
use crate::session::inbox::RuntimeRequest;

type Answer = Result<Value, RpcError>;

/// A handler of the requests of one method. Clones are the same handler.
#[derive(Clone, Debug)]
pub(in crate::session) struct Direct(Function<(RuntimeRequest, SessionHandle), Answer>);

impl Direct {
    /// Parameters that can't be read are answered with an error that says so.
    pub(super) fn new<P, F, R>(function: F) -> Self
    where
        P: DeserializeOwned,
        F: FnOnce(P, SessionHandle) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        Self(Function::new(|(request, session): (RuntimeRequest, SessionHandle)| async move {
            let params = request.params()?;
            function(params, session).await
        }))
    }

    pub(super) async fn answer(
        self,
        request: RuntimeRequest,
        session: SessionHandle,
    ) -> Answer {
        self.0.call((request, session)).await
    }
}
