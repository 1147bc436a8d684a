//! The list of measures: names, arguments, repetitions.

use crate::candidates::{Candidate, Place};

/// One measure, and how often each candidate runs it.
#[derive(Debug)]
pub(crate) struct Measure {
    pub(crate) name: String,
    /// Its title in the table.
    pub(crate) title: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) repetitions: usize,
    pub(crate) place: Place,
    /// With the counting allocator, on one flavour only.
    pub(crate) counting: bool,
    /// On a runtime without `session.sendAndWait`; only the official Rust SDK uses the method.
    pub(crate) old_runtime: bool,
}

pub(crate) const EARLY_RUNS: u32 = 400;
pub(crate) const BURST: u32 = 100_000;
const EARLY: [(u32, &str, &str, &str); 9] = [
    (1, "at-once", "at_once", "subscribed right after create"),
    (6, "at-once", "at_once", "subscribed right after create"),
    (21, "at-once", "at_once", "subscribed right after create"),
    (1, "await", "await", "one await later"),
    (6, "await", "await", "one await later"),
    (21, "await", "await", "one await later"),
    (1, "first", "first", "subscribed before create"),
    (6, "first", "first", "subscribed before create"),
    (21, "first", "first", "subscribed before create"),
];
const TURNS: [(u32, u32); 3] = [(1, 4_000), (64, 120), (1_024, 12)];

impl Measure {
    fn new(name: &str, title: &str, arguments: &str, repetitions: usize) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            arguments: arguments.split(' ').map(str::to_owned).collect(),
            repetitions,
            place: Place::Task,
            counting: false,
            old_runtime: false,
        }
    }

    pub(crate) fn takes(&self, candidate: Candidate) -> bool {
        !(self.counting && candidate.is_multi_thread())
    }
}

/// All measures, in the order of the table.
pub(crate) fn all(repetitions: usize) -> Vec<Measure> {
    let mut all = vec![
        Measure::new(
            "windows",
            "pipe to subscriber, windows of 500, ns an event",
            "windows 60000 500",
            repetitions,
        ),
        Measure::new("burst", "burst of 100,000", &format!("burst {BURST} after"), repetitions),
        Measure::new(
            "burst_first",
            "burst of 100,000, subscribed before create with room for all",
            &format!("burst {BURST} first"),
            repetitions,
        ),
    ];
    for (count, when, name, title) in EARLY {
        all.push(Measure {
            place: Place::Main,
            ..Measure::new(
                &format!("early_{count}_{name}"),
                &format!(
                    "{count} early, {title}: runs of {EARLY_RUNS} that saw all / part / none"
                ),
                &format!("early {count} {EARLY_RUNS} {when}"),
                1,
            )
        });
    }
    for (early, name, what) in
        [(0, "heap_empty", "before the first event"), (1, "heap", "after `session.start`")]
    {
        all.push(Measure {
            counting: true,
            ..Measure::new(
                name,
                &format!("heap of an idle session of 10,000, {what}, bytes"),
                &format!("heap 10000 {early}"),
                1,
            )
        });
    }
    for (sessions, turns) in TURNS {
        for (old_runtime, suffix, on) in
            [(false, "", ""), (true, "_old", ", on a runtime without `session.sendAndWait`")]
        {
            let many = match sessions {
                1 => "1 session".to_owned(),
                many => format!("{many} sessions at once"),
            };
            all.push(Measure {
                old_runtime,
                ..Measure::new(
                    &format!("turns_{sessions}{suffix}"),
                    &format!(
                        "`send_and_wait`, {many}{on}: turns a second; processor time of a turn"
                    ),
                    &format!("turns {sessions} {turns}"),
                    repetitions.min(5),
                )
            });
        }
    }
    all
}
