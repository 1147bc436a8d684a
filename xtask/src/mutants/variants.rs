//! Puts the changes of a file into it, all at once: a function then has its body and a copy for each change.
//!
//! Which copy runs is decided when the program runs ([`switch`]). One build so tries hundreds of changes.

use std::ops::Range;

use anyhow::{Context, Result};
use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::mutants::list::{Mutant, Position};

/// The variable that holds the number of the change to try.
pub(super) const VARIABLE: &str = "COPILOT_MUTANT";

/// A module for the crate's root: which of `numbers` [`VARIABLE`] chooses, or 0.
pub(super) fn switch() -> String {
    quote::quote! {
        pub(crate) mod mutant_switch {
            pub(crate) fn chosen(numbers: &[usize]) -> usize {
                static CHOSEN: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
                let chosen = *CHOSEN.get_or_init(|| {
                    std::env::var(#VARIABLE).ok().and_then(|it| it.parse().ok()).unwrap_or(0)
                });
                if numbers.contains(&chosen) { chosen } else { 0 }
            }
        }
    }
    .to_string()
}

/// A file with changes in it.
#[derive(Debug)]
pub(super) struct Variants {
    pub(super) text: String,
    /// The lines of each changed function, counted from one.
    functions: Vec<Function>,
    /// Numbers of the changes that stand in no function that can choose.
    pub(super) left_out: Vec<usize>,
}

/// The changes that an error may come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blamed {
    /// The error is in the copy of this one: it does not compile by itself either.
    One(usize),
    /// The error is beside the copies of these: by itself each may compile.
    AnyOf(Vec<usize>),
}

#[derive(Debug)]
struct Function {
    lines: Range<usize>,
    copies: Vec<(Range<usize>, usize)>,
}

impl Variants {
    /// The changes that an error in `line` speaks of.
    pub(super) fn blamed(&self, line: usize) -> Option<Blamed> {
        let function = self.functions.iter().find(|function| function.lines.contains(&line))?;
        let copy = function.copies.iter().find(|(lines, _)| lines.contains(&line));
        Some(match copy {
            Some((_, number)) => Blamed::One(*number),
            None => Blamed::AnyOf(function.copies.iter().map(|(_, number)| *number).collect()),
        })
    }
}

/// Puts `mutants`, with their numbers (from 1), into `text`.
pub(super) fn place(text: &str, mutants: &[(usize, &Mutant)]) -> Result<Variants> {
    let mut bodies = Bodies::default();
    bodies.visit_file(&syn::parse_file(text)?);
    let mut placed =
        Variants { text: String::new(), functions: Vec::new(), left_out: Vec::new() };
    let mut rest: Vec<(usize, &Mutant, Range<usize>)> = Vec::new();
    for (number, mutant) in mutants {
        let range = offset(text, mutant.span.start)?..offset(text, mutant.span.end)?;
        rest.push((*number, mutant, range));
    }
    let mut written = 0;
    for (start, end) in bodies.found {
        let body = offset(text, start)?..offset(text, end)?;
        let (inside, outside): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|(_, _, range)| body.start <= range.start && range.end <= body.end);
        rest = outside;
        if inside.is_empty() {
            continue;
        }
        placed.text.push_str(text.get(written..body.start).context("bodies overlap")?);
        written = body.end;
        let original = text.get(body.clone()).context("a body ends before it begins")?;
        placed.write_function(original, body.start, &inside);
    }
    placed.text.push_str(text.get(written..).context("a body ends beyond the file")?);
    placed.left_out = rest.into_iter().map(|(number, ..)| number).collect();
    Ok(placed)
}

impl Variants {
    fn write_function(
        &mut self,
        original: &str,
        start: usize,
        mutants: &[(usize, &Mutant, Range<usize>)],
    ) {
        let first = self.line();
        let numbers: Vec<_> = mutants.iter().map(|(number, ..)| number.to_string()).collect();
        let numbers = numbers.join(", ");
        // The original comes first: the compiler then finds fault with the copies.
        self.text +=
            &["match crate::mutant_switch::chosen(&[", &numbers, "]) { 0 => {"].concat();
        self.text.push_str(original);
        self.text.push_str("\n}\n");
        let mut copies = Vec::new();
        for (number, mutant, range) in mutants {
            let line = self.line();
            let (before, after) = (range.start - start, range.end - start);
            self.text += &[&number.to_string(), " => {"].concat();
            self.text.push_str(original.get(..before).unwrap_or_default());
            self.text.push_str(&mutant.replacement);
            self.text.push_str(original.get(after..).unwrap_or_default());
            self.text.push_str("\n}\n");
            copies.push((line..self.line(), *number));
        }
        self.text.push_str("_ => unreachable!(),\n}\n");
        self.functions.push(Function { lines: first..self.line(), copies });
    }

    /// The line that is written next.
    fn line(&self) -> usize {
        self.text.matches('\n').count() + 1
    }
}

/// The bodies of functions, without their braces, in the order of the file; none inside another.
#[derive(Debug, Default)]
struct Bodies {
    found: Vec<(Position, Position)>,
}

impl Bodies {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        // What the compiler itself runs can't ask at run time which copy to run, and copies may
        // differ in a type that the signature does not name.
        let mut opaque = Opaque(false);
        opaque.visit_return_type(&signature.output);
        if signature.constness.is_none() && !opaque.0 {
            let braces = block.brace_token.span;
            let start = braces.open().span().end();
            let end = braces.close().span().start();
            self.found.push((position(start), position(end)));
        }
    }
}

/// Whether an `impl Trait` was found.
struct Opaque(bool);

impl Visit<'_> for Opaque {
    fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
        self.0 = true;
    }
}

impl Visit<'_> for Bodies {
    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        self.add(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
    }
}

fn position(place: proc_macro2::LineColumn) -> Position {
    Position { line: place.line, column: place.column + 1 }
}

/// The byte at which `position` stands.
fn offset(text: &str, position: Position) -> Result<usize> {
    let mut before = 0;
    let mut lines = text.split_inclusive('\n');
    for line in lines.by_ref().take(position.line - 1) {
        before += line.len();
    }
    let line = lines.next().unwrap_or_default();
    let mut columns = line.char_indices().map(|(index, _)| index).chain([line.len()]);
    let column = columns.nth(position.column - 1);
    Ok(before + column.with_context(|| format!("no such place in the file: {position:?}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::list::Span;

    fn mutant(start: (usize, usize), end: (usize, usize), replacement: &str) -> Mutant {
        let at = |(line, column)| Position { line, column };
        let span = Span { start: at(start), end: at(end) };
        Mutant {
            name: String::new(),
            file: "a.rs".into(),
            span,
            replacement: replacement.into(),
        }
    }

    const TEXT: &str =
        "fn é(a: u8) -> bool {\n    a == 1\n}\nconst fn two() -> u8 {\n    2\n}\n";

    #[test]
    fn a_function_gets_a_copy_for_each_change_and_a_constant_one_none() {
        let (operator, value) = (mutant((2, 7), (2, 9), "!="), mutant((2, 5), (2, 11), "true"));
        let constant = mutant((5, 5), (5, 6), "0");
        let placed = place(TEXT, &[(1, &operator), (2, &value), (3, &constant)]).unwrap();
        assert_eq!(placed.left_out, [3]);
        let lines: Vec<_> =
            placed.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            [
                "fn é(a: u8) -> bool {match crate::mutant_switch::chosen(&[1, 2]) { 0 => {",
                "a == 1",
                "}",
                "1 => {",
                "a != 1",
                "}",
                "2 => {",
                "true",
                "}",
                "_ => unreachable!(),",
                "}",
                "}",
                "const fn two() -> u8 {",
                "2",
                "}",
            ]
        );
        syn::parse_file(&placed.text).unwrap();
    }

    #[test]
    fn a_function_that_returns_an_unnamed_type_gets_no_copy() {
        let text = "fn a() -> Option<impl Sized> {\n    None::<u8>\n}\n";
        let placed = place(text, &[(1, &mutant((2, 5), (2, 15), "Some(1)"))]).unwrap();
        assert_eq!((placed.text.as_str(), placed.left_out), (text, vec![1]));
    }

    #[test]
    fn an_error_in_a_copy_blames_its_change_and_one_beside_it_all_of_the_function() {
        let (operator, value) = (mutant((2, 7), (2, 9), "!="), mutant((2, 5), (2, 11), "true"));
        let placed = place(TEXT, &[(1, &operator), (2, &value)]).unwrap();
        let line_of =
            |part| placed.text.lines().position(|line| line.contains(part)).unwrap() + 1;
        assert_eq!(placed.blamed(line_of("a != 1")), Some(Blamed::One(1)));
        assert_eq!(placed.blamed(line_of("true")), Some(Blamed::One(2)));
        assert_eq!(placed.blamed(line_of("a == 1")), Some(Blamed::AnyOf(vec![1, 2])));
        assert_eq!(placed.blamed(line_of("const fn")), None);
    }
}
