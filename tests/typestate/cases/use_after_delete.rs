use copilot_sessions::ActiveSession;

async fn misuse(session: ActiveSession) {
    let _ = session.delete().await;
    let _ = session.events();
}

fn main() {}
