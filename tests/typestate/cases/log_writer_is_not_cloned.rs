use copilot_sessions::events::EventLogWriter;

fn main() {
    let writer = EventLogWriter::default();
    let _second = writer.clone();
}
