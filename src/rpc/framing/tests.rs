use proptest::prelude::*;

use super::*;

fn decode_all(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.extend(piece);
        while let Some(frame) = decoder.next_frame()? {
            frames.push(frame.to_vec());
        }
    }
    decoder.finish().map(|()| frames)
}

fn error_of(input: &[u8]) -> FrameError {
    decode_all(&[input]).unwrap_err()
}

#[test]
fn headers_may_have_any_case_order_and_spacing() {
    let input =
        b"Content-Type: x; charset=utf-8\r\ncONTENT-lENGTH :\t  2 \r\nX-Empty:\r\n\r\n{}";
    assert_eq!(decode_all(&[input]).unwrap(), [b"{}"]);
}

#[test]
fn an_empty_body_is_a_frame() {
    let input = b"Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n1";
    assert_eq!(decode_all(&[input]).unwrap(), [&b""[..], b"1"]);
}

#[test]
fn a_repeated_length_must_be_equal() {
    let same = b"Content-Length: 2\r\ncontent-length: 02\r\n\r\n{}";
    assert_eq!(decode_all(&[same]).unwrap(), [b"{}"]);
    let different = b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}";
    assert_eq!(error_of(different), FrameError::ConflictingLengths);
}

#[test]
fn each_malformed_header_has_its_own_error() {
    for (input, error) in [
        (&b"X: 1\r\n\r\n"[..], FrameError::MissingLength),
        (b"Content-Length: -5\r\n", FrameError::NegativeLength),
        (b"Content-Length: five\r\n", FrameError::InvalidLength),
        (b"Content-Length: +5\r\n", FrameError::InvalidLength),
        (b"Content-Length: 5 5\r\n", FrameError::InvalidLength),
        (b"Content-Length: \r\n", FrameError::InvalidLength),
        (b"Content-Length: 0x10\r\n", FrameError::InvalidLength),
        (b"Content-Length: 1099511627777\r\n", FrameError::InvalidLength),
        (b"Content-Length: 99999999999999999999999\r\n", FrameError::InvalidLength),
        (b"Content-Length: 2\r\nListening on port 1\r\n", FrameError::NotAHeader),
        (b"Content-Length: 2\r\nX: 1\n", FrameError::BareLineFeed),
        (b"Content-Length: 2\n\n{}", FrameError::BareLineFeed),
        (b"Content-Length: 2\r\n\n{}", FrameError::BareLineFeed),
        // At the end of the stream.
        (b"Listening on port 1\r\n", FrameError::NotAHeader),
        (b"Listening on port 1", FrameError::NotAHeader),
        (b"warn\nmore", FrameError::Truncated { missing: None }),
        (b"error: no\r\n", FrameError::Truncated { missing: None }),
    ] {
        assert_eq!(error_of(input), error, "{:?}", input.escape_ascii().to_string());
    }
}

#[test]
fn the_largest_length_is_accepted_without_being_allocated() {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    decoder.extend(b"Content-Length: 536870912\r\n\r\n{");
    assert_eq!(decoder.next_frame(), Ok(None));
    assert!(decoder.buffer_mut().capacity() <= 2 * READ_SIZE);
    let missing = Some(536_870_911);
    assert_eq!(decoder.finish(), Err(FrameError::Truncated { missing }));
}

#[test]
fn a_header_above_the_limit_is_an_error() {
    let limits = FrameLimits::default().max_header(64);
    let error = Err(FrameError::HeaderTooLong { limit: 64 });

    let mut one_line = FrameDecoder::new(limits);
    one_line.extend(&[b'a'; 64]);
    assert_eq!(one_line.next_frame(), Ok(None));
    one_line.extend(b"a");
    assert_eq!(one_line.next_frame(), error);

    let mut many_lines = FrameDecoder::new(limits);
    many_lines.extend(&b"a: b\r\n".repeat(11));
    assert_eq!(many_lines.next_frame(), error);

    let mut exact = FrameDecoder::new(limits);
    let padding = "x".repeat(64 - "Content-Length: 1\r\nP: \r\n\r\n".len());
    exact.extend(format!("Content-Length: 1\r\nP: {padding}\r\n\r\n1").as_bytes());
    assert_eq!(exact.next_frame().unwrap().unwrap(), b"1");
}

#[test]
fn an_error_is_final() {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    decoder.extend(b"Content-Length: x\r\n\r\n");
    assert_eq!(decoder.next_frame(), Err(FrameError::InvalidLength));
    decoder.extend(b"Content-Length: 2\r\n\r\n{}");
    assert_eq!(decoder.next_frame(), Err(FrameError::InvalidLength));
    assert_eq!(decoder.finish(), Err(FrameError::InvalidLength));
}

#[test]
fn an_end_of_stream_inside_a_frame_is_an_error_and_between_frames_is_not() {
    let in_header = FrameError::Truncated { missing: None };
    assert_eq!(error_of(b"Content-Le"), in_header);
    assert_eq!(error_of(b"Content-Length: 2\r\n"), in_header);
    let in_body = FrameError::Truncated { missing: Some(1) };
    assert_eq!(error_of(b"Content-Length: 2\r\n\r\n{"), in_body);
    assert_eq!(decode_all(&[b""]).unwrap(), [b""; 0]);
}

#[test]
fn the_memory_of_a_large_frame_is_released() {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    decoder.extend(&encode_frame(&vec![b' '; 8 * KEEP_BUFFER_BELOW]));
    decoder.extend(&encode_frame(b"1"));
    assert!(decoder.next_frame().unwrap().is_some());
    assert_eq!(decoder.next_frame().unwrap().unwrap(), b"1");
    assert!(decoder.buffer_mut().capacity() <= 2 * READ_SIZE);
}

proptest! {
    #[test]
    fn any_split_of_any_frames_gives_the_same_frames(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let stream: Vec<u8> = bodies.iter().flat_map(|body| encode_frame(body)).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
        prop_assert_eq!(decode_all(&pieces).unwrap(), bodies);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(pieces in prop::collection::vec(
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            Just(b"Content-Length: ".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"3".to_vec()),
        ],
        0..30,
    )) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let _ = decode_all(&pieces);
    }
}

#[test]
fn text_before_a_header_is_passed_over_line_by_line() {
    let frame = "Content-Length: 2\r\n\r\n{}";
    for text in [
        "warn: x\n",
        "hello\r\n",
        "\r\n",
        "\n",
        "{\"a\":1}\r\n",
        "a b: c\r\n",
        "x\ny\r\n\r\nz\n",
    ] {
        let input = [text, frame, text, text, frame].concat();
        for cut in 0..input.len() {
            let (one, two) = input.as_bytes().split_at(cut);
            assert_eq!(
                decode_all(&[one, two]).unwrap(),
                [b"{}", b"{}"],
                "{text:?} cut at {cut}"
            );
        }
        let mut decoder = FrameDecoder::new(FrameLimits::default());
        decoder.extend(input.as_bytes());
        while decoder.next_frame().unwrap().is_some() {}
        assert_eq!(decoder.foreign_texts(), 2);
        assert_eq!(decoder.foreign_text(), [text, text, text].concat().as_bytes());
    }
    for text in ["no end ", "warn: x", "\u{feff}", "done.\nprogress 50% "] {
        let input = [frame, text, frame].concat();
        assert_eq!(decode_all(&[input.as_bytes()]).unwrap(), [b"{}", b"{}"], "{text:?}");
    }
    let other = "X-Content-Length: 7\r\n";
    assert_eq!(decode_all(&[[other, frame].concat().as_bytes()]).unwrap(), [b"{}"]);
    // A line that looks like a header is taken for one.
    assert_eq!(decode_all(&[format!("warn: x\r\n{frame}").as_bytes()]).unwrap(), [b"{}"]);
}

#[test]
fn text_without_an_end_is_an_error_that_keeps_the_last_of_it() {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    let line = "{\"type\":\"log\"}\n";
    decoder.extend(line.repeat(1000).as_bytes());
    assert_eq!(decoder.next_frame(), Err(FrameError::NotAHeader));
    let text = decoder.foreign_text();
    assert_eq!(text.len(), 1024);
    assert!(text.ends_with(line.as_bytes()));
}

#[test]
fn a_frame_above_the_limit_is_passed_over_without_being_kept() {
    let limits = FrameLimits::default().max_body(10);
    let body = "0123456789".repeat(20_000);
    let input = format!(
        "Content-Length: {}\r\n\r\n{body}Content-Length: 10\r\n\r\n0123456789",
        body.len()
    );
    for size in [1, 7, 4096, 65_536, input.len()] {
        let mut decoder = FrameDecoder::new(limits);
        let mut passed = 0;
        let mut frames = Vec::new();
        for piece in input.as_bytes().chunks(size) {
            decoder.extend(piece);
            loop {
                match decoder.next_frame() {
                    Ok(Some(frame)) => frames.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(FrameError::Oversize { announced: 200_000, limit: 10 }) => {
                        let frame = decoder.take_oversized().unwrap();
                        assert_eq!(frame.head(), &body.as_bytes()[..4096]);
                        assert_eq!(frame.tail(), &body.as_bytes()[body.len() - 64..]);
                        passed += 1;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert_eq!((passed, frames), (1, vec![b"0123456789".to_vec()]), "in pieces of {size}");
        assert_eq!(decoder.finish(), Ok(()));
    }
    let mut cut = FrameDecoder::new(limits);
    cut.extend(b"Content-Length: 200000\r\n\r\n0123456789");
    assert_eq!(cut.next_frame(), Ok(None));
    assert!(cut.buffer_mut().is_empty());
    assert_eq!(cut.finish(), Err(FrameError::Truncated { missing: Some(199_990) }));
}
