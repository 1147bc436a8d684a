use copilot_sessions::PendingSession;

async fn misuse(session: PendingSession) {
    let _ = session.start().await;
    let _ = session.start().await;
}

fn main() {}
