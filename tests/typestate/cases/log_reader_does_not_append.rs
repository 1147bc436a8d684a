use copilot_sessions::ActiveSession;
use copilot_sessions::events::EventDraft;

fn misuse(session: &ActiveSession, draft: EventDraft) {
    let _ = session.log().append(draft);
}

fn main() {}
