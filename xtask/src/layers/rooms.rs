//! Which room may name which others, and what of other crates.

use std::path::PathBuf;

use crate::layers::crates::{Crate, Module};
use crate::layers::graph::Graph;
use crate::layers::paths::Found;

/// A room of the library: a directory or a file below `src`, by its module path.
pub(super) struct Room {
    pub(super) name: &'static str,
    /// The rooms beside it that it may name; beyond them it may name nothing of its parent.
    pub(super) may_name: &'static [&'static str],
    /// Paths of other crates that it must not name.
    foreign: &'static [&'static [&'static str]],
}

const TOKIO: &[&[&str]] = &[&["tokio"]];
/// Events can be read and folded with no runtime and no network.
const IO: &[&[&str]] = &[&["tokio", "net"], &["tokio", "process"], &["tokio", "time"]];

/// Every room whose direction is declared. In a directory that has declared rooms, each child is one.
pub(super) const ROOMS: &[Room] = &[
    room("ids", &[]),
    Room { name: "secret", may_name: &[], foreign: TOKIO },
    Room { name: "json", may_name: &["secret"], foreign: TOKIO },
    room("rpc", &["secret"]),
    Room { name: "events", may_name: &["json", "ids", "secret"], foreign: IO },
    room("error", &["events", "rpc", "ids"]),
    Room {
        name: "methods",
        may_name: &["events", "json", "ids", "error", "secret"],
        foreign: TOKIO,
    },
    room("session", &["rpc", "events", "json", "ids", "error", "methods", "secret"]),
    room("testing", &["session", "rpc", "events", "json", "ids", "error", "methods"]),
    room("internals", &["rpc", "events"]),
    // The process at the other end knows nothing of connections.
    room("rpc::process", &[]),
    room("session::inbox", &[]),
    room("session::core", &["inbox"]),
    room("session::config", &["handlers", "handle"]),
    room("session::handlers", &["handle", "core", "inbox"]),
    room("session::runtime", &[]),
    room("session::connection", &["core", "runtime", "inbox"]),
    room("session::ending", &["connection", "core"]),
    room("session::connect", &["ending", "connection", "runtime", "core", "inbox"]),
    room("session::handle", &["ending", "connection", "inbox", "core"]),
    room(
        "session::states",
        &["config", "handlers", "handle", "ending", "connection", "core", "inbox"],
    ),
    room(
        "session::start",
        &["states", "config", "handlers", "handle", "ending", "connection", "core"],
    ),
    room("session::turn", &["states", "handle", "connection", "core"]),
    room(
        "session::client",
        &["states", "handle", "start", "connect", "connection", "config", "core"],
    ),
];

/// Directories of which every child must be a declared room.
const CLOSED: &[&str] = &["", "session"];

const fn room(name: &'static str, may_name: &'static [&'static str]) -> Room {
    Room { name, may_name, foreign: &[] }
}

impl Room {
    fn module(&self) -> Module {
        self.name.split("::").map(str::to_owned).collect()
    }

    /// Whether the room may name what stands at `target`.
    fn allows(&self, target: &[String]) -> bool {
        let module = self.module();
        let Some((_, parent)) = module.split_last() else { return true };
        // Outside of the directory it is the directory's own rule that counts.
        let Some(within) = target.strip_prefix(parent) else { return true };
        // The directory's own `mod.rs` is above its rooms.
        let Some(beside) = within.first() else { return false };
        target.starts_with(&module) || self.may_name.contains(&beside.as_str())
    }
}

/// The declared rooms that `module` lies in, the outer ones first.
fn rooms_of(module: &[String]) -> impl Iterator<Item = &'static Room> {
    ROOMS.iter().filter(move |room| module.starts_with(&room.module()))
}

/// Whether an arrow goes against the direction of a room.
pub(super) fn is_against(from: &[String], to: &[String]) -> Option<&'static Room> {
    rooms_of(from).find(|room| !room.allows(to))
}

/// One line for each arrow against the declared direction.
pub(super) fn wrong_arrows(crate_: &Crate, graph: &Graph) -> Vec<String> {
    let mut problems = Vec::new();
    for ((from, to), arrow) in &graph.arrows {
        if let Some(room) = is_against(from, to) {
            let names: Vec<_> = arrow.names.iter().map(String::as_str).collect();
            problems.push(format!(
                "{}:{}: `{}` takes {} from `{}`; `{}` may name only: {}",
                shown(crate_, from),
                arrow.line,
                from.join("::"),
                names.join(", "),
                to.join("::"),
                room.name,
                room.may_name.join(", "),
            ));
        }
    }
    problems
}

/// One line for each path of another crate that a room must not name.
pub(super) fn foreign_paths(crate_: &Crate) -> Vec<String> {
    let mut problems = Vec::new();
    for (module, file) in &crate_.files {
        for room in rooms_of(module) {
            for found in &file.paths {
                if let Some(path) = room.foreign.iter().find(|path| names(found, path)) {
                    let path = path.join("::");
                    problems.push(format!(
                        "{}:{}: `{}` must not use `{path}` (here: `{found}`)",
                        file.path.display(),
                        found.line,
                        room.name,
                    ));
                }
            }
        }
    }
    problems
}

fn names(found: &Found, path: &[&str]) -> bool {
    let mut pairs = found.segments.iter().zip(path);
    let agree = pairs.all(|(segment, forbidden)| segment == forbidden);
    // A glob import of the parent brings the forbidden module in too.
    agree && (found.segments.len() >= path.len() || found.is_glob)
}

/// One line for each child of a closed directory that has no rule, and for each rule without a room.
pub(super) fn undeclared(crate_: &Crate) -> Vec<String> {
    let mut problems = Vec::new();
    for directory in CLOSED {
        let parent: Module =
            directory.split("::").filter(|it| !it.is_empty()).map(str::to_owned).collect();
        for module in crate_.files.keys() {
            let is_child = module.len() == parent.len() + 1 && module.starts_with(&parent);
            if is_child && !ROOMS.iter().any(|room| room.module() == *module) {
                let name = module.join("::");
                problems.push(format!("`{name}` is no declared room: see layers/rooms.rs"));
            }
        }
    }
    for room in ROOMS {
        if !crate_.files.contains_key(&room.module()) {
            problems.push(format!("there is no room `{}`: see layers/rooms.rs", room.name));
        }
    }
    problems
}

fn shown(crate_: &Crate, module: &Module) -> String {
    let file = crate_.files.get(module);
    file.map_or_else(PathBuf::new, |file| file.path.clone()).display().to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A crate with one file for each of some rooms, and `source` in `file`.
    fn problems(file: &str, source: &str) -> Vec<String> {
        let files = [
            ("lib.rs", "pub use self::session::Session; pub use self::rpc::{Peer as Link};"),
            ("rpc/mod.rs", "pub struct Peer;"),
            ("rpc/process/mod.rs", "pub struct Process;"),
            ("events/mod.rs", "pub struct Event; pub use self::log::*;"),
            ("events/log.rs", "pub struct EventLog;"),
            ("session/mod.rs", "pub use self::states::Session;"),
            ("session/core/mod.rs", "pub struct SessionCore;"),
            ("session/states/mod.rs", "pub struct Session;"),
            ("session/start/mod.rs", "pub struct Start;"),
            ("testing/mod.rs", "pub struct Agent;"),
            (file, source),
        ];
        let mut crate_ = Crate::default();
        for (path, text) in files {
            crate_.add(Path::new(path), Path::new(path), text).unwrap();
        }
        let graph = Graph::of(&crate_);
        let mut problems = wrong_arrows(&crate_, &graph);
        problems.extend(foreign_paths(&crate_));
        problems
    }

    #[test]
    fn arrows_against_the_direction_are_found_in_every_form() {
        for (file, source) in [
            ("rpc/peer.rs", "use crate::session::Session;"),
            ("rpc/peer.rs", "use crate::{rpc::Id, events::{Event, Seq as S}};"),
            ("rpc/peer.rs", "use super::super::events::Event;"),
            ("rpc/peer.rs", "fn f() { super::super::events::Event }"),
            ("rpc/peer.rs", "fn f(x: &dyn Fn(crate::events::Event)) {}"),
            ("rpc/peer.rs", "fn f() { assert_eq!(1, crate::events::EventLog); }"),
            ("rpc/peer.rs", "macro_rules! m { () => { $crate::events::Event } }"),
            ("rpc/peer.rs", "use crate::Session;"),
            ("rpc/process/exit.rs", "use crate::rpc::Peer;"),
            ("events/close.rs", "use crate::Link;"),
            ("events/close.rs", "#[cfg(test)] mod tests { use crate::testing::Agent; }"),
            ("events/close.rs", "use tokio::{sync::watch, time::sleep};"),
            ("events/close.rs", "async fn f() { ::tokio::net::TcpStream::connect(1).await; }"),
            (
                "events/close.rs",
                "fn f() { tokio::select! { _ = tokio::time::sleep(d) => {} } }",
            ),
            ("events/close.rs", "use tokio::*;"),
            ("session/states/any.rs", "use crate::session::start::Start;"),
            ("session/core/stats.rs", "use crate::session::Session;"),
            ("session/core/stats.rs", "use crate::testing::Agent;"),
            ("json/mod.rs", "use crate::events::Event;"),
        ] {
            assert_eq!(problems(file, source).len(), 1, "{source}");
        }
    }

    #[test]
    fn a_problem_names_the_two_files_and_what_is_taken() {
        let problems = problems("rpc/peer.rs", "\nuse crate::events::EventLog;");
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert!(problem.starts_with("rpc/peer.rs:2: `rpc::peer` takes EventLog"), "{problem}");
        assert!(problem.contains("from `events::log`"), "{problem}");
    }

    #[test]
    fn arrows_along_the_direction_pass() {
        for (file, source) in [
            ("session/start/error.rs", "use crate::{rpc::Peer, session::states::Session};"),
            ("session/start/error.rs", "use crate::session::Session; use crate::Link;"),
            ("testing/agent.rs", "use crate::{session::*, rpc, events};"),
            ("rpc/peer.rs", "use crate::rpc::process::Process; use tokio::time::sleep;"),
            (
                "rpc/peer.rs",
                "//! See [`crate::session`].\nfn f() {} // crate::session::Session",
            ),
            ("events/close.rs", "use tokio::sync::watch; pub(in crate::session) fn f() {}"),
        ] {
            assert_eq!(problems(file, source), [""; 0], "{source}");
        }
    }
}
