//! The registry: which session an event belongs to, by session id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, EventDraft};
use crate::ids::SessionId;
use crate::session::connection::orphans::Orphans;
use crate::session::core::{Ingested, SessionCore};

/// The sessions of one connection, by id.
///
/// Each registration has a generation number, so that a registration that is dropped late can't
/// remove a later session with the same id.
#[derive(Debug, Default)]
pub(in crate::session) struct Registry {
    sessions: Mutex<Sessions>,
    /// Changes with every registration and removal, so that the router can cache its last
    /// lookup.
    version: AtomicU64,
    /// The number of events that no log took.
    unclaimed: AtomicU64,
    /// The number of messages that could not be read, whether events or not.
    unreadable: AtomicU64,
}

#[derive(Debug, Default)]
struct Sessions {
    routes: HashMap<SessionId, Route>,
    last_generation: u64,
    /// The number of starts under way whose id the runtime will choose. While there are any,
    /// events of unknown sessions are buffered.
    unassigned_starts: usize,
    orphans: Orphans,
    /// Set when no session can be registered any more: the reason.
    refusal: Option<CloseReason>,
}

#[derive(Debug)]
struct Route {
    generation: u64,
    core: Arc<SessionCore>,
}

/// A session's entry in the registry, removed on drop.
#[derive(Debug)]
pub(in crate::session) struct Registration {
    registry: Arc<Registry>,
    id: SessionId,
    generation: u64,
}

/// A start whose session has no id yet. While it exists, events of unknown sessions are
/// buffered.
#[derive(Debug)]
pub(in crate::session) struct UnassignedStart {
    registry: Arc<Registry>,
}

impl Registry {
    /// Registers a session under its id, and appends the events that were buffered for it. The
    /// caller wakes the readers of its log.
    pub(in crate::session) fn register(
        self: &Arc<Self>,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Result<Registration> {
        let mut sessions = self.lock();
        if let Some(reason) = &sessions.refusal {
            return Err(Error::closed(reason.clone()));
        }
        // A session that has ended gives its id free, whether its owner knows or not.
        let is_open = |route: &Route| route.core.log().close_reason().is_none();
        if sessions.routes.get(id).is_some_and(is_open) {
            return Err(Error::new(
                ErrorKind::SessionInUse,
                format!(
                    "this client already has session {id}; use that session, or disconnect it \
                     first"
                ),
            ));
        }
        sessions.last_generation += 1;
        let generation = sessions.last_generation;
        let route = Route { generation, core: Arc::clone(core) };
        let ended = sessions.routes.insert(id.clone(), route);
        let buffered = sessions.orphans.take(id.as_str());
        // Under the lock, so that an event which arrives meanwhile comes after these.
        if core.log().close_reason().is_some() {
            self.count_unclaimed(buffered.arrived());
        } else {
            if buffered.may_lack_more {
                core.record_gap(None);
            }
            core.record_gap(Some(buffered.lost));
            for event in buffered.events {
                if core.ingest(event) == Ingested::DroppedLogClosed {
                    self.count_unclaimed(1);
                }
            }
        }
        drop(sessions);
        drop(ended);
        self.version.fetch_add(1, Ordering::Release);
        tracing::debug!(session = ?id, generation, "session registered");
        Ok(Registration { registry: Arc::clone(self), id: id.clone(), generation })
    }

    /// Begins a start whose id the runtime will choose.
    pub(in crate::session) fn begin_unassigned_start(
        self: &Arc<Self>,
    ) -> Result<UnassignedStart> {
        let mut sessions = self.lock();
        if let Some(reason) = &sessions.refusal {
            return Err(Error::closed(reason.clone()));
        }
        sessions.unassigned_starts += 1;
        Ok(UnassignedStart { registry: Arc::clone(self) })
    }

    pub(in crate::session) fn get(&self, id: &str) -> Option<Arc<SessionCore>> {
        self.lock().routes.get(id).map(|route| Arc::clone(&route.core))
    }

    pub(in crate::session) fn is_registered(&self, id: &str) -> bool {
        self.lock().routes.contains_key(id)
    }

    /// A number that changes with every registration and removal.
    pub(in crate::session) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Buffers an event of an unknown session if a start under way may be that session's. Gives
    /// the event back with the session if that has been registered meanwhile.
    pub(in crate::session) fn push_orphan(&self, id: &str, event: EventDraft) -> Orphaned {
        let mut sessions = self.lock();
        if let Some(route) = sessions.routes.get(id) {
            let core = Arc::clone(&route.core);
            return Orphaned::Registered(core, event);
        }
        if sessions.unassigned_starts == 0 {
            return Orphaned::Dropped;
        }
        if sessions.orphans.push(id, event) { Orphaned::Buffered } else { Orphaned::Dropped }
    }

    /// Counts events that no log took.
    pub(in crate::session) fn count_unclaimed(&self, events: u64) {
        self.unclaimed.fetch_add(events, Ordering::Relaxed);
    }

    pub(in crate::session) fn unclaimed(&self) -> u64 {
        self.unclaimed.load(Ordering::Relaxed)
    }

    /// Counts a message that could not be read.
    pub(in crate::session) fn count_unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::session) fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// Refuses registrations from now on. The first reason stays.
    pub(in crate::session) fn refuse_registrations(&self, reason: CloseReason) {
        self.lock().refusal.get_or_insert(reason);
    }

    /// Removes all sessions and refuses registrations from now on.
    pub(in crate::session) fn refuse_and_remove_all(
        &self,
        reason: &CloseReason,
    ) -> Vec<Arc<SessionCore>> {
        let routes = {
            let mut sessions = self.lock();
            sessions.refusal.get_or_insert_with(|| reason.clone());
            self.drop_orphans(&mut sessions);
            std::mem::take(&mut sessions.routes)
        };
        self.version.fetch_add(1, Ordering::Release);
        routes.into_values().map(|route| route.core).collect()
    }

    /// Removes a session by its id. Its handles notice when its log is closed.
    pub(in crate::session) fn remove(&self, id: &str) -> Option<Arc<SessionCore>> {
        let route = self.lock().routes.remove(id);
        self.version.fetch_add(1, Ordering::Release);
        route.map(|route| route.core)
    }

    /// Whether this session is registered under the id.
    pub(in crate::session) fn is_same(&self, id: &SessionId, core: &Arc<SessionCore>) -> bool {
        self.lock().routes.get(id).is_some_and(|route| Arc::ptr_eq(&route.core, core))
    }

    /// Removes a session, unless another session has been registered under its id since.
    pub(in crate::session) fn remove_same(&self, id: &SessionId, core: &Arc<SessionCore>) {
        let mut sessions = self.lock();
        if sessions.routes.get(id).is_some_and(|route| Arc::ptr_eq(&route.core, core)) {
            let route = sessions.routes.remove(id);
            drop(sessions);
            self.version.fetch_add(1, Ordering::Release);
            drop(route);
        }
    }

    /// All sessions that are registered now.
    pub(in crate::session) fn all(&self) -> Vec<Arc<SessionCore>> {
        self.lock().routes.values().map(|route| Arc::clone(&route.core)).collect()
    }

    fn is_current(&self, id: &SessionId, generation: u64) -> bool {
        self.lock().routes.get(id).is_some_and(|route| route.generation == generation)
    }

    fn unregister(&self, id: &SessionId, generation: u64) {
        let mut sessions = self.lock();
        if sessions.routes.get(id).is_some_and(|route| route.generation == generation) {
            let route = sessions.routes.remove(id);
            drop(sessions);
            self.version.fetch_add(1, Ordering::Release);
            tracing::debug!(session = ?id, generation, "session unregistered");
            drop(route);
        }
    }

    /// Drops the buffered events, because no start is left that could take them.
    fn drop_orphans(&self, sessions: &mut Sessions) {
        self.count_unclaimed(std::mem::take(&mut sessions.orphans).unclaimed());
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // No change under this lock can panic halfway, so a poisoned lock's maps are valid.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`Registry::push_orphan`] did with an event.
pub(in crate::session) enum Orphaned {
    /// The session has been registered meanwhile: the event belongs into its log.
    Registered(Arc<SessionCore>, EventDraft),
    Buffered,
    Dropped,
}

impl Registration {
    /// Whether the session is still registered: the runtime has not ended it, and the connection
    /// is there.
    pub(in crate::session) fn is_current(&self) -> bool {
        self.registry.is_current(&self.id, self.generation)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.unregister(&self.id, self.generation);
    }
}

impl Drop for UnassignedStart {
    fn drop(&mut self) {
        let mut sessions = self.registry.lock();
        sessions.unassigned_starts = sessions.unassigned_starts.saturating_sub(1);
        if sessions.unassigned_starts == 0 {
            self.registry.drop_orphans(&mut sessions);
        }
    }
}
