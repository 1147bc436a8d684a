//! `cargo xtask codegen`: the typed payloads of events and the typed methods, from the pinned schemas.
//!
//! ```text
//! json (members in order) -> schema -> ir -> places, emit -> rustfmt -> src/events/kinds/generated
//!                                                                       src/methods/generated
//! ```
//!
//! `ir` knows nothing of JSON Schema, and the types that kinds and methods need are written by the same code.

mod corrections;
mod docs;
mod emit;
mod ir;
pub(crate) mod json;
mod names;
mod places;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use self::corrections::Correction;
use self::ir::Document;
use self::json::Node;
use crate::schemas;

/// Where the payloads lie, and nothing else.
const KINDS: &str = "src/events/kinds/generated";
/// Where the methods lie, and nothing else.
const METHODS: &str = "src/methods/generated";
/// Where the table for the tests lies, and nothing else.
const TABLE: &str = "tests/methods/generated";

/// The text of each file.
type Files = BTreeMap<String, String>;

/// What to do with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    /// Fail if they are not what would be written.
    Check,
}

pub(crate) fn run(root: &Path, mode: Mode) -> Result<()> {
    let version = schemas::pinned(root)?;
    let home = root.join(schemas::HOME);
    let events = schemas::read(&home, schemas::EVENTS)?;
    let api = schemas::read(&home, schemas::METHODS)?;
    let mut stale = update(root, KINDS, &files(&events, &version)?, mode)?;
    let (methods, table) = method_files(&api, &events, corrections::METHODS, &version)?;
    stale.extend(update(root, METHODS, &methods, mode)?);
    stale.extend(update(root, TABLE, &table, mode)?);
    if mode == Mode::Check {
        ensure!(
            stale.is_empty(),
            "not as the generator writes it: {}; run `cargo xtask codegen`",
            stale.join(", ")
        );
    }
    println!("codegen: the schemas of {version} are written out in full");
    Ok(())
}

/// Makes `target` hold `files` and nothing else, or says which differ.
fn update(root: &Path, target: &str, files: &Files, mode: Mode) -> Result<Vec<String>> {
    let target = root.join(target);
    let mut stale = stale(&target, files)?;
    if mode == Mode::Write {
        for name in &stale {
            fs::remove_file(target.join(name))
                .with_context(|| format!("cannot remove {name}"))?;
        }
    }
    for (name, text) in files {
        let formatted = rustfmt(root, text).with_context(|| format!("in {name}"))?;
        let path = target.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == formatted) {
            continue;
        }
        stale.push(name.clone());
        if mode == Mode::Write {
            fs::create_dir_all(&target).context("cannot create the directory")?;
            fs::write(&path, formatted)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(stale)
}

/// The text of each file of payloads, not formatted yet.
fn files(schema: &Node, version: &str) -> Result<Files> {
    let document = schema::events(schema, corrections::EVENTS)?;
    let places = places::files(&document);
    let mut modules: Vec<String> = places.keys().cloned().collect();
    modules.extend(["event_data".to_owned(), "event_kind".to_owned()]);
    modules.sort();
    let mut files = BTreeMap::new();
    for (module, names) in &places {
        let title = title(&document, module);
        files.insert(format!("{module}.rs"), emit::types(&document, names, &title, &[]));
    }
    files.insert("event_kind.rs".to_owned(), emit::events::kinds(&document));
    files.insert("event_data.rs".to_owned(), emit::events::data(&document));
    files.insert("mod.rs".to_owned(), emit::events::index(&modules));
    Ok(with_header(files, schemas::EVENTS, version))
}

/// The same for methods, and the table of them for tests.
fn method_files(
    schema: &Node,
    events_schema: &Node,
    corrections: &[Correction],
    version: &str,
) -> Result<(Files, Files)> {
    let events = schema::events(events_schema, corrections::EVENTS)?;
    let document = schema::methods(schema, &events, events_schema, corrections)?;
    let mut pieces = emit::methods::pieces(&document);
    let places = places::files(&document);
    let mut modules: Vec<String> = places.keys().cloned().collect();
    modules.push("names".to_owned());
    modules.sort();
    let mut files = BTreeMap::new();
    for (module, names) in &places {
        let more = pieces.remove(module).unwrap_or_default();
        let title = title_of_methods(module);
        files.insert(format!("{module}.rs"), emit::types(&document, names, &title, &more));
    }
    ensure!(pieces.is_empty(), "no file for {:?}", pieces.keys());
    files.insert("names.rs".to_owned(), emit::methods::names(&document));
    files.insert("mod.rs".to_owned(), emit::methods::index(&modules));
    let table = Files::from([("table.rs".to_owned(), emit::table::table(&document))]);
    Ok((
        with_header(files, schemas::METHODS, version),
        with_header(table, schemas::METHODS, version),
    ))
}

fn with_header(files: Files, schema: &str, version: &str) -> Files {
    let header = format!(
        "// @generated by `cargo xtask codegen` from {schema}, version {version}.\n\
         // Do not edit: change the generator and run it.\n\n"
    );
    files.into_iter().map(|(name, text)| (name, format!("{header}{text}"))).collect()
}

/// What the file of methods `module` holds.
fn title_of_methods(module: &str) -> String {
    match module.split_once('_') {
        Some(("server", namespace)) => format!("Methods `{namespace}` of the runtime."),
        Some(("session", namespace)) => format!("Methods `{namespace}` of a session."),
        Some(("client", namespace)) => {
            format!("Methods `{namespace}`, which clients answer.")
        }
        _ => match module {
            "server" => "Methods of the runtime without a namespace.".to_owned(),
            "session" => "Methods of a session without a namespace.".to_owned(),
            "shared" => "Types of several namespaces.".to_owned(),
            namespace => format!("Types of the namespaces `{namespace}`."),
        },
    }
}

/// What the file of `module` holds.
fn title(document: &Document, module: &str) -> String {
    let mut namespaces = document.kinds.iter().filter_map(|kind| kind.wire.split('.').next());
    if namespaces.any(|namespace| namespace == module) {
        return format!("Events of the namespace `{module}`.");
    }
    match module.split_once('_') {
        Some((namespace, group)) => format!("Events `{namespace}.{group}`\u{2026}."),
        None => "Types of several namespaces.".to_owned(),
    }
}

/// Files in `target` that the generator does not write.
fn stale(target: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    if target.is_dir() {
        for entry in fs::read_dir(target).context("cannot list the generated files")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !files.contains_key(&name) {
                stale.push(name);
            }
        }
    }
    Ok(stale)
}

/// `text` as the project's rustfmt writes it.
fn rustfmt(root: &Path, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start rustfmt")?;
    let mut input = rustfmt.stdin.take().context("rustfmt has no input")?;
    // rustfmt reads everything before it writes, so neither waits for the other.
    input.write_all(text.as_bytes()).context("rustfmt does not read")?;
    drop(input);
    let output = rustfmt.wait_with_output().context("rustfmt was lost")?;
    ensure!(output.status.success(), "rustfmt refuses what was generated");
    String::from_utf8(output.stdout).context("rustfmt did not write UTF-8")
}
