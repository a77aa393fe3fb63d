//! Tables in chat markdown, as GitHub writes them: a row of names, a row of dashes, and rows of cells between bars
//! (<https://github.github.com/gfm/#tables-extension->).

/// Maximum number of columns; a line with more is text.
const MAX_COLUMNS: usize = 20;

/// A table.
pub(super) struct MarkdownTable<'a> {
    /// The names of its columns.
    pub names: Vec<&'a str>,
    /// The cells below them; a row may have more or fewer than there are columns.
    pub rows: Vec<Vec<&'a str>>,
}

/// Parses the table at the start of these lines; `None` if there is none.
pub(super) fn parse<'a>(lines: &[&'a str]) -> Option<MarkdownTable<'a>> {
    let names = cells(lines.first()?)?;
    let dashes = cells(lines.get(1)?)?;
    let fits = names.len() == dashes.len() && names.len() <= MAX_COLUMNS && dashes.iter().all(|cell| is_rule(cell));
    fits.then(|| MarkdownTable { names, rows: lines[2..].iter().map_while(|line| cells(line)).collect() })
}

/// Splits a line at its bars. The line must begin with one; a bar after a backslash is text.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?;
    let mut cells = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, c) in inner.char_indices() {
        if c == '|' && !escaped {
            cells.push(inner[from..at].trim());
            from = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    let rest = inner[from..].trim();
    if !rest.is_empty() {
        cells.push(rest);
    }
    if cells.is_empty() { None } else { Some(cells) }
}

/// True for `---`, `:--`, `--:` and `:-:`.
fn is_rule(cell: &str) -> bool {
    let dashes = cell.strip_prefix(':').unwrap_or(cell);
    let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
    !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
}

#[cfg(test)]
mod tests {
    use crate::render::safe_html;

    fn html(markdown: &str) -> String {
        safe_html(markdown, &|_| None)
    }

    #[test]
    fn a_table_has_names_and_cells() {
        assert_eq!(
            html("before\n| time | **what** |\n|---|:-:|\n| 14:02 | `5xx` \\| 4xx |\n| 14:05 |\nafter"),
            "before<table><thead><tr><th>time</th><th><strong>what</strong></th></tr></thead><tbody>\
             <tr><td>14:02</td><td><code>5xx</code> | 4xx</td></tr><tr><td>14:05</td><td></td></tr></tbody></table>after"
        );
    }

    #[test]
    fn bars_without_a_row_of_dashes_are_text() {
        for text in ["| a | b |", "| a | b |\n| c | d |", "a | b\n---|---", "| a |\n|---|---|", "||", "|"] {
            assert!(!html(text).contains("<table"), "{text}");
        }
        let wide = format!("|{}\n|{}", "a|".repeat(21), "-|".repeat(21));
        assert!(!html(&wide).contains("<table"), "{wide}");
    }

    #[test]
    fn cells_are_escaped() {
        assert!(
            html("| <b> |\n|---|\n| <script> |")
                .contains("<th>&lt;b&gt;</th></tr></thead><tbody><tr><td>&lt;script&gt;")
        );
    }
}
