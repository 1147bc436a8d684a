//! The lines of `calls.txt`.

use crate::bench::Binary;

const CALLS: &str = include_str!("calls.txt");

pub(crate) enum Line {
    Call(Call),
    Event {
        kind: &'static str,
        kept: Option<Kept>,
    },
    /// The answers of what was begun.
    Answers,
}

#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) place: Place,
    pub(crate) method: &'static str,
    pub(crate) params: &'static str,
    runtime: &'static str,
    cli: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the session, and its answer is waited for.
    Here,
    /// In the session, while the lines behind it are at work.
    Meanwhile,
    /// On a runtime without a session.
    Alone,
}

/// A name, and the pointer to what it is to stand for.
pub(crate) type Kept = (&'static str, &'static str);

impl Call {
    pub(crate) fn expected(&self, binary: Binary) -> &'static str {
        match (binary, self.cli) {
            (Binary::Cli, Some(cli)) => cli,
            _ => self.runtime,
        }
    }
}

pub(crate) fn all() -> Vec<Line> {
    let lines = CALLS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(parsed).collect()
}

/// `name=/pointer`
pub(crate) fn kept(text: &'static str) -> Kept {
    text.split_once('=').unwrap_or_else(|| panic!("{text} keeps nothing"))
}

fn parsed(line: &'static str) -> Line {
    if line == "=" {
        return Line::Answers;
    }
    if let Some(event) = line.strip_prefix("? ") {
        return match event.split_once(' ') {
            Some((kind, part)) => Line::Event { kind, kept: Some(kept(part)) },
            None => Line::Event { kind: event, kept: None },
        };
    }
    let mut parts = line.split(" | ");
    let call = parts.next().unwrap();
    let (place, call) = match call.split_at_checked(2) {
        Some(("+ ", call)) => (Place::Alone, call),
        Some(("& ", call)) => (Place::Meanwhile, call),
        _ => (Place::Here, call),
    };
    let (method, params) = call.split_once(' ').unwrap();
    let runtime = parts.next().unwrap_or_else(|| panic!("no answer in {line}"));
    Line::Call(Call { place, method, params, runtime, cli: parts.next() })
}
