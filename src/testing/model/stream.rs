//! The body of a streamed answer: server-sent events, with delays, holds and cuts.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, stream};
use hyper::body::Frame;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::testing::model::reply::{Chunk, Reply};
use crate::testing::model::script::ModelCore;
use crate::testing::model::wire::Answer;

/// The HTTP body frames of `answer`, one for each of `chunks` and one for the end, at the times
/// that `reply` says.
pub(super) fn frames(
    answer: Answer,
    chunks: Vec<Chunk>,
    reply: Reply,
    core: Arc<ModelCore>,
) -> impl Stream<Item = Result<Frame<Bytes>, Cut>> + Send {
    let state = Streamed { answer, chunks, reply, core, sent: 0 };
    stream::unfold(Some(state), |state| async {
        let mut state = state?;
        match state.next().await {
            Ok((text, last)) => {
                let frame = Ok(Frame::data(Bytes::from(text)));
                Some((frame, (!last).then_some(state)))
            }
            Err(cut) => Some((Err(cut), None)),
        }
    })
}

/// The state of an answer that is being streamed.
struct Streamed {
    answer: Answer,
    chunks: Vec<Chunk>,
    reply: Reply,
    core: Arc<ModelCore>,
    sent: usize,
}

impl Streamed {
    /// The next piece of the body, and whether it is the last.
    async fn next(&mut self) -> Result<(String, bool), Cut> {
        if self.sent > 0 {
            // Pending once, so that the server writes what it has: a cut then loses nothing
            // that was sent before it.
            yield_now().await;
            if self.reply.hold_after == Some(self.sent) {
                self.core.released(self.answer.number()).await;
            }
            if !self.reply.delay.is_zero() && self.sent < self.chunks.len() {
                sleep(self.reply.delay).await;
            }
            if self.reply.cut_after == Some(self.sent) {
                return Err(Cut);
            }
        }
        self.sent += 1;
        Ok(match self.chunks.get(..self.sent) {
            Some(chunks) => (self.answer.chunk(chunks), false),
            None => (self.answer.end(&self.chunks), true),
        })
    }
}

/// The error that makes the server drop the connection, as the reply says.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scripted reply drops the connection here")
    }
}

impl std::error::Error for Cut {}
