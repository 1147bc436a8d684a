//! Why a handshake may have failed, as far as what the program printed tells.

use crate::rpc::{Disconnect, DisconnectKind};

/// The likely cause, and what to do about it; empty if nothing was printed that tells.
pub(super) fn likely_cause(disconnect: &Disconnect) -> &'static str {
    let text = disconnect.foreign_text().unwrap_or_default();
    let stderr = match disconnect.kind() {
        DisconnectKind::ProcessExited(exit) => &*exit.stderr_tail,
        _ => "",
    };
    if [text, stderr].into_iter().any(is_about_signing_in) {
        "; it is not signed in: sign in, or set a token or a provider of your own"
    } else if disconnect.prints_json_lines() {
        "; the program prints JSON lines and no frames: it was not started as a server, or is no \
         Copilot runtime"
    } else if !text.is_empty() {
        "; the program prints text and no frames: it was not started as a server, or is no Copilot \
         runtime"
    } else {
        ""
    }
}

fn is_about_signing_in(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["signed in", "sign in", "log in", "logged in", "login", "not authenticated"]
        .iter()
        .any(|words| text.contains(words))
}
