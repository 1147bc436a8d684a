use copilot_sessions::ActiveSession;
use copilot_sessions::events::CloseReason;

fn misuse(session: &ActiveSession) {
    session.log().close(CloseReason::Disconnected);
}

fn main() {}
