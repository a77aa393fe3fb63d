//! Tables as CSV (RFC 4180), for spreadsheets.

use axum::{
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

/// A table with a name for its file.
pub(super) struct CsvTable {
    /// The file's name without its ending.
    pub name: &'static str,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl CsvTable {
    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let line = |cells: &Vec<String>| cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
        let lines = std::iter::once(&self.columns).chain(&self.rows).map(line);
        lines.map(|line| format!("{line}\r\n")).collect()
    }
}

impl IntoResponse for CsvTable {
    fn into_response(self) -> Response {
        let file = format!("attachment; filename=\"{}.csv\"", self.name);
        let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, file)];
        (headers, self.text()).into_response()
    }
}

/// Quotes a cell where it must be. A spreadsheet would compute a text that begins like a formula, so such a text gets an
/// apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_no_formula() {
        let table = CsvTable {
            name: "x",
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![
                vec!["say \"hi\", all".to_owned(), "=1+1".to_owned()],
                vec![String::new(), "two\nlines".to_owned()],
            ],
        };
        assert_eq!(table.text(), "a,b\r\n\"say \"\"hi\"\", all\",'=1+1\r\n,\"two\nlines\"\r\n");
    }
}
