//! `Requests`: what a session's configuration has said of the runtime's requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::error::Result;
use crate::events::{CloseReason, EventStream};
use crate::rpc::RpcError;
use crate::session::handle::SessionHandle;
use crate::session::handlers::dispatcher::Dispatcher;
use crate::session::handlers::set::HandlerSet;
use crate::session::handlers::starts::Starts;
use crate::session::inbox::{MethodNames, RequestHandler};

/// The handlers of a session, and whether they are in place.
#[derive(Debug)]
pub(in crate::session) struct Requests {
    set: watch::Sender<Arc<HandlerSet>>,
    starts: watch::Sender<Starts>,
    is_dispatching: AtomicBool,
    /// The methods that have a handler in the session's inbox.
    methods: Mutex<Vec<&'static str>>,
}

impl Requests {
    pub(in crate::session) fn new(set: HandlerSet) -> Self {
        Self {
            set: watch::Sender::new(Arc::new(set)),
            starts: watch::Sender::default(),
            is_dispatching: AtomicBool::new(false),
            methods: Mutex::default(),
        }
    }

    /// Puts the handlers in place that are not: those of the session's first events.
    ///
    /// # Errors
    ///
    /// When a method has a handler already, or the session has ended.
    pub(in crate::session) fn begin(&self, session: &SessionHandle) -> Result<()> {
        self.starts.send_modify(|starts| starts.begun += 1);
        self.begin_from(session, session.events(), false)
    }

    /// Takes over the handlers of another configuration. What that one does not have stays.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin); then nothing is taken over.
    pub(in crate::session) fn update(
        &self,
        session: &SessionHandle,
        set: &HandlerSet,
    ) -> Result<()> {
        let before = self.set.borrow().clone();
        let replaced = self.set.send_replace(Arc::new(before.updated_by(set)));
        // What was asked before is not in the events from here on.
        let begun = self.begin_from(session, session.live_events(), true);
        if begun.is_err() {
            self.set.send_replace(replaced);
        }
        begun
    }

    /// The runtime has started the session; `continues`: also what was open in an earlier activation.
    pub(in crate::session) fn started(&self, continues: bool) {
        self.starts.send_modify(|starts| {
            starts.succeeded += 1;
            starts.continued += u64::from(continues);
        });
    }

    fn begin_from(
        &self,
        session: &SessionHandle,
        events: EventStream,
        must_recover: bool,
    ) -> Result<()> {
        let set = self.set.borrow().clone();
        self.add_direct(session, &set)?;
        if set.answers_events() && !self.is_dispatching.swap(true, Ordering::SeqCst) {
            let (set, starts) = (self.set.subscribe(), self.starts.subscribe());
            let dispatcher = Dispatcher::new(session.clone(), set, starts, must_recover);
            tokio::spawn(dispatcher.run(events));
        } else if must_recover {
            self.starts.send_modify(|starts| starts.continued += 1);
        }
        Ok(())
    }

    /// Adds handlers to the session's inbox, each of which looks up what is set when it is asked.
    fn add_direct(&self, session: &SessionHandle, set: &HandlerSet) -> Result<()> {
        let mut methods = self.methods.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = set.direct().keys().filter(|method| !methods.contains(method));
        let missing: Vec<&'static str> = missing.copied().collect();
        let mut added = Vec::new();
        for method in missing {
            let (set, handle) = (self.set.subscribe(), session.clone());
            let handler = RequestHandler::concurrent(move |request| {
                let direct = set.borrow().direct().get(method).cloned();
                let handle = handle.clone();
                async move {
                    // It was set when this handler was added, and is never taken back.
                    let no_handler = || RpcError::new(RpcError::METHOD_NOT_FOUND, "no handler");
                    let direct = direct.ok_or_else(no_handler)?;
                    tokio::select! {
                        biased;
                        answer = direct.answer(request, handle.clone()) => answer,
                        reason = handle.core().ended() => {
                            Err(RpcError::new(RpcError::INTERNAL_ERROR, reason.to_string()))
                        }
                    }
                }
            });
            let handlers = session.core().handlers_to_extend()?;
            let guard = handlers.add_requests(MethodNames::from(method), &handler);
            let reason = || session.close_reason().unwrap_or(CloseReason::Dropped);
            added.push((method, guard.map_err(|refused| refused.into_error(reason))?));
        }
        for (method, guard) in added {
            guard.keep();
            methods.push(method);
        }
        Ok(())
    }
}
