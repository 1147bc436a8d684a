//! Finding the port a TCP server announces on its stdout.

/// Looks for a phrase and a port behind it in lines that come in pieces.
#[derive(Debug)]
pub(super) struct Announcement {
    /// In lower case; it is found in any.
    phrase: &'static str,
    line: Vec<u8>,
}

impl Announcement {
    pub(super) fn new(phrase: &'static str) -> Self {
        Self { phrase, line: Vec::new() }
    }

    /// Takes more output; the port, as soon as a complete line names one.
    ///
    /// Of a line, the first 4 KiB are looked at.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Option<u16> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (head, rest) = bytes.split_at(end);
            self.keep(head);
            let port = port_behind(self.phrase, &self.line);
            self.line.clear();
            if port.is_some() {
                return port;
            }
            // The rest begins with the line end it was split at.
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.keep(bytes);
        None
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LINE - self.line.len();
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// The number behind `phrase`, whatever the line's letter case.
fn port_behind(phrase: &str, line: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    line.match_indices(phrase).find_map(|(start, phrase)| {
        let rest = line.get(start + phrase.len()..)?;
        let digits = rest.find(|character: char| !character.is_ascii_digit());
        rest.get(..digits.unwrap_or(rest.len()))?.parse().ok()
    })
}

const MAX_LINE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASE: &str = "listening on port ";

    fn port_of(pieces: &[&str]) -> Option<u16> {
        let mut announcement = Announcement::new(PHRASE);
        pieces.iter().find_map(|piece| announcement.feed(piece.as_bytes()))
    }

    #[test]
    fn the_port_is_found_in_any_case_and_split_anywhere() {
        assert_eq!(port_of(&["CLI server listening on port 43523\n"]), Some(43523));
        assert_eq!(port_of(&["hello\nnow LISTENING on Po", "rt 43", "5.\r\nmore"]), Some(435));
    }

    #[test]
    fn an_unfinished_line_or_another_number_is_no_port() {
        assert_eq!(port_of(&["listening on port 43"]), None);
        assert_eq!(port_of(&["listening on port 99999\n"]), None);
        assert_eq!(port_of(&["listening on port x\nport 5\n"]), None);
    }

    #[test]
    fn an_endless_line_takes_bounded_memory() {
        let mut announcement = Announcement::new(PHRASE);
        for _ in 0..100 {
            assert_eq!(announcement.feed(&[b'x'; 1000]), None);
        }
        assert_eq!(announcement.line.len(), MAX_LINE);
        assert_eq!(announcement.feed(b"\nlistening on port 7\n"), Some(7));
    }
}
