//! The registry: which session an event belongs to, by session id.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, EventDraft};
use crate::ids::SessionId;
use crate::session::connection::deletions::Deletions;
use crate::session::connection::departures::Departures;
use crate::session::connection::detachment::{DetachRole, Detachment};
use crate::session::connection::orphans::Orphans;
use crate::session::connection::routes::{Route, Routes};
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
    /// The number of messages that are unusual, and could be understood.
    unusual: AtomicU64,
    pub(in crate::session) departures: Arc<Departures>,
    pub(in crate::session) deletions: Arc<Deletions>,
}

#[derive(Debug, Default)]
struct Sessions {
    routes: Routes,
    last_generation: u64,
    /// The number of starts under way whose id the runtime will choose. While there are any,
    /// events of unknown sessions are buffered.
    unassigned_starts: usize,
    orphans: Orphans,
    /// Set when no session can be registered any more: the reason.
    refusal: Option<CloseReason>,
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
    /// Reserves an id for a session; it gets nothing before [`Registration::open`].
    pub(in crate::session) fn reserve(
        self: &Arc<Self>,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Result<Registration> {
        let mut sessions = self.lock();
        let (registration, ended) = self.insert(&mut sessions, id, core, false)?;
        drop(sessions);
        drop(ended);
        self.version.fetch_add(1, Ordering::Release);
        Ok(registration)
    }

    /// Registers a session under the id that the runtime chose, and appends the events that were
    /// buffered for it. The caller wakes the readers of its log.
    pub(in crate::session) fn register(
        self: &Arc<Self>,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Result<Registration> {
        let mut sessions = self.lock();
        let (registration, ended) = self.insert(&mut sessions, id, core, true)?;
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
                let Some(event) = event else {
                    core.record_gap(Some(1));
                    continue;
                };
                if core.ingest(event) == Ingested::DroppedLogClosed {
                    self.count_unclaimed(1);
                }
            }
        }
        drop(sessions);
        drop(ended);
        self.version.fetch_add(1, Ordering::Release);
        Ok(registration)
    }

    /// Adds a route. Returns the one that it replaces too, to be dropped outside of the lock.
    fn insert(
        self: &Arc<Self>,
        sessions: &mut Sessions,
        id: &SessionId,
        core: &Arc<SessionCore>,
        is_open: bool,
    ) -> Result<(Registration, Option<Route>)> {
        sessions.check_open()?;
        // A session that has ended gives its id free, whether its owner knows or not.
        if sessions.routes.0.get(id).is_some_and(|route| !route.is_ended()) {
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
        let route = Route::new(generation, core, is_open);
        let ended = sessions.routes.0.insert(id.clone(), route);
        Ok((Registration { registry: Arc::clone(self), id: id.clone(), generation }, ended))
    }

    /// Fails when no session can be started or resumed any more.
    pub(in crate::session) fn check_open(&self) -> Result<()> {
        self.lock().check_open()
    }

    /// Begins a start whose id the runtime will choose.
    pub(in crate::session) fn begin_unassigned_start(
        self: &Arc<Self>,
    ) -> Result<UnassignedStart> {
        let mut sessions = self.lock();
        sessions.check_open()?;
        sessions.unassigned_starts += 1;
        Ok(UnassignedStart { registry: Arc::clone(self) })
    }

    pub(in crate::session) fn get(&self, id: &str) -> Option<Arc<SessionCore>> {
        self.lock().routes.open(id).map(|route| Arc::clone(&route.core))
    }

    /// Records that the runtime has loaded a session for an abandoned start, if a session has that id,
    /// and has been asked for: then it is that session's. False otherwise.
    pub(in crate::session) fn note_loaded(&self, id: &SessionId) -> bool {
        let mut sessions = self.lock();
        let route = sessions.routes.0.get_mut(id).filter(|route| route.is_open);
        route.map(|route| route.is_loaded = true).is_some()
    }

    /// A number that changes with every registration and removal.
    pub(in crate::session) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Buffers an event of an unknown session if a start under way may be that session's. Gives
    /// the event back with the session if that has been registered meanwhile.
    pub(in crate::session) fn push_orphan(&self, id: &str, event: EventDraft) -> Orphaned {
        let mut sessions = self.lock();
        if let Some(route) = sessions.routes.0.get(id) {
            if !route.is_open {
                return Orphaned::Dropped;
            }
            let core = Arc::clone(&route.core);
            return Orphaned::Registered(core, event);
        }
        if sessions.unassigned_starts == 0 {
            return Orphaned::Dropped;
        }
        let is_buffered = sessions.orphans.push(id, Some(event));
        if is_buffered { Orphaned::Buffered } else { Orphaned::Dropped }
    }

    /// Keeps in mind that an event of an unknown session is missing, if a start under way may be that
    /// session's; false otherwise.
    pub(in crate::session) fn push_orphan_gap(&self, id: &str) -> bool {
        let mut sessions = self.lock();
        sessions.unassigned_starts > 0 && sessions.orphans.push(id, None)
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

    /// Counts a message that is unusual, and is handled as if it were not.
    pub(in crate::session) fn count_unusual(&self) {
        self.unusual.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::session) fn unusual(&self) -> u64 {
        self.unusual.load(Ordering::Relaxed)
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
        let Routes(routes) = {
            let mut sessions = self.lock();
            sessions.refusal.get_or_insert_with(|| reason.clone());
            self.drop_orphans(&mut sessions);
            std::mem::take(&mut sessions.routes)
        };
        self.version.fetch_add(1, Ordering::Release);
        routes.into_values().map(|route| route.core).collect()
    }

    /// Whether this session is registered under the id.
    pub(in crate::session) fn is_same(&self, id: &SessionId, core: &Arc<SessionCore>) -> bool {
        self.lock().routes.same(id, core).is_some()
    }

    /// Begins to detach this session, or joins those who do. `None` if it is not registered under the
    /// id: then there is nothing to detach.
    pub(in crate::session) fn begin_detach(
        &self,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Option<(DetachRole, Arc<Detachment>)> {
        self.lock().routes.same(id, core).map(Route::begin_detach)
    }

    /// Whether another session has the id than this one, or has reserved it.
    pub(in crate::session) fn is_taken_from(
        &self,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> bool {
        let sessions = self.lock();
        sessions.routes.0.get(id).is_some_and(|route| !Arc::ptr_eq(&route.core, core))
    }

    /// Whether the runtime is to keep a session loaded under the id: it was asked for one that nobody
    /// detaches.
    pub(in crate::session) fn is_in_use(&self, id: &SessionId) -> bool {
        let sessions = self.lock();
        sessions.routes.open(id.as_str()).is_some_and(|route| !route.is_detached())
    }

    /// The runtime has loaded this session anew: what detached it before counts no more. False if it
    /// is being detached: whether before or after that is not known.
    pub(in crate::session) fn renew(&self, id: &SessionId, core: &Arc<SessionCore>) -> bool {
        self.lock().routes.same(id, core).is_some_and(Route::renew)
    }

    /// Removes a session, unless another session has been registered under its id since.
    pub(in crate::session) fn remove_same(&self, id: &SessionId, core: &Arc<SessionCore>) {
        let mut sessions = self.lock();
        if sessions.routes.same(id, core).is_some() {
            let route = sessions.routes.0.remove(id);
            drop(sessions);
            self.version.fetch_add(1, Ordering::Release);
            drop(route);
        }
    }

    /// All sessions that the runtime knows or has been asked for.
    pub(in crate::session) fn all(&self) -> Vec<(SessionId, Arc<SessionCore>)> {
        self.lock().routes.all_open().collect()
    }

    fn open(&self, id: &SessionId, generation: u64) -> Result<()> {
        let mut sessions = self.lock();
        sessions.check_open()?;
        if let Some(route) = sessions.routes.current(id, generation) {
            route.is_open = true;
        }
        // Of an earlier session, as far as this client is concerned: this one was not asked for.
        let buffered = sessions.orphans.take(id.as_str());
        drop(sessions);
        self.count_unclaimed(buffered.arrived());
        self.version.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Removes a route; whether the runtime has its session loaded by an earlier start.
    fn unregister(&self, id: &SessionId, generation: u64) -> bool {
        let mut sessions = self.lock();
        let is_current = sessions.routes.current(id, generation).is_some();
        let route = is_current.then(|| sessions.routes.0.remove(id)).flatten();
        drop(sessions);
        let Some(route) = route else { return false };
        self.version.fetch_add(1, Ordering::Release);
        tracing::debug!(session = ?id, generation, "session unregistered");
        route.is_loaded
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

impl Sessions {
    fn check_open(&self) -> Result<()> {
        match &self.refusal {
            Some(reason) => Err(Error::closed(reason.clone())),
            None => Ok(()),
        }
    }
}

impl Registration {
    /// From here on what the runtime says under the id is about this session. Called when it is about
    /// to be asked for the session.
    pub(in crate::session) fn open(&self) -> Result<()> {
        self.registry.open(&self.id, self.generation)
    }

    /// Removes the session; whether the runtime has it loaded by an earlier start.
    pub(in crate::session) fn release(self) -> bool {
        self.registry.unregister(&self.id, self.generation)
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
