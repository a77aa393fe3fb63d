//! Bodies with files: `payload_json` and `files[n]`.

use serde_json::{Value, json};

/// A file that came with a message.
#[derive(Clone, Debug)]
pub struct File {
    /// The number in `files[n]`, which the body's `attachments` refer to.
    pub number: u64,
    pub name: String,
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// Reads a body; none when it is not well made.
pub fn read(body: &[u8], boundary: &str) -> Option<(Value, Vec<File>)> {
    let delimiter = format!("--{boundary}");
    let (mut payload, mut files) = (json!({}), Vec::new());
    for part in split(body, delimiter.as_bytes()).into_iter().skip(1).take_while(|part| !part.starts_with(b"--")) {
        let part = part.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
        let end = find(part, b"\r\n\r\n")?;
        let (head, bytes) = (std::str::from_utf8(&part[..end]).ok()?, &part[end + 4..]);
        let field = quoted(head, "name=\"")?;
        match field.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')) {
            Some(number) => files.push(File {
                number: number.parse().ok()?,
                name: quoted(head, "filename=\"")?.to_owned(),
                kind: kind(head),
                bytes: bytes.to_vec(),
            }),
            None if field == "payload_json" => payload = serde_json::from_slice(bytes).ok()?,
            None => return None,
        }
    }
    Some((payload, files))
}

fn kind(head: &str) -> String {
    let line = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-type: ").map(str::to_owned));
    line.unwrap_or_else(|| "application/octet-stream".into())
}

fn quoted<'a>(head: &'a str, before: &str) -> Option<&'a str> {
    // `filename="` ends in `name="` too, so the name is looked for after a blank or a semicolon.
    let start = head.match_indices(before).find(|(at, _)| head[..*at].ends_with([' ', ';']))?.0 + before.len();
    head[start..].split('"').next()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn split<'a>(mut text: &'a [u8], at: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(found) = find(text, at) {
        parts.push(&text[..found]);
        text = &text[found + at.len()..];
    }
    parts.push(text);
    parts
}
