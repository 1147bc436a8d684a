//! The source files of one crate, by module: what each defines, re-exports and names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layers::paths;
use crate::layers::paths::Found;
use crate::sources::rust_files;

/// A module path within a crate; empty for its root.
pub(super) type Module = Vec<String>;

/// The files of one crate.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) files: BTreeMap<Module, SourceFile>,
}

/// One source file: a module, with the modules that are written inside of it.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Relative to the root of the repository.
    pub(super) path: PathBuf,
    pub(super) lines: usize,
    pub(super) items: BTreeSet<String>,
    /// Of the items, those that are macros.
    pub(super) macros: BTreeSet<String>,
    /// Names that `pub use` brings in, and where from; `*` for globs.
    pub(super) reexports: Vec<(String, Vec<String>)>,
    /// Every path that the file names, re-exports apart.
    pub(super) paths: Vec<Found>,
}

impl Crate {
    /// Reads every file below `source`, a crate's `src`, within the repository `root`.
    pub(super) fn read(root: &Path, source: &Path) -> Result<Self> {
        let mut crate_ = Self::default();
        for file in rust_files(source)? {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let within = file.strip_prefix(source).unwrap_or(&file);
            let shown = file.strip_prefix(root).unwrap_or(&file);
            crate_.add(within, shown, &text)?;
        }
        Ok(crate_)
    }

    /// Adds the file at `within` the crate's `src`, shown as `path`.
    pub(super) fn add(&mut self, within: &Path, path: &Path, text: &str) -> Result<()> {
        let parsed = syn::parse_file(text)
            .with_context(|| format!("cannot parse {}", path.display()))?;
        let module = paths::module_of(within);
        let mut items = BTreeSet::new();
        let mut macros = BTreeSet::new();
        define(&parsed.items, &mut items, &mut macros);
        let (reexports, paths): (Vec<_>, Vec<_>) =
            paths::of_file(&parsed, module.clone()).into_iter().partition(|it| it.is_public);
        let reexports = reexports
            .into_iter()
            .map(|found| {
                let name = found.name.clone().unwrap_or_else(|| "*".to_owned());
                (name, found.segments)
            })
            .collect();
        let file = SourceFile {
            path: path.to_owned(),
            lines: text.lines().count(),
            items,
            macros,
            reexports,
            paths,
        };
        self.files.insert(module, file);
        Ok(())
    }
}

/// Collects the names that a file defines, those of modules written inside of it too.
fn define(found: &[syn::Item], items: &mut BTreeSet<String>, macros: &mut BTreeSet<String>) {
    for item in found {
        let name = match item {
            syn::Item::Const(item) => &item.ident,
            syn::Item::Enum(item) => &item.ident,
            syn::Item::Fn(item) => &item.sig.ident,
            syn::Item::Static(item) => &item.ident,
            syn::Item::Struct(item) => &item.ident,
            syn::Item::Trait(item) => &item.ident,
            syn::Item::Type(item) => &item.ident,
            syn::Item::Union(item) => &item.ident,
            syn::Item::Macro(item) => match &item.ident {
                Some(name) => {
                    macros.insert(name.to_string());
                    name
                }
                None => continue,
            },
            syn::Item::Mod(item) => {
                if let Some((_, inner)) = &item.content {
                    define(inner, items, macros);
                }
                &item.ident
            }
            _ => continue,
        };
        items.insert(name.to_string());
    }
}
