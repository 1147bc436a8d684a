use copilot_sessions::ClosedSession;

fn client(session: &ClosedSession) {
    session.client();
}

fn main() {}
