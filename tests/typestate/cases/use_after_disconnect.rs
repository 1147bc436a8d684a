use copilot_sessions::ActiveSession;

async fn misuse(session: ActiveSession) {
    let _ = session.disconnect().await;
    let _ = session.send("too late").await;
}

fn main() {}
