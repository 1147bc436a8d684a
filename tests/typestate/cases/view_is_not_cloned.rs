use copilot_sessions::{ActiveSession, SessionView};

fn both(session: &ActiveSession) -> SessionView {
    session.clone()
}

fn main() {}
