//! Atlassian Document Format into plain text with the marks of Markdown.

use chrono::DateTime;
use serde_json::Value;

use super::readable;

/// How deep a document is read.
const DEPTH: usize = 20;

/// Reads a document. What is unknown is read by its content.
pub fn from_adf(document: &Value) -> String {
    let mut text = String::new();
    write_blocks(children(document), 0, &mut text);
    readable(text.trim()).to_owned()
}

fn children(node: &Value) -> &[Value] {
    node["content"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

/// Writes blocks, with an empty line between two of them.
fn write_blocks(nodes: &[Value], depth: usize, out: &mut String) {
    if depth > DEPTH {
        return;
    }
    for node in nodes {
        let mut block = String::new();
        write_block(node, depth, &mut block);
        let block = block.trim_matches('\n');
        if block.trim().is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(block);
    }
}

fn write_block(node: &Value, depth: usize, out: &mut String) {
    match kind(node) {
        "paragraph" => write_inlines(children(node), out),
        "heading" => {
            let mut text = String::new();
            write_inlines(children(node), &mut text);
            out.push_str(&format!("**{}**", text.replace("**", "").trim()));
        }
        "codeBlock" => {
            let text: String = children(node).iter().filter_map(|part| part["text"].as_str()).collect();
            out.push_str(&format!("```\n{}\n```", text.trim_end()));
        }
        "blockquote" => write_prefixed(node, depth, "> ", out),
        "bulletList" | "taskList" | "decisionList" => write_list(node, None, depth, out),
        "orderedList" => write_list(node, Some(node["attrs"]["order"].as_u64().unwrap_or(1)), depth, out),
        "table" => write_table(node, depth, out),
        "rule" => out.push_str("---"),
        "expand" | "nestedExpand" => {
            out.push_str(node["attrs"]["title"].as_str().unwrap_or_default());
            write_blocks(children(node), depth + 1, out);
        }
        _ if is_inline(node) => write_inline(node, out),
        _ => write_blocks(children(node), depth + 1, out),
    }
}

/// Writes the content of a block with a mark before each line.
fn write_prefixed(node: &Value, depth: usize, mark: &str, out: &mut String) {
    let mut text = String::new();
    write_blocks(children(node), depth + 1, &mut text);
    let lines: Vec<String> = text.lines().map(|line| format!("{mark}{line}")).collect();
    out.push_str(&lines.join("\n"));
}

fn write_list(node: &Value, start: Option<u64>, depth: usize, out: &mut String) {
    if depth > DEPTH {
        return;
    }
    for (number, item) in (0_u64..).zip(children(node)) {
        let mut text = String::new();
        match kind(item) {
            "taskItem" | "decisionItem" => write_inlines(children(item), &mut text),
            _ => write_blocks(children(item), depth + 1, &mut text),
        }
        let mark = match (start, item["attrs"]["state"].as_str()) {
            (Some(start), _) => format!("{}. ", start.saturating_add(number)),
            (None, Some("DONE")) => "- [x] ".to_owned(),
            (None, _) => "- ".to_owned(),
        };
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&mark);
        out.push_str(&text.replace("\n\n", "\n").replace('\n', "\n  "));
    }
}

fn write_table(node: &Value, depth: usize, out: &mut String) {
    for row in children(node) {
        let cells = children(row).iter().map(|cell| {
            let mut text = String::new();
            write_blocks(children(cell), depth + 1, &mut text);
            text.replace('\n', " ")
        });
        let line = cells.collect::<Vec<_>>().join(" | ");
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&line);
    }
}

fn is_inline(node: &Value) -> bool {
    matches!(
        kind(node),
        "text"
            | "hardBreak"
            | "mention"
            | "emoji"
            | "date"
            | "status"
            | "inlineCard"
            | "blockCard"
            | "embedCard"
            | "media"
            | "mediaInline"
    )
}

fn write_inlines(nodes: &[Value], out: &mut String) {
    for node in nodes {
        write_inline(node, out);
    }
}

fn write_inline(node: &Value, out: &mut String) {
    let attr = |name: &str| node["attrs"][name].as_str();
    match kind(node) {
        "text" => write_text(node, out),
        "hardBreak" => out.push('\n'),
        "inlineCard" | "blockCard" | "embedCard" => out.push_str(attr("url").unwrap_or_default()),
        "date" => {
            let millis = attr("timestamp").and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_millis);
            out.push_str(&millis.map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default());
        }
        "media" | "mediaInline" => out.push_str(attr("alt").unwrap_or_default()),
        // A mention, an emoji or a status.
        _ => out.push_str(attr("text").or(attr("shortName")).unwrap_or_default()),
    }
}

fn write_text(node: &Value, out: &mut String) {
    let text = node["text"].as_str().unwrap_or_default();
    let marks = node["marks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let has = |name: &str| marks.iter().any(|mark| kind(mark) == name);
    let core = text.trim();
    // A mark that begins or ends with a space is none.
    let mark = match (core.is_empty(), has("code"), has("strong")) {
        (true, _, _) | (false, false, false) => "",
        (false, true, _) => "`",
        (false, false, true) => "**",
    };
    let before = &text[..text.len() - text.trim_start().len()];
    let after = if core.is_empty() { "" } else { &text[text.trim_end().len()..] };
    out.push_str(&format!("{before}{mark}{core}{mark}{after}"));
    let href = marks.iter().find(|mark| kind(mark) == "link").and_then(|mark| mark["attrs"]["href"].as_str());
    if let Some(href) = href
        && href != core
    {
        out.push_str(&format!(" ({href})"));
    }
}
