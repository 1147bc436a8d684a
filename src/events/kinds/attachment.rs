//! `Attachment`: making what a message carries beside its text.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::events::kinds::generated::{
    Attachment, AttachmentBlob, AttachmentDirectory, AttachmentFile, AttachmentSelection,
    AttachmentSelectionDetails, AttachmentSelectionDetailsEnd, AttachmentSelectionDetailsStart,
};

/// What is attached to a message with [`Message::attachment`](crate::Message::attachment).
///
/// The runtime reads files and directories itself, on its own machine: paths are absolute. They are shown
/// by their last part; set `display_name` of the variant's type for another name.
///
/// ```
/// use copilot_sessions::{Attachment, Message};
///
/// let message = Message::new("What does this do?")
///     .attachment(Attachment::file("/project/src/main.rs"))
///     .attachment(Attachment::blob("text/plain", "seen at runtime: 5"));
/// # drop(message);
/// ```
impl Attachment {
    /// A file. Of a long one, the runtime shows the model a part, and where the rest is.
    pub fn file(path: impl Into<String>) -> Self {
        let path = path.into();
        let name = last_part(&path).to_owned();
        Self::File(AttachmentFile::new(path, name))
    }

    /// A directory: the model is told what is in it.
    pub fn directory(path: impl Into<String>) -> Self {
        let path = path.into();
        let name = last_part(&path).to_owned();
        Self::Directory(AttachmentDirectory::new(path, name))
    }

    /// Lines of a file, as they are in an editor: their text, and their numbers, counted from 0.
    ///
    /// For a part of a line, change the `selection` of [`AttachmentSelection`].
    pub fn selection(
        path: impl Into<String>,
        text: impl Into<String>,
        lines: Range<u64>,
    ) -> Self {
        let path = path.into();
        let name = last_part(&path).to_owned();
        let details = AttachmentSelectionDetails::new(
            AttachmentSelectionDetailsStart::new(lines.start, 0),
            AttachmentSelectionDetailsEnd::new(lines.end, 0),
        );
        Self::Selection(AttachmentSelection::new(path, name, text, details))
    }

    /// Bytes that are in no file, such as an image, with their MIME type. They are sent within the
    /// message.
    pub fn blob(mime_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        let mut blob = AttachmentBlob::new(mime_type);
        blob.data = Some(STANDARD.encode(bytes));
        Self::Blob(blob)
    }
}

/// The JSON object that is sent, as it is. Runtimes ignore those whose `type` they do not know, without an
/// error.
impl From<Value> for Attachment {
    fn from(json: Value) -> Self {
        Self::Unknown(json)
    }
}

/// What a path is shown by.
fn last_part(path: &str) -> &str {
    let parts = path.rsplit(['/', '\\']);
    parts.into_iter().find(|part| !part.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attachments_are_what_runtimes_read() {
        for (attachment, expected) in [
            (
                Attachment::file("/project/src/main.rs"),
                json!({ "type": "file", "path": "/project/src/main.rs", "displayName": "main.rs" }),
            ),
            (
                Attachment::directory("C:\\project\\src\\"),
                json!({ "type": "directory", "path": "C:\\project\\src\\", "displayName": "src" }),
            ),
            (
                Attachment::selection("/a.rs", "one\ntwo\n", 4..6),
                json!({
                    "type": "selection", "filePath": "/a.rs", "displayName": "a.rs",
                    "text": "one\ntwo\n",
                    "selection": {
                        "start": { "line": 4, "character": 0 },
                        "end": { "line": 6, "character": 0 },
                    },
                }),
            ),
            (
                Attachment::blob("image/png", [0, 159, 146, 150]),
                json!({ "type": "blob", "data": "AJ+Slg==", "mimeType": "image/png" }),
            ),
            (
                Attachment::directory("/"),
                json!({ "type": "directory", "path": "/", "displayName": "/" }),
            ),
            (Attachment::from(json!({ "type": "later" })), json!({ "type": "later" })),
        ] {
            assert_eq!(serde_json::to_value(&attachment).unwrap(), expected);
        }
    }
}
