//! `Deletions`: which notification of a deletion is about which session.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ids::SessionId;
use crate::session::connection::departures::Departure;

/// The deletions that this client has asked for, and the notifications of them that are to come.
///
/// A runtime notifies every client of a deletion, and runtimes do so before they answer the one who
/// asked for it. One whose answer comes first owes its notification: the next `session.deleted` of the
/// id is about the session that is gone, and ends none that was created since. A `session.created` of
/// the id settles what is owed: notifications are in order among themselves.
#[derive(Debug, Default)]
pub(in crate::session) struct Deletions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: HashMap<SessionId, UnderWay>,
    owed: VecDeque<SessionId>,
}

/// The deletions of an id that are not answered.
#[derive(Debug, Default)]
struct UnderWay {
    unanswered: usize,
    /// How many notifications have come meanwhile.
    notified: usize,
    /// Starts of the id wait for these; `None` once the runtime has told of the deletion.
    departure: Option<Departure>,
}

/// How many notifications are waited for. A runtime that never sends one must not fill the memory.
const MAX_OWED: usize = 1024;

/// A deletion that is not answered. Dropped without an answer, nothing is owed.
#[derive(Debug)]
pub(in crate::session) struct Deletion {
    deletions: Arc<Deletions>,
    id: SessionId,
    has_deleted: bool,
}

impl Deletions {
    /// Begins a deletion, before the runtime is asked.
    pub(in crate::session) fn begin(
        self: &Arc<Self>,
        id: &SessionId,
        departure: Departure,
    ) -> Deletion {
        let replaced = {
            let mut state = self.lock();
            let under_way = state.under_way.entry(id.clone()).or_default();
            under_way.unanswered += 1;
            under_way.departure.replace(departure)
        };
        drop(replaced);
        Deletion { deletions: Arc::clone(self), id: id.clone(), has_deleted: false }
    }

    /// The runtime has told of a deletion; whether it is an earlier one than that of a session which
    /// has the id now.
    pub(in crate::session) fn notified(&self, id: &SessionId) -> bool {
        let mut state = self.lock();
        if let Some(index) = state.owed.iter().position(|owed| owed == id) {
            state.owed.remove(index);
            return true;
        }
        let mut departure = None;
        if let Some(under_way) = state.under_way.get_mut(id)
            && under_way.notified < under_way.unanswered
        {
            under_way.notified += 1;
            if under_way.notified == under_way.unanswered {
                departure = under_way.departure.take();
            }
        }
        drop(state);
        drop(departure);
        false
    }

    /// The runtime has told of a creation.
    pub(in crate::session) fn created(&self, id: &SessionId) {
        self.lock().owed.retain(|owed| owed != id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change under this lock can panic halfway, so a poisoned lock's state is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deletion {
    /// The runtime has answered. To be called on the connection's reader, which keeps the order of
    /// answers and notifications.
    pub(in crate::session) fn answered(mut self, has_deleted: bool) {
        self.has_deleted = has_deleted;
    }
}

impl Drop for Deletion {
    fn drop(&mut self) {
        let mut state = self.deletions.lock();
        let Some(under_way) = state.under_way.get_mut(&self.id) else { return };
        under_way.unanswered -= 1;
        // A notification is about one that has deleted the session.
        let is_told = self.has_deleted && under_way.notified > 0;
        under_way.notified -= usize::from(is_told);
        let done = (under_way.unanswered == 0).then(|| state.under_way.remove(&self.id));
        if self.has_deleted && !is_told {
            state.owed.push_back(self.id.clone());
            if state.owed.len() > MAX_OWED {
                state.owed.pop_front();
            }
        }
        drop(state);
        drop(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::connection::departures::Departures;

    struct Fixture {
        deletions: Arc<Deletions>,
        departures: Arc<Departures>,
        id: SessionId,
    }

    impl Fixture {
        fn new() -> Self {
            let (deletions, departures) = Default::default();
            Self { deletions, departures, id: "s".into() }
        }

        fn begin(&self) -> Deletion {
            self.deletions.begin(&self.id, self.departures.begin(&self.id))
        }

        fn notified(&self) -> bool {
            self.deletions.notified(&self.id)
        }
    }

    #[test]
    fn the_id_is_free_once_as_many_notifications_have_come_as_deletions_are_asked_for() {
        let fixture = Fixture::new();
        let deletions = [fixture.begin(), fixture.begin()];
        fixture.notified();
        assert!(fixture.departures.has(&fixture.id));
        fixture.notified();
        assert!(!fixture.departures.has(&fixture.id));
        drop(deletions);
        drop(fixture.begin());
        assert!(!fixture.departures.has(&fixture.id));
    }

    #[test]
    fn notifications_of_another_clients_deletions_settle_none_that_is_asked_for_later() {
        let fixture = Fixture::new();
        let first = fixture.begin();
        // The second is about another client's deletion.
        assert_eq!([fixture.notified(), fixture.notified()], [false, false]);
        let second = fixture.begin();
        first.answered(true);
        second.answered(true);
        assert_eq!([fixture.notified(), fixture.notified()], [true, false]);
    }

    #[test]
    fn notifications_that_never_come_are_forgotten_beyond_the_bound() {
        let (deletions, departures) = <(Arc<Deletions>, Arc<Departures>)>::default();
        let ids: Vec<SessionId> =
            (0..=MAX_OWED).map(|number| number.to_string().into()).collect();
        for id in &ids {
            deletions.begin(id, departures.begin(id)).answered(true);
        }
        assert!(!deletions.notified(&ids[0]));
        assert!(ids[1..].iter().all(|id| deletions.notified(id)));
    }
}
