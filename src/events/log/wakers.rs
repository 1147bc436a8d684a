//! A list of wakers: of the readers that wait for a log to grow, or of those who wait for an end.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::task::{Poll, Waker};

use slab::Slab;

use crate::events::log::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, fence};

/// Wakers of the readers that have read everything.
///
/// The whole list is taken on a wake, so a burst costs one wake per reader until that
/// reader has caught up again, and an appender that finds nobody waiting pays for one
/// atomic load.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    /// How many wakers the list holds; lets `wake_all` skip the lock.
    waiting: AtomicUsize,
    list: Mutex<WakerList>,
}

#[derive(Debug, Default)]
struct WakerList {
    /// Counts the times that the list was taken; older registrations are gone.
    epoch: u64,
    /// In a box, and only while somebody waits: most sessions wait for nothing.
    wakers: Option<Box<Slab<Waker>>>,
}

/// One reader's place in the list.
#[derive(Debug)]
pub(super) struct Registration {
    epoch: u64,
    key: usize,
}

impl Wakers {
    /// Registers `waker` for the next wake.
    ///
    /// The caller must look at the log once more afterwards: what was appended before
    /// this call returned may not wake it.
    pub(super) fn register(&self, place: &mut Option<Registration>, waker: &Waker) {
        // A waker is foreign code: it is cloned before the lock, and one that is not needed any
        // more is dropped after it.
        let waker = waker.clone();
        let replaced = {
            let mut list = self.lock();
            let epoch = list.epoch;
            let current = place
                .as_ref()
                .filter(|place| place.epoch == epoch)
                .and_then(|place| list.wakers.as_mut()?.get_mut(place.key));
            if let Some(current) = current {
                Some(std::mem::replace(current, waker))
            } else {
                let wakers = list.wakers.get_or_insert_default();
                let key = wakers.insert(waker);
                *place = Some(Registration { epoch, key });
                self.waiting.store(wakers.len(), Ordering::Relaxed);
                None
            }
        };
        drop(replaced);
        // Pairs with the fence in `wake_all`: either the appender sees that somebody
        // waits, or this reader's second look sees what was appended.
        fence(Ordering::SeqCst);
    }

    /// Takes a reader that goes away off the list.
    pub(super) fn unregister(&self, place: &mut Option<Registration>) {
        let Some(place) = place.take() else { return };
        let mut list = self.lock();
        if list.epoch != place.epoch {
            return;
        }
        let Some(wakers) = &mut list.wakers else { return };
        let waker = wakers.try_remove(place.key);
        self.waiting.store(wakers.len(), Ordering::Relaxed);
        if wakers.is_empty() {
            list.wakers = None;
        }
        drop(list);
        // A waker's drop is foreign code: never under the lock.
        drop(waker);
    }

    /// Wakes everybody who waits.
    pub(crate) fn wake_all(&self) {
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return;
        }
        let wakers = {
            let mut list = self.lock();
            list.epoch += 1;
            self.waiting.store(0, Ordering::Relaxed);
            // The box stays for those who wait again.
            list.wakers.as_deref_mut().map(std::mem::take)
        };
        for (_, waker) in wakers.into_iter().flatten() {
            // One that panics must not take the wake-ups of the others with it.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::error!("a reader's waker panicked; the other readers are woken");
            }
        }
    }

    /// Waits until `outcome` gives one. Whoever makes it do so wakes the list afterwards.
    pub(crate) async fn until<T>(&self, outcome: impl Fn() -> Option<T>) -> T {
        let mut place = Place { wakers: self, registration: None };
        poll_fn(|cx| {
            if let Some(outcome) = outcome() {
                return Poll::Ready(outcome);
            }
            place.wakers.register(&mut place.registration, cx.waker());
            // Once more: what came in between may not wake.
            outcome().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().wakers.as_ref().map_or(0, |wakers| wakers.len())
    }

    fn lock(&self) -> MutexGuard<'_, WakerList> {
        // No foreign code runs under this lock, and nothing there panics halfway through a change.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the list, given back when the waiting ends.
struct Place<'a> {
    wakers: &'a Wakers,
    registration: Option<Registration>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.wakers.unregister(&mut self.registration);
    }
}

#[cfg(all(test, not(copilot_loom)))]
mod tests {
    use std::sync::{Arc, PoisonError};
    use std::task::Wake;

    use super::*;

    /// A waker that is the last owner of a place in the list, as one that owns its task can be.
    struct Owner(Arc<Wakers>, std::sync::Mutex<Option<Registration>>);

    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            let mut place = self.1.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.0.unregister(&mut place);
        }
    }

    fn owner(wakers: &Arc<Wakers>) -> Waker {
        let mut place = None;
        wakers.register(&mut place, Waker::noop());
        Waker::from(Arc::new(Owner(Arc::clone(wakers), place.into())))
    }

    #[test]
    fn a_waker_is_dropped_outside_of_the_lock() {
        let wakers = Arc::new(Wakers::default());
        // Each of these would lock the thread against itself.
        let mut place = None;
        wakers.register(&mut place, &owner(&wakers));
        wakers.register(&mut place, &owner(&wakers));
        assert_eq!(wakers.len(), 2, "the replaced one is gone with its place");
        wakers.unregister(&mut place);
        assert_eq!(wakers.len(), 0);
        wakers.register(&mut place, &owner(&wakers));
        wakers.wake_all();
        assert_eq!(wakers.len(), 0);
    }

    #[test]
    fn a_waker_that_panics_takes_no_other_wake_up_with_it() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                panic!("on purpose");
            }
        }
        struct Counts(AtomicUsize);
        impl Wake for Counts {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let wakers = Wakers::default();
        let counts = Arc::new(Counts(AtomicUsize::new(0)));
        let mut places = [const { None }; 5];
        for (number, place) in places.iter_mut().enumerate() {
            let waker = match number % 2 {
                0 => Waker::from(Arc::clone(&counts)),
                _ => Waker::from(Arc::new(Panics)),
            };
            wakers.register(place, &waker);
        }
        wakers.wake_all();
        assert_eq!(counts.0.load(Ordering::SeqCst), 3);
        assert_eq!(wakers.len(), 0);
        wakers.wake_all();
    }
}
