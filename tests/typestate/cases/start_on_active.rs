use copilot_sessions::ActiveSession;

async fn misuse(session: ActiveSession) {
    let _ = session.start().await;
}

fn main() {}
