//! The dispatcher: has the requests handled that the runtime asks by events.

use std::sync::Arc;

use futures::future::{BoxFuture, OptionFuture};
use futures::{FutureExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::Result;
use crate::events::{Event, EventStream};
use crate::session::handle::SessionHandle;
use crate::session::handlers::asked::{Asked, asked, is_end};
use crate::session::handlers::context::Context;
use crate::session::handlers::open::{OpenRequests, Progress};
use crate::session::handlers::recovery::{Found, find_requests, request_id, request_key};
use crate::session::handlers::set::HandlerSet;
use crate::session::handlers::starts::Starts;
use crate::session::inbox::contained;

/// Reads a session's events, and spawns a task for each request. It never waits for one, so that it falls
/// behind no more than any reader; what it misses all the same it finds in the runtime's history.
pub(super) struct Dispatcher {
    session: SessionHandle,
    set: watch::Receiver<Arc<HandlerSet>>,
    starts: watch::Receiver<Starts>,
    /// Those that were seen.
    seen: Starts,
    /// The tasks, each of which returns the key of its request.
    tasks: JoinSet<Box<str>>,
    open: OpenRequests,
    /// Requests may be open of which no event told.
    must_recover: bool,
}

impl Dispatcher {
    /// `must_recover`: requests may be open already.
    pub(super) fn new(
        session: SessionHandle,
        set: watch::Receiver<Arc<HandlerSet>>,
        starts: watch::Receiver<Starts>,
        must_recover: bool,
    ) -> Self {
        let (tasks, open) = Default::default();
        let seen = *starts.borrow();
        Self { session, set, starts, seen, tasks, open, must_recover }
    }

    /// Reads until the log is closed. Then no answer can be given, and what still runs is dropped.
    pub(super) async fn run(mut self, mut events: EventStream) {
        let mut recovery: Option<BoxFuture<'static, Result<Found>>> = None;
        loop {
            if self.must_recover && recovery.is_none() && self.may_recover() {
                self.must_recover = false;
                recovery = Some(find_requests(self.session.clone()).boxed());
            }
            tokio::select! {
                biased;
                // Before the events, which may be of the attempt that has begun.
                Ok(()) = self.starts.changed() => self.started(),
                item = events.next() => match item {
                    _ if self.session.close_reason().is_some() => break,
                    None => break,
                    Some(Ok(event)) => self.take(&event),
                    Some(Err(gap)) => {
                        tracing::debug!(gap = ?gap.to_string(), "looking for requests in the history");
                        self.must_recover = true;
                    }
                },
                Some(ended) = self.tasks.join_next() => match ended {
                    Ok(key) => self.open.end(&key),
                    // One that was aborted is no longer open. What its drop panicked with may panic too.
                    Err(error) => std::mem::forget(error),
                },
                Some(found) = OptionFuture::from(recovery.as_mut()) => {
                    recovery = None;
                    self.recovered(found);
                }
            }
        }
        self.open.cancel_all();
    }

    fn may_recover(&self) -> bool {
        self.open.has_room() && self.session.core().is_active()
    }

    /// The session's start has begun again, or has succeeded.
    fn started(&mut self) {
        let starts = *self.starts.borrow_and_update();
        if starts.begun != self.seen.begun {
            // What an attempt that was given up has asked, nobody waits for.
            self.open.cancel_all();
            self.open = OpenRequests::default();
        }
        self.must_recover |= starts.continued != self.seen.continued;
        self.seen = starts;
    }

    fn recovered(&mut self, found: Result<Found>) {
        match found {
            Ok(Found { open, ended }) => {
                for key in &ended {
                    self.open.cancel(key);
                }
                for request in &open {
                    self.take(request);
                }
            }
            Err(error) => tracing::error!(
                session = ?self.session.id(),
                error = ?error.to_string(),
                "requests of the runtime may be unanswered: its history can't be read"
            ),
        }
    }

    fn take(&mut self, event: &Event) {
        if is_end(event) {
            if let Some(key) = request_key(event) {
                self.open.cancel(&key);
            }
            return;
        }
        let asked = asked(event, &self.set.borrow());
        if let Some(asked) = asked {
            self.handle(event, asked);
        }
    }

    /// Has a request handled, unless it was delivered before, and answered, unless the work gives nothing.
    fn handle(&mut self, event: &Event, Asked { method, work }: Asked) {
        // Without an id there is nothing to answer.
        let (Some(id), Some(key)) = (request_id(event), request_key(event)) else { return };
        if self.open.is_known(&key) {
            return;
        }
        if self.open.is_full() {
            // It is found in the history once there is room.
            self.must_recover = true;
            return;
        }
        let (progress, session) = (Progress::default(), self.session.clone());
        let work = work(Context {
            session: session.clone(),
            event: event.clone(),
            cancellation: progress.cancellation.clone(),
        });
        let (answering, own) = (progress.clone(), key.clone());
        let task = self.tasks.spawn(async move {
            // A panic beside the handler itself, such as of its drop, ends this request alone.
            let handled = contained(async move {
                if let Some(params) = work.await {
                    answering.begin_answer();
                    answer(&session, method, &id, params).await;
                }
            });
            if handled.await.is_none() {
                tracing::error!(request = ?own, "a handler of a request panicked when it was dropped");
            }
            own
        });
        self.open.begin(&key, task, progress);
    }
}

/// Answers a request, once: whether it arrived is not always known, and a second answer could be about
/// something else.
async fn answer(session: &SessionHandle, method: &str, id: &str, mut params: Value) {
    #[derive(Deserialize)]
    struct Answered {
        success: Option<bool>,
    }

    let mut params = params.as_object_mut().map(std::mem::take).unwrap_or_default();
    params.insert("requestId".into(), json!(id));
    let answered: Result<Answered> = session.call_early(method, params).await;
    match answered {
        Ok(Answered { success: Some(false) }) => {
            tracing::info!(session = ?session.id(), request = ?id, "somebody else has answered a request, or its work was aborted");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(session = ?session.id(), request = ?id, error = ?error.to_string(), "whether the answer to a request has arrived is not known");
        }
    }
}
