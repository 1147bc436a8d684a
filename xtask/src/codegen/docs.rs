//! Writes documentation comments from the descriptions in a schema.

use crate::codegen::ir::Docs;

/// The width of generated comments.
const WIDTH: usize = 96;

/// The lines of a comment `///` at `indent`. `otherwise` is its text if the schema has no description.
pub(crate) fn comment(docs: &Docs, otherwise: &str, indent: usize) -> String {
    let described = sentence(&markdown(&docs.text));
    let is_described = !described.is_empty();
    let mut text = if is_described { described } else { otherwise.to_owned() };
    let mut paragraphs = Vec::new();
    let notes = docs.notes.join(" ");
    if notes.is_empty() {
        paragraphs.push(text);
    } else if indent == 0 && !is_described {
        // The notes of an item say what it is for: no other text is needed.
        paragraphs.push(notes);
    } else if indent > 0 {
        text.push(' ');
        text.push_str(&notes);
        paragraphs.push(text);
    } else {
        paragraphs.extend([text, notes]);
    }
    let margin = " ".repeat(indent);
    let wrapped: Vec<_> =
        paragraphs.iter().map(|text| wrap(text, &format!("{margin}/// "), WIDTH)).collect();
    wrapped.join(&format!("{margin}///\n"))
}

/// `text` with a capital at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let ends = text.ends_with(['.', '!', '?', ':']) || text.ends_with(".)");
    let end = if ends { "" } else { "." };
    format!("{}{}{end}", first.to_ascii_uppercase(), characters.as_str())
}

/// `text` on one line, with everything escaped that Markdown would read as markup, except for backticks.
fn markdown(text: &str) -> String {
    // With an odd number of backticks, the last one would open a span that nothing closes.
    let quoted = text.matches('`').count().is_multiple_of(2);
    let mut inside = false;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let ticks = word.matches('`').count();
        if quoted && (inside || ticks > 0) {
            words.push(beside_ticks(word, inside));
        } else {
            words.push(plain(word));
        }
        if quoted && ticks % 2 == 1 {
            inside = !inside;
        }
    }
    words.join(" ")
}

/// Escapes the parts of a word that are outside of backticks.
fn beside_ticks(word: &str, inside: bool) -> String {
    let mut code = inside;
    let mut parts = Vec::new();
    for part in word.split('`') {
        parts.push(if code { part.to_owned() } else { escape(part) });
        code = !code;
    }
    parts.join("`")
}

/// A word outside of backticks: a name gets backticks, a link is marked as one, anything else is escaped.
fn plain(word: &str) -> String {
    let is_edge = |character: char| "\"'(),.;:".contains(character);
    let core = word.trim_matches(is_edge);
    let (before, mut after) = match word.split_once(core) {
        Some((before, after)) if !core.is_empty() => (before, after),
        _ => return escape(word),
    };
    let mut call = "";
    if let Some(rest) = after.strip_prefix("()") {
        (call, after) = ("()", rest);
    }
    if core.starts_with("http://") || core.starts_with("https://") {
        return format!("{before}<{core}>{call}{after}");
    }
    if is_name(core) { format!("{before}`{core}{call}`{after}") } else { escape(word) }
}

/// `camelCase`, `snake_case`, `dotted.name` or `/command`, but not `e.g` or `Node.js`.
fn is_name(word: &str) -> bool {
    let of_names =
        |character: char| character.is_ascii_alphanumeric() || "_.-/:*=".contains(character);
    let starts_low = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let has_capital = word.chars().any(|character| character.is_ascii_uppercase());
    let dotted = word.len() > 4 && word.contains('.') && !word.contains("..");
    word.chars().all(of_names)
        && ((starts_low && !word.contains(['/', '-']) && (has_capital || dotted))
            || (word.contains('_') && word.len() > 2))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "[]<>*_`\\#|".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Breaks `text` into lines that begin with `margin`; a line may end between backticks too.
fn wrap(text: &str, margin: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split(' ') {
        // Markdown would read such a line as an item of a list.
        let starts_list = matches!(word, "-" | "+") || is_number(word);
        let long = margin.len() + line.chars().count() + 1 + word.chars().count() > width;
        if !line.is_empty() && long && !starts_list {
            lines.extend([margin, &line, "\n"]);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines + &format!("{margin}{line}\n")
}

fn is_number(word: &str) -> bool {
    word.strip_suffix(['.', ')']).is_some_and(|digits| digits.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_markup_is_escaped() {
        for (text, expected) in [
            (
                "the sessionId of\n a  thing",
                "the sessionId of a thing".replace("sessionId", "`sessionId`"),
            ),
            ("see session.start, or e.g. <x>", "see `session.start`, or e.g. \\<x\\>".into()),
            ("a [link] and `code[0]`", "a \\[link\\] and `code[0]`".into()),
            ("`two words` and an_id", "`two words` and `an_id`".into()),
            ("one ` tick", "one \\` tick".into()),
            ("at https://example.com/a_b.", "at <https://example.com/a_b>.".into()),
        ] {
            assert_eq!(markdown(text), expected);
        }
    }

    #[test]
    fn a_comment_is_a_sentence_with_its_notes() {
        let docs =
            Docs { text: "how long it took".into(), notes: vec!["In milliseconds.".into()] };
        assert_eq!(comment(&docs, "", 4), "    /// How long it took. In milliseconds.\n");
        assert_eq!(comment(&docs, "", 0), "/// How long it took.\n///\n/// In milliseconds.\n");
        assert_eq!(comment(&Docs::default(), "The member `x`.", 0), "/// The member `x`.\n");
    }
}
