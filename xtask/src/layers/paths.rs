//! Finds the paths that a source file names.

use std::fmt;
use std::path::Path;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit;
use syn::visit::Visit;

/// One path, as resolved from the file it stands in.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Starts with `crate` when the path leads into this crate; a path that starts at a local name stays as it is.
    pub(super) segments: Vec<String>,
    /// The name that an import brings in; `None` for globs and for paths that are not imports.
    pub(super) name: Option<String>,
    pub(super) is_glob: bool,
    /// Whether it is a re-export: an import that is not private.
    pub(super) is_public: bool,
    /// Whether it stands in a `mod tests`.
    pub(super) is_test: bool,
    pub(super) line: usize,
}

impl Found {
    /// The path within this crate, if it leads there.
    pub(super) fn in_crate(&self) -> Option<&[String]> {
        let (first, rest) = self.segments.split_first()?;
        (first == "crate").then_some(rest)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("::"))?;
        f.write_str(if self.is_glob { "::*" } else { "" })
    }
}

/// The module path of a file, given relative to `src`: `rpc/peer.rs` is `[rpc, peer]`.
pub(super) fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// All paths in `file`, which is the module `module` of its crate.
pub(super) fn of_file(file: &syn::File, module: Vec<String>) -> Vec<Found> {
    let mut finder = Finder { module, found: Vec::new(), is_public: false, tests: 0 };
    finder.visit_file(file);
    finder.found
}

struct Finder {
    /// The module that the visitor is in.
    module: Vec<String>,
    found: Vec<Found>,
    /// Whether the import that is visited is a re-export.
    is_public: bool,
    /// In how many test modules the visitor is.
    tests: usize,
}

impl Finder {
    fn record(&mut self, path: &[String], span: Span, name: Option<String>, import: Import) {
        self.found.push(Found {
            segments: self.resolve(path),
            name,
            is_glob: import == Import::Glob,
            is_public: self.is_public,
            is_test: self.tests > 0,
            line: span.start().line,
        });
    }

    /// Replaces leading `self` and `super` by what they stand for.
    fn resolve(&self, path: &[String]) -> Vec<String> {
        let ups = path.iter().filter(|segment| *segment == "super").count();
        let relative = path
            .iter()
            .take_while(|segment| ["self", "super"].contains(&segment.as_str()))
            .count();
        if relative == 0 {
            return path.to_vec();
        }
        let base = self.module.len().saturating_sub(ups);
        let base = self.module.iter().take(base);
        std::iter::once(&"crate".to_owned())
            .chain(base)
            .chain(path.iter().skip(relative))
            .cloned()
            .collect()
    }

    fn record_tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| {
            let mut path = prefix.to_vec();
            // `a::{self}` names `a`.
            if prefix.is_empty() || ident != "self" {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            syn::UseTree::Path(tree) => self.record_tree(&with(&tree.ident), &tree.tree),
            syn::UseTree::Name(tree) => {
                let path = with(&tree.ident);
                let name = path.last().cloned();
                self.record(&path, tree.ident.span(), name, Import::Name);
            }
            syn::UseTree::Rename(tree) => {
                let name = Some(tree.rename.to_string());
                self.record(&with(&tree.ident), tree.ident.span(), name, Import::Name);
            }
            syn::UseTree::Glob(tree) => {
                self.record(prefix, tree.star_token.spans[0], None, Import::Glob);
            }
            syn::UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.record_tree(prefix, tree);
                }
            }
        }
    }

    /// Records each `a::b::c` in the tokens of a macro call, which are not parsed.
    fn record_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut span = Span::call_site();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.finish(&mut path, span);
                        span = ident.span();
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.finish(&mut path, span);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.record_tokens(group.stream());
                    }
                }
            }
        }
        self.finish(&mut path, span);
    }

    fn finish(&mut self, path: &mut Vec<String>, span: Span) {
        if path.len() > 1 {
            self.record(path, span, None, Import::No);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let tests =
            usize::from(module.ident == "tests" || module.attrs.iter().any(is_test_only));
        self.tests += tests;
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.tests -= tests;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.record_tree(&[], &item.tree);
        self.is_public = false;
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first().filter(|_| segments.len() > 1) {
            self.record(&segments, first.ident.span(), None, Import::No);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.record_tokens(call.tokens.clone());
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::events)` names a module but imports nothing.
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {
        // Doc comments are attributes, and may name anything.
    }
}

/// Whether an attribute is `#[cfg(test)]` or one that asks for more.
fn is_test_only(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) => {
            attribute.path().is_ident("cfg") && list.tokens.to_string().contains("test")
        }
        _ => false,
    }
}

/// Whether a path is an import, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Import {
    No,
    Name,
    Glob,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_module_paths_that_rust_gives_them() {
        for (file, module) in [
            ("lib.rs", ""),
            ("rpc/mod.rs", "rpc"),
            ("rpc.rs", "rpc"),
            ("events/journal/memory.rs", "events::journal::memory"),
        ] {
            assert_eq!(module_of(Path::new(file)).join("::"), module);
        }
    }

    #[test]
    fn a_path_knows_its_line() {
        let file = syn::parse_file("\n\nuse a::{b,\n c};").unwrap();
        let lines: Vec<_> = of_file(&file, Vec::new()).iter().map(|found| found.line).collect();
        assert_eq!(lines, [3, 4]);
    }
}
