//! The `ratio` lines for programs, and the violations that make the comparison fail.

use std::fmt::Write;

use crate::candidates::{ALL, Candidate};
use crate::measures::{BURST, EARLY_RUNS, Measure};
use crate::samples::Samples;

/// Lines `ratio NAME VALUE`. In ratios between candidates, a larger value is better for this repository's crate.
pub(crate) fn lines(measures: &[Measure], samples: &Samples) -> String {
    let mut text = String::new();
    for measure in measures {
        for (name, value) in of_measure(measure, samples) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "ratio {name} {value:.4}");
        }
    }
    text
}

fn of_measure(measure: &Measure, samples: &Samples) -> Vec<(String, f64)> {
    let name = &measure.name;
    match measure.arguments.first().map_or("", String::as_str) {
        "windows" => versus(measure, samples, "ns_per_event", Order::PeerOverOurs),
        "heap" => versus(measure, samples, "bytes_per_session", Order::PeerOverOurs),
        "burst" => {
            let mut found = Vec::new();
            for candidate in ALL {
                for (key, what) in [
                    ("vanished", "vanished"),
                    ("missed", "missed"),
                    ("out_of_order", "out_of_order"),
                ] {
                    if let Some(count) = samples.median(name, candidate, key) {
                        let share = count / f64::from(BURST);
                        found.push((
                            format!("{name}_{what}_of_sent_{}", short(candidate)),
                            share,
                        ));
                    }
                }
            }
            found.extend(versus(measure, samples, "events_per_second", Order::OursOverPeer));
            found
        }
        "early" => {
            let share = |candidate| {
                let all = samples.median(name, candidate, "all")?;
                let share = all / f64::from(EARLY_RUNS);
                Some((format!("{name}_saw_all_{}", short(candidate)), share))
            };
            ALL.into_iter().filter_map(share).collect()
        }
        _ => {
            let lost = |candidate| {
                let lost = samples.median(name, candidate, "lost")?;
                Some((format!("{name}_lost_sessions_{}", short(candidate)), lost))
            };
            let mut found: Vec<_> = ALL.into_iter().filter_map(lost).collect();
            found.extend(versus(measure, samples, "turns_per_second", Order::OursOverPeer));
            let of_processor =
                versus(measure, samples, "processor_us_per_turn", Order::PeerOverOurs);
            found.extend(
                of_processor.into_iter().map(|(name, ratio)| (name + "_processor", ratio)),
            );
            found
        }
    }
}

#[derive(Clone, Copy)]
enum Order {
    /// For values of which a smaller one is better.
    PeerOverOurs,
    OursOverPeer,
}

fn versus(measure: &Measure, samples: &Samples, key: &str, order: Order) -> Vec<(String, f64)> {
    let pairs = [
        (Candidate::OursCt, Candidate::OfficialCt, "official", "ct"),
        (Candidate::OursMt, Candidate::OfficialMt, "official", "mt"),
        (Candidate::OursCt, Candidate::Node, "node", "ct"),
    ];
    let name = &measure.name;
    pairs
        .into_iter()
        .filter_map(|(ours, peer, who, flavour)| {
            Some(match order {
                Order::PeerOverOurs => (
                    format!("{name}_{who}_over_ours_{flavour}"),
                    samples.ratio(name, key, peer, ours)?,
                ),
                Order::OursOverPeer => (
                    format!("{name}_ours_over_{who}_{flavour}"),
                    samples.ratio(name, key, ours, peer)?,
                ),
            })
        })
        .collect()
}

fn short(candidate: Candidate) -> String {
    match candidate {
        Candidate::Node => "node".to_owned(),
        one if one.is_ours() => format!("ours_{}", one.flavour()),
        one => format!("official_{}", one.flavour()),
    }
}

/// Events that this repository's crate lost or reordered, and its measures that failed.
pub(crate) fn violations(measures: &[Measure], samples: &Samples) -> Vec<String> {
    let mut found: Vec<String> = samples
        .failures()
        .filter(|(_, candidate, _)| candidate.is_ours())
        .map(|(measure, candidate, why)| {
            format!("{measure} failed on {}: {why}", candidate.heading())
        })
        .collect();
    for measure in measures {
        for candidate in ALL.into_iter().filter(|candidate| candidate.is_ours()) {
            let Some(cell) = samples.get(&measure.name, candidate) else { continue };
            for key in ["vanished", "out_of_order", "part", "none", "lost"] {
                if let Some(worst) = cell.summary(key).filter(|summary| summary.greatest > 0.0)
                {
                    found.push(format!(
                        "{}: {key} {} on {}",
                        measure.name,
                        worst.greatest,
                        candidate.heading()
                    ));
                }
            }
        }
    }
    found
}
