use copilot_sessions::ClosedSession;

async fn misuse(session: ClosedSession) {
    let _ = session.send_and_wait("too late").await;
}

fn main() {}
