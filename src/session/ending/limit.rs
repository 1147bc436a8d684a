//! The limit of waiting for an answer that ends something.

use std::future::Future;

use crate::error::{Error, ErrorKind, Result};
use crate::session::connection::ClientCore;

/// Waits for the runtime's answer to `what` for at most the client's limit.
pub(super) async fn in_time<T>(
    client: &ClientCore,
    what: &str,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    let limit = client.options.stop_answer_timeout;
    client.within(limit, answer).await.unwrap_or_else(|| {
        Err(Error::new(
            ErrorKind::TimedOut,
            format!(
                "the runtime did not answer {what} within {limit:?}; it may do so later: raise \
                 `ClientOptions::stop_answer_timeout` if it needs longer"
            ),
        ))
    })
}
