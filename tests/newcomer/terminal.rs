//! A terminal that shows what is there, then follows.

use std::fmt::Write as _;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ClientOptions, CloseReason, LogBounds, SessionConfig, Update};
use futures::{FutureExt, StreamExt};

use crate::{Failure, bounded, note, note_of};

#[derive(Default)]
struct Terminal {
    screen: String,
    live: bool,
}

impl Terminal {
    fn show(&mut self, update: &Update) {
        let mark = if self.live { '>' } else { ' ' };
        match update {
            Update::Event(event) => match note_of(event) {
                Some(text) => writeln!(self.screen, "{mark} {text}"),
                None => writeln!(self.screen, "{mark} [{}]", event.kind()),
            },
            Update::Gap(gap) => writeln!(self.screen, "! {} missed", gap.missed()),
            Update::CaughtUp => {
                self.live = true;
                writeln!(self.screen, "--- live ---")
            }
            Update::FellBehind { unread } => {
                self.live = false;
                writeln!(self.screen, "--- {unread} behind ---")
            }
            Update::Closed(reason) => writeln!(self.screen, "--- end: {reason} ---"),
            _ => Ok(()),
        }
        .expect("a String takes everything");
    }
}

#[tokio::test]
async fn terminal() -> Result<(), Failure> {
    bounded(async {
        let agent = ScriptedAgent::new();
        let options = ClientOptions::new().log_bounds(LogBounds::default().max_events(4));
        let client = agent.connect(options).await?;
        let session = client.create_session(SessionConfig::new().session_id("t")).await?;
        for number in 0..20 {
            agent.emit("t", note(&format!("old {number}")));
        }
        // The answer comes behind the events: all of them are in the log now.
        client.ping("").await?;

        let mut terminal = Terminal::default();
        let mut updates = session.events().updates();
        // The past is there at once: nothing is awaited.
        while !terminal.live {
            let update = updates.next().now_or_never().expect("at once").expect("open");
            terminal.show(&update);
        }
        let past = terminal.screen.clone();
        let lines: Vec<_> = past.lines().collect();
        assert!(lines[0].starts_with("! ") && lines[0].ends_with(" missed"), "{past}");
        assert_eq!(lines[lines.len() - 2..], ["  old 19", "--- live ---"]);
        let missed: usize = lines[0].split(' ').nth(1).unwrap().parse()?;
        assert_eq!(missed + lines.len() - 2, 21, "20 notes and session.start: {past}");

        // Live: one by one.
        agent.emit("t", note("new"));
        let update = updates.next().await.expect("open");
        terminal.show(&update);
        assert!(terminal.screen.ends_with("> new\n"));

        // A gap while live; the end. The view runs in a task of its own here.
        agent.burst("t", 3000, |number| note(&format!("burst {number}")));
        client.ping("").await?;
        let viewing = tokio::spawn(async move {
            while let Some(update) = updates.next().await {
                terminal.show(&update);
            }
            terminal.screen
        });
        session.disconnect().await?;
        let screen = viewing.await?;
        let rest =
            screen.strip_prefix(&past).expect("the past stays").trim_start_matches("> new\n");
        println!("{rest}");
        assert_eq!(rest.matches("! ").count(), 1, "{rest}");
        assert!(rest.contains(" behind ---\n"), "{rest}");
        assert_eq!(rest.matches("--- live ---").count(), 1, "{rest}");
        assert!(rest.contains("burst 2999\n"));
        let end = format!("--- end: {} ---\n", CloseReason::Disconnected);
        assert!(rest.ends_with(&end), "{rest}");
        Ok(())
    })
    .await
}
