use copilot_sessions::PendingSession;

async fn misuse(session: PendingSession) {
    let _ = session.send("too early").await;
}

fn main() {}
