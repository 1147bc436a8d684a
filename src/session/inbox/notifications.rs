//! Handlers of notifications: one at a time, in the order of arrival.

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::session::inbox::contained::{contained, discard, drop_contained};
use crate::session::inbox::lanes::{Bounds, Lanes, Pushed};
use crate::session::inbox::notification::RuntimeNotification;

type Call = dyn Fn(RuntimeNotification) -> BoxFuture<'static, ()> + Send + Sync;

/// What may wait for one handler. Nothing else bounds notifications: the runtime does not wait for
/// them.
const BOUNDS: Bounds = Bounds { items: 4096, weight: 16 * 1024 * 1024 };

/// A handler of notifications. Clones are the same handler.
#[derive(Clone)]
pub(in crate::session) struct NotificationHandler {
    call: Arc<Call>,
    lanes: Arc<Lanes<Job>>,
}

/// One notification to be handled. It has no part of the lanes in which it waits: that would be a
/// circle.
struct Job {
    call: Arc<Call>,
    notification: RuntimeNotification,
}

impl NotificationHandler {
    pub(in crate::session) fn new<F, A>(handler: F) -> Self
    where
        F: Fn(RuntimeNotification) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        // The call is inside the future, so that a panic before the first await is one of the
        // future too.
        let handler = Arc::new(handler);
        let call = move |notification| {
            let handler = Arc::clone(&handler);
            async move { handler(notification).await }.boxed()
        };
        Self { call: Arc::new(call), lanes: Arc::new(Lanes::new(BOUNDS)) }
    }

    /// The same function with a queue of its own, for another connection.
    pub(super) fn for_another_connection(&self) -> Self {
        Self { call: Arc::clone(&self.call), lanes: Arc::new(Lanes::new(BOUNDS)) }
    }

    /// Has a notification handled, in a task; false if there is no room for it. Runs on the
    /// connection's reader, in the order of arrival.
    pub(super) fn dispatch(self, notification: RuntimeNotification) -> bool {
        let weight = notification.message().weight();
        // The job takes the reader's share of the function, which so never is the last one here.
        let Self { call, lanes } = self;
        match lanes.push(&None, Job { call, notification }, weight) {
            Pushed::First(job) => {
                tokio::spawn(async move { lanes.work_off(&None, job, Job::run).await });
            }
            Pushed::Waiting => {}
            Pushed::Full(job) => {
                discard(job.call);
                return false;
            }
        }
        true
    }
}

impl Job {
    async fn run(self) {
        let Self { call, notification } = self;
        let method: Box<str> = notification.method().into();
        if contained(call(notification)).await.is_none() {
            tracing::error!(?method, "the handler of a notification panicked; it continues");
        }
        // It may be the last share of a handler that was removed.
        drop_contained(call).await;
    }
}
