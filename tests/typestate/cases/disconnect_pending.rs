use copilot_sessions::PendingSession;

async fn misuse(session: PendingSession) {
    let _ = session.disconnect().await;
}

fn main() {}
