//! Methods that clients answer.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json;
use crate::json::Mismatch;
use crate::methods::call::json_for;

/// A method that the runtime calls of a client.
pub trait ClientMethod {
    /// The name on the wire.
    const NAME: &'static str;
    /// What the runtime asks with; `()` if it is nothing.
    type Params: DeserializeOwned + Serialize + Send + 'static;
    /// What to answer with; `()` stands for null.
    type Result: DeserializeOwned + Serialize + Send + 'static;
}

/// Reads the parameters `json` of a call of `M`.
pub(crate) fn read_params<M: ClientMethod>(json: &str) -> Result<M::Params, Mismatch> {
    json::read(json_for::<M::Params>(json))
}
