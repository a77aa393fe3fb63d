//! The line at the end of a text by which it is found again. In Markdown it defines a link that nothing uses, which is not
//! shown.

/// What a mark says of the text above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UpdateMark {
    /// The number of the update.
    pub number: u32,
    /// The digest of its text.
    pub digest: String,
}

impl UpdateMark {
    /// The line that says it.
    pub(super) fn line(&self, reference: &str) -> String {
        format!("[hotroom]: #{reference}-{}-{}", self.number, self.digest)
    }

    /// Finds the mark of an incident in a text: the last one, because people may write what looks like one above it.
    pub(super) fn find(text: &str, reference: &str) -> Option<Self> {
        let begin = format!("[hotroom]: #{reference}-");
        let rest = text.lines().rev().find_map(|line| line.trim().strip_prefix(&begin))?;
        let (number, digest) = rest.split_once('-')?;
        Some(Self { number: number.parse().ok()?, digest: digest.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_where_it_was_written() {
        let mark = UpdateMark { number: 3, digest: "ab12".to_owned() };
        let text = format!("We look.\n[hotroom]: #abc-1-ff\n\n{}\r\n", mark.line("abc"));
        assert_eq!(UpdateMark::find(&text, "abc"), Some(mark));
        assert_eq!(UpdateMark::find(&text, "abd"), None);
        assert_eq!(UpdateMark::find("[hotroom]: #abc-x-ff", "abc"), None);
    }
}
