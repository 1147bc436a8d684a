//! The steps of a schedule.

use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Starts the session with this name, unless it is there; events come before and after the answer.
    Start {
        name: usize,
        resume: bool,
        before: u8,
        after: u8,
    },
    Disconnect(usize),
    /// A handle asks for the end.
    Close(usize),
    /// The runtime deletes the session, whether it is there or not.
    Deleted(usize),
    /// Drops the session; the answer to its detach comes behind so many events of its.
    Drop {
        name: usize,
        late: u8,
    },
    Events {
        name: usize,
        count: u8,
    },
    /// Sends the last so many frames again, in their order or in the other one.
    Again {
        count: u8,
        reversed: bool,
    },
    /// Something unusual for the session of this name.
    Odd {
        name: usize,
        form: usize,
    },
    Settle,
    CloudBegin,
    /// Events of the cloud session, before or after its answer.
    CloudEvents(u8),
    /// One event of each of more sessions than are kept.
    Crowd,
    CloudAnswer,
    CloudRefuse,
    Open {
        log: Index,
        kind: usize,
        place: Index,
    },
    Read {
        reader: Index,
        count: u8,
    },
    Clone(Index),
    Forget(Index),
}

/// The last is nobody's.
pub(super) const NAMES: [&str; 4] = ["s", "t", "u", "nobody"];
pub(super) const CLOUD: &str = "c";

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let session = 0..NAMES.len() - 1;
    let any_index = any::<Index>;
    let step = prop_oneof![
        4 => (session.clone(), any::<bool>(), 0..20_u8, 0..20_u8).prop_map(
            |(name, resume, before, after)| Step::Start { name, resume, before, after }
        ),
        1 => session.clone().prop_map(Step::Disconnect),
        1 => session.clone().prop_map(Step::Close),
        1 => session.clone().prop_map(Step::Deleted),
        1 => (session, 0..10_u8).prop_map(|(name, late)| Step::Drop { name, late }),
        8 => (0..NAMES.len(), 0..100_u8).prop_map(|(name, count)| Step::Events { name, count }),
        2 => (0..40_u8, any::<bool>()).prop_map(|(count, reversed)| Step::Again { count, reversed }),
        3 => (0..NAMES.len(), 0..ODD).prop_map(|(name, form)| Step::Odd { name, form }),
        2 => Just(Step::Settle),
        2 => Just(Step::CloudBegin),
        3 => (0..30_u8).prop_map(Step::CloudEvents),
        1 => Just(Step::Crowd),
        2 => Just(Step::CloudAnswer),
        1 => Just(Step::CloudRefuse),
        6 => (any_index(), 0..KINDS, any_index())
            .prop_map(|(log, kind, place)| Step::Open { log, kind, place }),
        6 => (any_index(), 0..200_u8).prop_map(|(reader, count)| Step::Read { reader, count }),
        2 => any_index().prop_map(Step::Clone),
        1 => any_index().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 0..60)
}

/// How many forms `odd` has.
pub(super) const ODD: usize = 6;
/// How many kinds of readers `open` has.
pub(super) const KINDS: usize = 8;
