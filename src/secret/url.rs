//! What may be printed of a URL: not the user and password, the query or the fragment.

/// The URL without what may be secret in it.
pub(crate) fn public_part(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let (user, rest) = match authority.rfind('@') {
        Some(at) => ("..@", rest.get(at + 1..).unwrap_or_default()),
        None => ("", rest),
    };
    // An `@` farther on may be the end of a password that was not escaped.
    if rest.contains('@') {
        return format!("{scheme}..");
    }
    match rest.split_once(['?', '#']) {
        Some((public, _)) => format!("{scheme}{user}{public}?.."),
        None => format!("{scheme}{user}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_printed_without_user_query_and_fragment() {
        for (url, public) in [
            ("http://localhost:11434/v1", "http://localhost:11434/v1"),
            ("https://user:pass@host/v1?sig=x#y", "https://..@host/v1?.."),
            ("https://user:p@ss@host", "https://..@host"),
            ("https://user:pa/ss@host/v1", "https://.."),
            ("https://user:pa?ss@host/v1", "https://.."),
            ("https://host/v1#token", "https://host/v1?.."),
            ("user:pass@host:80/x", "..@host:80/x"),
            ("host:80", "host:80"),
            ("mailto:a@b", "..@b"),
            ("", ""),
        ] {
            assert_eq!(public_part(url), public, "{url}");
        }
    }
}
