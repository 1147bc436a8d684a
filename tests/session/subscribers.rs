//! Handlers: in order, from the first event, each on its own.

use std::sync::{Arc, Mutex};

use copilot_sessions::{ClientOptions, Cursor, LogBounds, SessionConfig};
use tokio::sync::{Semaphore, mpsc};

use crate::{active, connected, connected_with, numbered};

#[tokio::test]
async fn every_form_of_handler_sees_every_event_from_the_first_on() {
    let (agent, client) = connected().await;
    let (seen, mut all) = mpsc::unbounded_channel();
    let send = |form: &'static str| {
        let seen = seen.clone();
        move |seq: u64| seen.send((form, seq)).unwrap()
    };
    let (task, each, thread) = (send("task"), send("each"), send("thread"));
    let session = client
        .create_session(SessionConfig::new())
        .on_event(move |event| {
            task(event.seq().get());
            async {}
        })
        .on_each(move |item| {
            each(item.unwrap().seq().get());
            async {}
        })
        .on_event_blocking(move |event| thread(event.seq().get()))
        .await
        .unwrap();
    let late = send("late");
    session.on_event(move |event| {
        late(event.seq().get());
        async {}
    });
    agent.burst(session.id(), 100, numbered);
    let mut next = std::collections::HashMap::new();
    for _ in 0..4 * 101 {
        let (form, seq) = all.recv().await.unwrap();
        let next = next.entry(form).or_insert(1);
        assert_eq!(seq, *next, "{form}");
        *next += 1;
    }
    assert_eq!(next.len(), 4);
}

#[tokio::test]
async fn a_handler_that_panics_goes_on_with_the_next_event() {
    let (agent, client) = connected().await;
    let (seen, mut all) = mpsc::unbounded_channel();
    let other = seen.clone();
    let session = client
        .create_session(SessionConfig::new())
        .on_event(move |event| {
            let seen = seen.clone();
            async move {
                assert!(event.seq().get() % 2 == 0, "odd");
                seen.send(event.seq().get()).unwrap();
            }
        })
        .on_event_blocking(move |event| {
            assert!(event.seq().get() % 2 == 0, "odd");
            other.send(event.seq().get()).unwrap();
        })
        .await
        .unwrap();
    agent.burst(session.id(), 9, numbered);
    let mut evens = Vec::new();
    for _ in 0..10 {
        evens.push(all.recv().await.unwrap());
    }
    evens.sort_unstable();
    assert_eq!(evens, [2, 2, 4, 4, 6, 6, 8, 8, 10, 10]);
}

#[tokio::test]
async fn a_handler_that_stalls_holds_up_neither_replies_nor_other_readers() {
    let (agent, client) = connected().await;
    let session = client
        .create_session(SessionConfig::new())
        .on_event(|_| std::future::pending())
        .await
        .unwrap();
    agent.burst(session.id(), 1000, numbered);
    client.ping("replies arrive").await.unwrap();
    session.wait_for_from(Cursor::START, |event| event.id() == "n999").await.unwrap();
    session.send_and_wait("turns go on").await.unwrap();
}

#[tokio::test]
async fn a_slow_handler_is_told_exactly_what_it_missed() {
    let options = ClientOptions::new()
        .log_bounds(LogBounds::default().max_events(64).max_bytes(usize::MAX));
    let (agent, client) = connected_with(options).await;
    let gate = Arc::new(Semaphore::new(0));
    let account = Arc::new(Mutex::new((0, 0)));
    let session = client
        .create_session(SessionConfig::new())
        .on_each({
            let (gate, account) = (Arc::clone(&gate), Arc::clone(&account));
            move |item| {
                let (gate, account) = (Arc::clone(&gate), Arc::clone(&account));
                async move {
                    gate.acquire().await.unwrap().forget();
                    let mut account = account.lock().unwrap();
                    match item {
                        Ok(_) => account.0 += 1,
                        Err(gap) => account.1 += gap.missed(),
                    }
                }
            }
        })
        .await
        .unwrap();
    agent.burst(session.id(), 5000, numbered);
    // Its answer comes behind the burst.
    client.ping("").await.unwrap();
    gate.add_permits(100_000);
    let closed = session.disconnect().await.unwrap();
    let published = closed.stats().published;
    while {
        let (seen, missed) = *account.lock().unwrap();
        seen + missed < published
    } {
        tokio::task::yield_now().await;
    }
    let (seen, missed) = *account.lock().unwrap();
    assert_eq!(seen + missed, published);
    assert!(missed > 0);
}

#[tokio::test]
async fn a_cancelled_handler_is_called_no_more() {
    let (agent, client, session) = active().await;
    let (seen, mut all) = mpsc::unbounded_channel();
    let subscription = session.on_event(move |event| {
        let seen = seen.clone();
        async move { seen.send(event.seq()).unwrap() }
    });
    all.recv().await.unwrap();
    subscription.cancel();
    agent.emit(session.id(), numbered(1));
    client.ping("").await.unwrap();
    assert_eq!(all.recv().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_handler_can_ask_and_wait_for_the_answer() {
    let (_agent, _client, session) = active().await;
    let (handle, (told, mut answers)) = (session.handle(), mpsc::unbounded_channel());
    session.on_event_blocking(move |event| {
        if event.seq().get() == 1 {
            let answer = futures::executor::block_on(handle.send_and_wait("from a thread"));
            told.send(answer.unwrap().text().to_owned()).unwrap();
        }
    });
    assert_eq!(answers.recv().await.unwrap(), "You said: from a thread");
}
