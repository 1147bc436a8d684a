//! Messages that are aborted, in work or in the queue.

use super::*;

#[test]
fn an_aborted_idle_ends_the_wait_and_an_autopilot_idle_does_not() {
    let autopilot = r#"{"id":"i","type":"session.idle","data":{"mode":"autopilot"}}"#;
    assert_eq!(outcome(true, &[OURS, ABORTED]), Some(Err(ErrorKind::Aborted)));
    assert_eq!(outcome(true, &[OURS, autopilot]), None);
    let stopped =
        r#"{"id":"i","type":"session.idle","data":{"mode":"autopilot","aborted":true}}"#;
    assert_eq!(outcome(true, &[OURS, TURN, TURN_END, stopped]), Some(Err(ErrorKind::Aborted)));
}

#[test]
fn an_abort_ends_only_messages_that_were_in_the_queue() {
    // Aborted before work on it began: alone, and queued behind another client's message.
    assert_eq!(outcome(true, &[ABORT, ABORTED]), Some(Err(ErrorKind::Aborted)));
    assert_eq!(outcome(false, &[ABORT, ABORTED]), Some(Err(ErrorKind::Aborted)));
    // With nothing else under way, the runtime sends no idle of the session.
    assert_eq!(outcome(true, &[ABORT, AGENT_ABORTED]), Some(Err(ErrorKind::Aborted)));
    // No longer in the queue, because work on it began after the abort.
    let events = [ABORT, ABORTED, OURS];
    assert_eq!(outcome(false, &events), None);
    let events = [ABORT, ABORTED, OURS, &says("a", ","), IDLE];
    assert_eq!(outcome(false, &events), Some(Ok("a".into())));
    // The abort event may come after the idle.
    assert_eq!(outcome(false, &[ABORTED, ABORT]), Some(Err(ErrorKind::Aborted)));
    // An earlier idle is not about this message.
    assert_eq!(outcome(true, &[ABORTED]), None);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_still_queued_after_an_abort_is_waited_for() {
    for answered in [true, false] {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        for event in [ABORT, ABORTED] {
            writer.append(EventDraft::parse(event)).unwrap();
        }
        let limit = Some(Duration::from_secs(60));
        let waiting = wait_for_answer(log.events(), "m".into(), false, limit, |_| ready(true));
        let waiting = tokio::spawn(waiting);
        tokio::time::sleep(Duration::from_secs(59)).await;
        for event in [OURS, &says("a", ","), IDLE].iter().filter(|_| answered) {
            writer.append(EventDraft::parse(event)).unwrap();
        }
        let outcome = waiting.await.unwrap();
        assert_eq!(outcome.is_ok(), answered, "{outcome:?}");
    }
}

/// It may be this message under another text: then it was aborted in work, else in the queue.
#[test]
fn an_abort_behind_a_message_of_another_text_without_an_id_ends_the_wait_as_aborted() {
    let other = r#"{"id":"w","type":"user.message","data":{"content":"other"}}"#;
    let events = [other, TURN, ABORT, TURN_END, ABORTED];
    assert_eq!(outcome(true, &events), Some(Err(ErrorKind::Aborted)));
    let finished = [other, TURN, TURN_END, IDLE];
    assert_eq!(outcome(true, &finished), Some(Err(ErrorKind::Ambiguous)));
}
