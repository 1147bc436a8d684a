//! Which session an event belongs to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, EventDraft};
use crate::ids::SessionId;
use crate::session::connection::orphans::Orphans;
use crate::session::core::SessionCore;

/// The sessions of one connection, by id.
///
/// Registrations carry a generation: a handle that is dropped late can't unregister the
/// session that has taken its id since.
#[derive(Debug, Default)]
pub(in crate::session) struct Registry {
    sessions: Mutex<Sessions>,
    /// Changes with every registration, so that a reader may keep what it looked up last.
    version: AtomicU64,
    /// Events that no log took.
    unclaimed: AtomicU64,
    /// Messages that could not be read, events or not.
    unreadable: AtomicU64,
}

#[derive(Debug, Default)]
struct Sessions {
    routes: HashMap<SessionId, Route>,
    generations: u64,
    /// Starts under way whose id the runtime will choose: while there are any, events of
    /// unknown sessions are kept.
    unassigned: usize,
    orphans: Orphans,
    /// No more registrations, for this reason.
    refusing: Option<CloseReason>,
}

#[derive(Debug)]
struct Route {
    generation: u64,
    core: Arc<SessionCore>,
}

/// A session's place in the registry, given up on drop.
#[derive(Debug)]
pub(in crate::session) struct Registration {
    registry: Arc<Registry>,
    id: SessionId,
    generation: u64,
}

/// A start whose session has no id yet. While it lives, events of unknown sessions are
/// kept for it.
#[derive(Debug)]
pub(in crate::session) struct Unassigned {
    registry: Arc<Registry>,
}

impl Registry {
    /// Registers a session under its id.
    pub(in crate::session) fn register(
        self: &Arc<Self>,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Result<Registration> {
        let mut sessions = self.lock();
        if let Some(reason) = &sessions.refusing {
            return Err(Error::closed(reason.clone()));
        }
        if sessions.routes.contains_key(id) {
            return Err(Error::new(
                ErrorKind::SessionInUse,
                format!(
                    "session {id} is live in this client already; \
                     disconnect it first, or use its handle"
                ),
            ));
        }
        sessions.generations += 1;
        let generation = sessions.generations;
        let route = Route { generation, core: Arc::clone(core) };
        sessions.routes.insert(id.clone(), route);
        let (kept, lost) = sessions.orphans.take(id.as_str());
        // Still under the lock: an event that is read meanwhile comes after these.
        core.log().record_gap(lost);
        for event in kept {
            core.ingest(event);
        }
        drop(sessions);
        core.log().wake();
        self.version.fetch_add(1, Ordering::Release);
        tracing::debug!(session = %id, generation, "session registered");
        Ok(Registration { registry: Arc::clone(self), id: id.clone(), generation })
    }

    /// Announces a start whose id the runtime will choose.
    pub(in crate::session) fn expect_unassigned(self: &Arc<Self>) -> Result<Unassigned> {
        let mut sessions = self.lock();
        if let Some(reason) = &sessions.refusing {
            return Err(Error::closed(reason.clone()));
        }
        sessions.unassigned += 1;
        Ok(Unassigned { registry: Arc::clone(self) })
    }

    pub(in crate::session) fn get(&self, id: &str) -> Option<Arc<SessionCore>> {
        self.lock().routes.get(id).map(|route| Arc::clone(&route.core))
    }

    pub(in crate::session) fn is_registered(&self, id: &str) -> bool {
        self.lock().routes.contains_key(id)
    }

    /// See [`Registry::version`].
    pub(in crate::session) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Keeps an event of an unknown session if a start may yet claim it. Gives back the
    /// session when it has been registered meanwhile; otherwise tells whether it was kept.
    pub(in crate::session) fn orphan(&self, id: &str, event: EventDraft) -> Orphaned {
        let mut sessions = self.lock();
        if let Some(route) = sessions.routes.get(id) {
            let core = Arc::clone(&route.core);
            return Orphaned::Claimed(core, event);
        }
        if sessions.unassigned == 0 {
            return Orphaned::Discarded;
        }
        if sessions.orphans.push(id, event) { Orphaned::Kept } else { Orphaned::Discarded }
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

    /// Refuses registrations from now on; the first reason stays.
    pub(in crate::session) fn refuse(&self, reason: CloseReason) {
        self.lock().refusing.get_or_insert(reason);
    }

    /// Takes every session out and refuses new ones.
    pub(in crate::session) fn take_all(&self, reason: &CloseReason) -> Vec<Arc<SessionCore>> {
        let routes = {
            let mut sessions = self.lock();
            sessions.refusing.get_or_insert_with(|| reason.clone());
            self.forget_orphans(&mut sessions);
            std::mem::take(&mut sessions.routes)
        };
        self.version.fetch_add(1, Ordering::Release);
        routes.into_values().map(|route| route.core).collect()
    }

    /// Takes a session out, whoever registered it; its handles find out by its log.
    pub(in crate::session) fn remove(&self, id: &str) -> Option<Arc<SessionCore>> {
        let route = self.lock().routes.remove(id);
        self.version.fetch_add(1, Ordering::Release);
        route.map(|route| route.core)
    }

    /// Takes a session out if it still has this place.
    pub(in crate::session) fn remove_if(&self, id: &SessionId, core: &Arc<SessionCore>) {
        let mut sessions = self.lock();
        if sessions.routes.get(id).is_some_and(|route| Arc::ptr_eq(&route.core, core)) {
            let route = sessions.routes.remove(id);
            drop(sessions);
            self.version.fetch_add(1, Ordering::Release);
            drop(route);
        }
    }

    /// Every session that is registered now.
    pub(in crate::session) fn all(&self) -> Vec<Arc<SessionCore>> {
        self.lock().routes.values().map(|route| Arc::clone(&route.core)).collect()
    }

    fn unregister(&self, id: &SessionId, generation: u64) {
        let mut sessions = self.lock();
        if sessions.routes.get(id).is_some_and(|route| route.generation == generation) {
            let route = sessions.routes.remove(id);
            drop(sessions);
            self.version.fetch_add(1, Ordering::Release);
            tracing::debug!(session = %id, generation, "session unregistered");
            drop(route);
        }
    }

    /// Nobody is left to claim them.
    fn forget_orphans(&self, sessions: &mut Sessions) {
        self.count_unclaimed(std::mem::take(&mut sessions.orphans).unclaimed());
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // Every change under this lock leaves the maps whole.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of an event of an unknown session.
pub(in crate::session) enum Orphaned {
    Claimed(Arc<SessionCore>, EventDraft),
    Kept,
    Discarded,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.unregister(&self.id, self.generation);
    }
}

impl Drop for Unassigned {
    fn drop(&mut self) {
        let mut sessions = self.registry.lock();
        sessions.unassigned = sessions.unassigned.saturating_sub(1);
        if sessions.unassigned == 0 {
            self.registry.forget_orphans(&mut sessions);
        }
    }
}
