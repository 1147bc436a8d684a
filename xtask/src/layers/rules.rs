//! Which layer may name what.

use std::collections::HashMap;

use super::paths::{self, Found};

struct Rule {
    layer: &'static str,
    /// Modules of this crate that the layer must not name.
    own: &'static [&'static str],
    /// Paths of other crates that it must not name.
    foreign: &'static [&'static [&'static str]],
}

const RULES: [Rule; 6] = [
    Rule {
        layer: "rpc",
        own: &["session", "events", "methods", "json", "testing", "client", "error"],
        foreign: &[],
    },
    // Events can be read and folded with no runtime and no network.
    Rule {
        layer: "events",
        own: &["session", "rpc", "methods", "testing", "client", "error"],
        foreign: &[&["tokio", "net"], &["tokio", "process"], &["tokio", "time"]],
    },
    // Methods have types and names; how a call gets to a runtime is the session's business.
    Rule {
        layer: "methods",
        own: &["session", "rpc", "testing", "client"],
        foreign: &[&["tokio"]],
    },
    // A leaf.
    Rule {
        layer: "json",
        own: &["session", "rpc", "events", "methods", "testing", "client", "error"],
        foreign: &[&["tokio"]],
    },
    Rule { layer: "session", own: &["testing"], foreign: &[] },
    // The error of clients and sessions; it wraps those of the layers below them.
    Rule { layer: "error", own: &["session", "methods", "testing"], foreign: &[] },
];

/// The modules from which `lib.rs` re-exports names at the root.
#[derive(Debug, Default)]
pub(super) struct Exports(HashMap<String, String>);

impl Exports {
    /// Reads the `use` items of `lib.rs`.
    pub(super) fn of(lib: &syn::File) -> Self {
        let exports = paths::of_file(lib, Vec::new()).into_iter().filter_map(|found| {
            let module = found.in_crate().unwrap_or(&found.segments).first()?.clone();
            Some((found.name?, module))
        });
        Self(exports.collect())
    }

    /// The module that `name` at the root of the crate belongs to.
    fn module<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

/// One line for each glob in `lib.rs`, behind which the check could not see where a name comes from.
pub(super) fn unnamed_exports(lib: &syn::File) -> Vec<String> {
    paths::of_file(lib, Vec::new())
        .iter()
        .filter(|found| found.is_glob)
        .map(|found| {
            let line = found.line;
            format!("src/lib.rs:{line}: name what is re-exported (here: `{found}`)")
        })
        .collect()
}

/// Why a file of `module` must not have the path `found`, if so.
pub(super) fn violation(module: &[String], found: &Found, exports: &Exports) -> Option<String> {
    let rule =
        RULES.iter().find(|rule| Some(rule.layer) == module.first().map(String::as_str))?;
    let layer = rule.layer;
    if let Some(inner) = found.in_crate() {
        let Some(first) = inner.first() else {
            return found.is_import.then(|| {
                format!(
                    "the layer `{layer}` imports the whole crate; name the modules it needs"
                )
            });
        };
        let named = exports.module(first);
        return rule
            .own
            .contains(&named)
            .then(|| format!("the layer `{layer}` must not know `{named}` (here: `{found}`)"));
    }
    let hit = rule.foreign.iter().find(|forbidden| {
        let mut pairs = found.segments.iter().zip(**forbidden);
        let agree = pairs.all(|(segment, forbidden)| segment == forbidden);
        // A glob import of the parent brings the forbidden module in too.
        agree && (found.segments.len() >= forbidden.len() || found.is_glob)
    })?;
    Some(format!("the layer `{layer}` must not use `{}` (here: `{found}`)", hit.join("::")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths in `source`, a file of `module`, that break a rule.
    fn violations(module: &str, source: &str) -> Vec<String> {
        let lib = "pub mod rpc; pub use session::Session; pub use crate::rpc::{Peer as Link};
                   pub use self::events::Event;";
        let exports = Exports::of(&syn::parse_file(lib).unwrap());
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        paths::of_file(&syn::parse_file(source).unwrap(), module.clone())
            .iter()
            .filter(|found| violation(&module, found, &exports).is_some())
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn imports_against_the_direction_are_found_in_every_form() {
        for (module, source, path) in [
            ("rpc", "use crate::session::Config;", "crate::session::Config"),
            (
                "rpc::peer",
                "use crate::{rpc::Id, events::{Event, Seq as S}};",
                "crate::events::Event",
            ),
            ("rpc::peer", "use super::super::events::Event;", "crate::events::Event"),
            ("rpc::peer", "use super::{super::testing::Agent};", "crate::testing::Agent"),
            ("rpc", "fn f() { super::session::go() }", "crate::session::go"),
            ("rpc", "fn f(x: &dyn Fn(crate::events::Event)) {}", "crate::events::Event"),
            ("rpc", "mod m { fn f() { super::super::events::go() } }", "crate::events::go"),
            ("rpc", "fn f() { assert_eq!(1, crate::session::one()); }", "crate::session::one"),
            (
                "rpc",
                "macro_rules! m { () => { $crate::session::one() } }",
                "crate::session::one",
            ),
            ("rpc", "use crate::Session;", "crate::Session"),
            ("rpc", "use crate::*;", "crate::*"),
            ("rpc", "use crate as root;", "crate"),
            ("rpc", "pub use super::*;", "crate::*"),
            ("events", "use crate::Link;", "crate::Link"),
            ("events", "use crate::rpc::Peer;", "crate::rpc::Peer"),
            (
                "events::log",
                "#[cfg(test)] mod tests { use crate::testing::Agent; }",
                "crate::testing::Agent",
            ),
            ("events", "use tokio::{sync::watch, time::sleep};", "tokio::time::sleep"),
            (
                "events",
                "async fn f() { ::tokio::net::TcpStream::connect(1).await; }",
                "tokio::net::TcpStream::connect",
            ),
            (
                "events",
                "fn f() { tokio::select! { _ = tokio::time::sleep(d) => {} } }",
                "tokio::time::sleep",
            ),
            ("events", "use tokio::*;", "tokio::*"),
            ("session", "use crate::testing::Agent;", "crate::testing::Agent"),
            ("methods", "use crate::rpc::Peer;", "crate::rpc::Peer"),
            ("methods::call", "use crate::Session;", "crate::Session"),
            ("events", "use crate::methods::Call;", "crate::methods::Call"),
            ("json", "use crate::events::EventData;", "crate::events::EventData"),
        ] {
            assert!(violations(module, source).iter().any(|found| found == path), "{source}");
        }
    }

    #[test]
    fn exports_at_the_root_are_named() {
        let lib = syn::parse_file("pub use rpc::*;\npub use session::Session;").unwrap();
        let problems = unnamed_exports(&lib);
        let [problem] = problems.as_slice() else {
            panic!("one of the two is a glob");
        };
        assert!(problem.contains("lib.rs:1:") && problem.contains("rpc::*"));
    }

    #[test]
    fn every_name_of_a_group_is_judged() {
        let source = "use crate::{rpc::Id, events::{Event, Seq as S}};";
        assert_eq!(violations("rpc", source), ["crate::events::Event", "crate::events::Seq"]);
    }

    #[test]
    fn imports_along_the_direction_pass() {
        for (module, source) in [
            ("session::active", "use crate::{rpc::Peer, events::log::{self, EventLog}};"),
            ("session", "use crate::{Event, Session};"),
            ("testing", "use crate::{session::*, rpc, events}; use super::*;"),
            (
                "rpc",
                "use crate::rpc::{framing, message::Id}; use self::peer::Peer; use super::rpc::Id;",
            ),
            ("rpc::peer", "use super::message::Id; mod tests { use super::*; }"),
            ("rpc", "use crate::Link;"),
            ("error", "use crate::{events::Lagged, rpc::CallError};"),
            (
                "methods",
                "use crate::events::kinds::SessionMode; use crate::{error::Error, json::object};",
            ),
            (
                "rpc",
                "//! See [`crate::session`].\n/// Like [`crate::events::Event`].\nfn f() {} // crate::session",
            ),
            ("rpc", "mod session {} fn f() { let s = \"crate::events::x\"; session::x() }"),
            ("rpc", "use tokio::{net::TcpStream, time::sleep, process::Command};"),
            (
                "events",
                "use tokio::sync::watch; use std::time::Duration; pub(in crate::events) fn f() {}",
            ),
        ] {
            assert_eq!(violations(module, source), [""; 0], "{source}");
        }
    }
}
