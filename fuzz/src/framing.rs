//! Checks the framing: any bytes, split into any reads, give the same frames.

use copilot_sessions::rpc::{FrameDecoder, FrameError, FrameLimits, encode_frame};

/// The first byte of the input is a number of reads, the bytes after it are the lengths of the reads, which repeat, and
/// the rest is the stream that a peer sends.
///
/// # Panics
///
/// When the split makes a difference, or the decoder holds more than its limits allow.
pub fn check(input: &[u8]) {
    let Some((count, rest)) = input.split_first() else { return };
    let (lengths, stream) = rest.split_at(usize::from(*count).min(rest.len()));
    for limits in
        [Limits { header: 64, body: 256 }, Limits { header: 8 << 10, body: 512 << 20 }]
    {
        let whole = decode(limits, [stream]);
        assert_eq!(
            whole,
            decode(limits, pieces(stream, lengths)),
            "the split makes a difference"
        );
        assert_eq!(whole, decode(limits, stream.chunks(1)), "single bytes make a difference");
        let bodies: Vec<_> = whole.frames.into_iter().flatten().collect();
        for body in &bodies {
            assert!(body.len() <= limits.body);
        }
        // The bodies, encoded again, decode to the same bodies, without an error as the stream ends with a frame.
        let again: Vec<u8> = bodies.iter().flat_map(|body| encode_frame(body)).collect();
        let again = decode(limits, pieces(&again, lengths));
        let frames = bodies.into_iter().map(Ok).collect();
        assert_eq!(again, Decoded { frames, end: Ok(()) });
    }
}

/// The most bytes of a header block and of a body.
#[derive(Clone, Copy)]
struct Limits {
    header: usize,
    body: usize,
}

/// Splits the stream into pieces of these lengths in turn, and the rest. A length of 0 gives an empty piece.
fn pieces<'a>(mut stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle().take(stream.len()) {
        let (piece, rest) = stream.split_at(usize::from(*length).min(stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces.push(stream);
    pieces
}

#[derive(Debug, PartialEq)]
struct Decoded {
    /// The body of each frame, or the error of one that was passed over.
    frames: Vec<Result<Vec<u8>, FrameError>>,
    end: Result<(), FrameError>,
}

fn decode<'a>(limits: Limits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let frame_limits = FrameLimits::default().max_header(limits.header).max_body(limits.body);
    let mut decoder = FrameDecoder::new(frame_limits);
    let (mut frames, mut received) = (Vec::new(), 0);
    for piece in pieces {
        decoder.extend(piece);
        received += piece.len();
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(Ok(frame.to_vec())),
                Ok(None) => break,
                // The frame was passed over.
                Err(error @ FrameError::Oversize { .. }) => frames.push(Err(error)),
                Err(error) => {
                    assert_eq!(decoder.next_frame(), Err(error), "this error is final");
                    assert_eq!(decoder.finish(), Err(error), "this error is final");
                    return Decoded { frames, end: Err(error) };
                }
            }
        }
        let buffer = decoder.buffer_mut();
        // All complete frames are decoded: the rest is a part of a header or of a body.
        assert!(buffer.len() <= limits.header.max(limits.body), "more than the limits");
        // Memory is reserved for bytes that a peer sends, not for those that it announces: at most twice the bytes,
        // and one large read.
        assert!(
            buffer.capacity() <= 2 * received + 128 * 1024,
            "more memory than the bytes need"
        );
    }
    Decoded { frames, end: decoder.finish() }
}
