//! Writes methods: the handles that call them, the markers of the methods that clients answer, and the list of names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::codegen::docs::comment;
use crate::codegen::emit::piece::Piece;
use crate::codegen::emit::rust::rust_type;
use crate::codegen::ir::{Docs, Document, Method, Side, Type};
use crate::codegen::{files, names};

/// `mod.rs`, which re-exports all files.
pub(crate) fn index(files: &[String]) -> String {
    let mut text = "//! Methods and their types, one file for each namespace.\n\n".to_owned();
    for file in files {
        let _ = writeln!(text, "{}mod {file};", if file == "names" { "pub " } else { "" });
    }
    text.push('\n');
    for file in files.iter().filter(|file| *file != "names") {
        let _ = writeln!(text, "pub use self::{file}::*;");
    }
    text
}

/// The file with the names of all methods.
pub(crate) fn names(document: &Document) -> String {
    let mut text = "//! The names of all methods that this release knows, sorted.\n".to_owned();
    for (constant, about, is_in) in [
        ("SERVER", "Those that a runtime answers.", &|side| side == Side::Server),
        ("SESSION", "Those that a runtime answers for a session.", &|side| {
            side == Side::Session
        }),
        ("CLIENT", "Those that a client answers.", &Side::is_client),
    ] as [(&str, &str, &dyn Fn(Side) -> bool); 3]
    {
        let methods = document.methods.iter().filter(|method| is_in(method.side));
        let names: BTreeSet<_> = methods.map(|method| format!("{:?}", method.wire)).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(",\n    ");
        let _ = writeln!(
            text,
            "\n/// {about}\npub const {constant}: &[&str] = &[\n    {names},\n];"
        );
    }
    text
}

/// The handles and markers in each file.
pub(crate) fn pieces(document: &Document) -> BTreeMap<String, Vec<Piece>> {
    let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for side in [Side::Server, Side::Session] {
        let mut root = Namespace { side, ..Namespace::default() };
        for method in document.methods.iter().filter(|method| method.side == side) {
            root.insert(method, 0);
        }
        root.write(document, &mut pieces);
    }
    for method in document.methods.iter().filter(|method| method.side.is_client()) {
        pieces.entry(files::of_method(method)).or_default().push(marker(method));
    }
    pieces
}

/// The name of a handle: `SessionModeMethods`.
pub(super) fn handle(side: Side, path: &[String]) -> String {
    let words: String = path.iter().map(|name| names::pascal(name)).collect();
    format!("{}{words}Methods", names::pascal(side.key()))
}

/// The methods and namespaces of one handle.
struct Namespace<'a> {
    side: Side,
    path: Vec<String>,
    methods: Vec<&'a Method>,
    inner: BTreeMap<String, Self>,
}

impl Default for Namespace<'_> {
    fn default() -> Self {
        Self {
            side: Side::Server,
            path: Vec::new(),
            methods: Vec::new(),
            inner: BTreeMap::new(),
        }
    }
}

impl<'a> Namespace<'a> {
    fn insert(&mut self, method: &'a Method, depth: usize) {
        let [name, _, ..] = method.path.get(depth..).unwrap_or_default() else {
            self.methods.push(method);
            return;
        };
        let inner = self.inner.entry(name.clone()).or_insert_with(|| {
            let mut path = self.path.clone();
            path.push(name.clone());
            Self { side: self.side, path, ..Self::default() }
        });
        inner.insert(method, depth + 1);
    }

    fn write(&self, document: &Document, pieces: &mut BTreeMap<String, Vec<Piece>>) {
        let side = self.side.file();
        let file = match self.path.first() {
            Some(namespace) => format!("{side}_{}", names::field(namespace)),
            None => side.to_owned(),
        };
        pieces.entry(file).or_default().push(self.piece(document));
        self.inner.values().for_each(|inner| inner.write(document, pieces));
    }

    /// The names of its methods and namespaces, for its documentation.
    fn names(&self) -> Vec<String> {
        let methods = self.methods.iter().filter_map(|method| method.path.last());
        let names = methods.chain(self.inner.keys());
        names.map(|name| format!("`{name}`")).collect()
    }

    fn piece(&self, document: &Document) -> Piece {
        let name = handle(self.side, &self.path);
        let of_session = if self.side == Side::Session { " of a session" } else { "" };
        let about = match self.path.as_slice() {
            [] if of_session.is_empty() => "All methods that a runtime answers".to_owned(),
            [] => "All methods that a runtime answers for a session".to_owned(),
            path => {
                let root = if self.side == Side::Session { "session" } else { "client" };
                let way: Vec<_> = path.iter().map(|name| names::field(name) + "()").collect();
                let (name, way) = (path.join("."), way.join("."));
                format!("The methods `{name}`{of_session}: `{root}.rpc().{way}`")
            }
        };
        let mut piece = Piece { name: name.clone(), ..Piece::default() };
        let _ = write!(
            piece.text,
            "/// {about}.\n#[derive(Clone, Copy, Debug)]\n\
             pub struct {name}<'a>(pub(in crate::methods) &'a dyn Caller);\n\n\
             impl<'a> {name}<'a> {{\n"
        );
        for (namespace, inner) in &self.inner {
            let (function, handle) = (names::field(namespace), handle(self.side, &inner.path));
            let names = inner.names().join(", ");
            let about =
                format!("The methods `{}`: {names}.", inner_path(&self.path, namespace));
            let about = comment(&Docs { notes: vec![about], ..Docs::default() }, "", 0);
            let _ = writeln!(
                piece.text,
                "{about}    pub fn {function}(self) -> {handle}<'a> {{\n        \
                 {handle}(self.0)\n    }}\n",
            );
            piece.types.insert(handle);
        }
        for method in &self.methods {
            piece.text.push_str(&functions(method, document.needs_no_params(method)));
            piece.types.extend(types(method));
        }
        piece.text.truncate(piece.text.trim_end().len());
        piece.text.push_str("\n}\n");
        piece
    }
}

fn inner_path(path: &[String], name: &str) -> String {
    path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
}

/// The types that a method names.
fn types(method: &Method) -> impl Iterator<Item = String> {
    let types = method.params.iter().chain(&method.result);
    types.filter_map(Type::item_name).map(str::to_owned)
}

/// The function that calls the method; two functions if it also works without parameters.
fn functions(method: &Method, needs_no_params: bool) -> String {
    let name = names::field(method.path.last().map_or("", String::as_str));
    let wire = &method.wire;
    let result = method.result.as_ref().map_or_else(|| "()".to_owned(), rust_type);
    let mut text = comment(&method.docs, &format!("The method `{wire}`."), 4);
    let _ = writeln!(text, "    ///\n    /// Calls `{wire}`.");
    let with = |name: &str, params: &Type| {
        format!(
            "    #[inline]\n    pub fn {name}(self, params: {}) -> Call<'a, {result}> {{\n        \
             Call::with(self.0, {wire:?}, params)\n    }}\n\n",
            rust_type(params)
        )
    };
    match &method.params {
        Some(params) if !needs_no_params => text.push_str(&with(&name, params)),
        params => {
            let _ = writeln!(
                text,
                "    pub fn {name}(self) -> Call<'a, {result}> {{\n        \
                 Call::new(self.0, {wire:?})\n    }}\n"
            );
            if let Some(params) = params {
                let _ = writeln!(text, "    /// [`{name}`](Self::{name}), with parameters.");
                text.push_str(&with(&with_params(&name), params));
            }
        }
    }
    text
}

/// The name of the function with parameters, where the method works without them too.
pub(super) fn with_params(name: &str) -> String {
    format!("{}_with", name.trim_start_matches("r#"))
}

/// The name of the marker of a method that clients answer.
pub(super) fn marker_name(method: &Method) -> String {
    format!("{}Method", names::pascal(&method.wire))
}

/// The marker of a method that clients answer.
fn marker(method: &Method) -> Piece {
    let name = marker_name(method);
    let unit = || "()".to_owned();
    let params = method.params.as_ref().map_or_else(unit, rust_type);
    let result = method.result.as_ref().map_or_else(unit, rust_type);
    let mut docs: Docs = method.docs.clone();
    docs.notes.insert(0, format!("The runtime calls `{}`.", method.wire));
    let mut text = comment(&docs, "", 0);
    let _ = write!(
        text,
        "#[derive(Clone, Copy, Debug)]\n#[non_exhaustive]\npub struct {name};\n\n\
         impl ClientMethod for {name} {{\n    const NAME: &'static str = {:?};\n    \
         type Params = {params};\n    type Result = {result};\n}}\n",
        method.wire
    );
    Piece { name, text, types: types(method).collect() }
}
