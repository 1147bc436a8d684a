//! `Departures`: the ids that the runtime may still have loaded for a session which has ended here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ids::SessionId;
use crate::session::connection::wait_group::{WaitGroup, WaitGuard};

/// For each id, the requests that end an activation under it and are not answered: a detach, a
/// deletion, a start that was given up. A start of the id waits until there are none.
#[derive(Debug, Default)]
pub(in crate::session) struct Departures(Mutex<HashMap<SessionId, Arc<WaitGroup>>>);

/// One such request, answered when this is dropped.
#[derive(Debug)]
pub(in crate::session) struct Departure {
    departures: Arc<Departures>,
    id: SessionId,
    group: Arc<WaitGroup>,
    /// `None` while it is being dropped.
    guard: Option<WaitGuard>,
}

impl Departures {
    /// Adds one.
    pub(in crate::session) fn begin(self: &Arc<Self>, id: &SessionId) -> Departure {
        let mut groups = self.lock();
        let group = Arc::clone(groups.entry(id.clone()).or_default());
        // Under the lock, so that the group is not taken for an empty one.
        let guard = Some(group.enter());
        drop(groups);
        Departure { departures: Arc::clone(self), id: id.clone(), group, guard }
    }

    /// Whether there is one of this id.
    pub(in crate::session) fn has(&self, id: &SessionId) -> bool {
        self.lock().contains_key(id)
    }

    /// Waits until there is none of this id. Cancel safe.
    pub(in crate::session) async fn over(&self, id: &SessionId) {
        let group = self.lock().get(id).cloned();
        if let Some(group) = group {
            group.done().await;
        }
    }

    /// Waits no more for those of this id that there are now.
    pub(in crate::session) fn forget(&self, id: &SessionId) {
        let group = self.lock().remove(id);
        drop(group);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<WaitGroup>>> {
        // No change under this lock can panic halfway, so a poisoned lock's map is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        // Wakes who waits, which is foreign code: not under the lock.
        self.guard = None;
        let mut groups = self.departures.lock();
        let is_same = |group: &Arc<WaitGroup>| Arc::ptr_eq(group, &self.group);
        if self.group.is_empty() && groups.get(&self.id).is_some_and(is_same) {
            let group = groups.remove(&self.id);
            drop(groups);
            drop(group);
        }
    }
}
