//! The Markdown table of results.

use crate::candidates::{ALL, Candidate};
use crate::measures::Measure;
use crate::samples::{Cell, Samples, Summary};

/// One Markdown table, the versions above it, and the measures that could not be run below it.
pub(crate) fn markdown(measures: &[Measure], samples: &Samples, versions: &[String]) -> String {
    let mut lines: Vec<String> = versions.iter().map(|line| format!("- {line}")).collect();
    let headings: Vec<_> = ALL.iter().map(|candidate| candidate.heading()).collect();
    lines.extend([
        String::new(),
        "Median (least to greatest). ct: current-thread; mt: two workers.".to_owned(),
        String::new(),
        format!("| | {} |", headings.join(" | ")),
        format!("|---|{}", "--:|".repeat(headings.len())),
    ]);
    for measure in measures {
        for (title, show) in rows(measure) {
            let cells = ALL.map(|candidate| cell(measure, samples, candidate, show));
            lines.push(format!("| {title} | {} |", cells.join(" | ")));
        }
    }
    let failures: Vec<_> = samples
        .failures()
        .map(|(measure, candidate, why)| {
            format!("- not run: {measure} on {}: {why}", candidate.heading())
        })
        .collect();
    if !failures.is_empty() {
        lines.push(String::new());
        lines.extend(failures);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// How a value is written.
#[derive(Clone, Copy)]
enum Show {
    Whole(&'static str),
    Millions(&'static str),
    Early,
    Turns,
}

fn rows(measure: &Measure) -> Vec<(String, Show)> {
    let title = &measure.title;
    match measure.arguments.first().map_or("", String::as_str) {
        "windows" => vec![(title.clone(), Show::Whole("ns_per_event"))],
        "burst" => vec![
            (format!("{title}: received"), Show::Whole("received")),
            (format!("{title}: reported as missed"), Show::Whole("missed")),
            (format!("{title}: vanished without a word"), Show::Whole("vanished")),
            (format!("{title}: out of order"), Show::Whole("out_of_order")),
            (
                format!("{title}: M events received a second"),
                Show::Millions("events_per_second"),
            ),
        ],
        "early" => vec![(title.clone(), Show::Early)],
        "heap" => vec![(title.clone(), Show::Whole("bytes_per_session"))],
        _ => vec![(title.clone(), Show::Turns)],
    }
}

fn cell(measure: &Measure, samples: &Samples, candidate: Candidate, show: Show) -> String {
    let Some(cell) = samples.get(&measure.name, candidate) else { return "–".to_owned() };
    if cell.failure.is_some() {
        return "not run".to_owned();
    }
    let text = match show {
        Show::Whole(key) => cell.summary(key).map(|value| ranged(value, whole)),
        Show::Millions(key) => {
            cell.summary(key).map(|value| ranged(value, |one| format!("{:.3}", one / 1e6)))
        }
        Show::Turns => turns(cell),
        Show::Early => ["all", "part", "none"]
            .map(|key| cell.median(key).map(whole))
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|counts| counts.join(" / ")),
    };
    text.unwrap_or_else(|| "–".to_owned())
}

/// The rate, the processor time of a turn, and the number of sessions in which a turn did not end, or ended without its answer.
fn turns(cell: &Cell) -> Option<String> {
    let spent = whole(cell.median("processor_us_per_turn")?);
    let rate = format!("{}; {spent} µs", ranged(cell.summary("turns_per_second")?, whole));
    let lost = cell.summary("lost")?;
    if lost.greatest == 0.0 {
        return Some(rate);
    }
    Some(format!("{rate}; lost: {} sessions", ranged(lost, whole)))
}

fn ranged(value: Summary, write: impl Fn(f64) -> String) -> String {
    let [median, least, greatest] = [value.median, value.least, value.greatest].map(write);
    if least == greatest { median } else { format!("{median} ({least} to {greatest})") }
}

/// A whole number with separators between thousands.
fn whole(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value <= -0.5 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
