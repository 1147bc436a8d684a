//! Which members hold secrets, by their names.
//!
//! The code generator reads this file too: what it makes a `Secret` is what is hidden in JSON without a type.

/// How the names of secrets end, without regard to case and punctuation.
const ENDINGS: [&str; 27] = [
    "accesskey",
    "apikey",
    "apikeys",
    "assertion",
    "authheader",
    "authorization",
    "bearer",
    "connectionstring",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "env",
    "headers",
    "hmac",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "privatekey",
    "secret",
    "secretkey",
    "secrets",
    "secretvalue",
    "secretvalues",
    "token",
    "tokens",
];

/// Whether the member, header or variable of this name holds a secret: `apiKey`, `X-Api-Key`, `GITHUB_TOKEN`.
///
/// Only texts count, and what has texts inside: `outputTokens` is a number and no secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let letters = compact(name);
    ENDINGS.iter().any(|ending| letters.ends_with(ending))
}

/// Whether the member of this name holds a URL: `baseUrl`, `uri`.
pub(crate) fn is_url(name: &str) -> bool {
    let letters = compact(name);
    ["url", "urls", "uri", "uris"].iter().any(|ending| letters.ends_with(ending))
}

fn compact(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_how_their_names_end() {
        for secret in [
            "token",
            "gitHubToken",
            "access_token",
            "apiKey",
            "X-Api-Key",
            "Proxy-Authorization",
            "Set-Cookie",
            "OPENAI_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "clientSecret",
            "password",
            "requestHeaders",
            "env",
            "hmac",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in ["", "tokenType", "tokenCount", "envVar", "key", "authType", "environment"]
        {
            assert!(!is_secret(plain), "{plain}");
        }
        assert!(is_url("baseUrl") && is_url("base_url") && is_url("URI") && !is_url("curling"));
    }
}
