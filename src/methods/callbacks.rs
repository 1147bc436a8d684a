//! Callbacks: methods that the runtime calls and a client answers.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json;
use crate::json::Mismatch;
use crate::methods::call::json_for;

/// A method that the runtime calls and a client answers.
pub trait ClientMethod {
    /// The name on the wire.
    const NAME: &'static str;
    /// The parameters; `()` if there are none.
    type Params: DeserializeOwned + Serialize + Send + 'static;
    /// The result to answer with; `()` is null.
    type Result: DeserializeOwned + Serialize + Send + 'static;
}

/// Reads the parameters `json` of a call of `M`.
pub(crate) fn read_params<M: ClientMethod>(json: &str) -> Result<M::Params, Mismatch> {
    json::read(json_for::<M::Params>(json))
}
