//! Pull requests, which move the issues that they name.

use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, ids::Key};

/// The most issues that one pull request names.
pub const MOST_MENTIONS: usize = 10;
/// How much of a text is searched, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// A pull request, as far as it is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The repository: `owner/name`.
    pub repository: String,
    /// Its number there.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its address for people.
    pub url: String,
    /// The account of its author.
    pub author: String,
    /// Where it stands.
    pub state: PullRequestState,
    /// The issues that it names.
    pub mentions: Vec<IssueMention>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// Where a pull request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestState {
    /// Its author still works on it.
    Draft,
    /// It waits for a review.
    Open,
    /// It was merged.
    Merged,
    /// It was closed without being merged.
    Closed,
}

/// A step of a pull request that moves an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestStep {
    /// It was opened for review.
    Opened,
    /// It was merged.
    Merged,
}

impl PullRequestStep {
    /// All of them, with their words in `bot.toml`.
    pub const WORDS: [(&'static str, Self); 2] = [("opened", Self::Opened), ("merged", Self::Merged)];

    /// The word in `bot.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Merged => "merged",
        }
    }
}

/// An issue that a pull request names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueMention {
    /// By its key: `OPS-12`.
    Key(Key),
    /// By its number in the repository of the pull request: `#12`.
    Number(u64),
}

/// What people wrote in a pull request.
#[derive(Clone, Copy, Debug)]
pub struct PullRequestText<'a> {
    /// The title.
    pub title: &'a str,
    /// The name of the branch.
    pub branch: &'a str,
    /// The description, in Markdown.
    pub description: &'a str,
}

impl PullRequest {
    /// The step that the change from what was known before makes; `None` if it moves nothing.
    pub fn step_after(&self, before: Option<&Self>) -> Option<PullRequestStep> {
        let was = before.map(|before| before.state);
        match self.state {
            PullRequestState::Open if was != Some(PullRequestState::Open) => Some(PullRequestStep::Opened),
            // Somebody named another issue.
            PullRequestState::Open if before.is_some_and(|before| self.names_more_than(before)) => {
                Some(PullRequestStep::Opened)
            }
            PullRequestState::Merged if was != Some(PullRequestState::Merged) => Some(PullRequestStep::Merged),
            PullRequestState::Open | PullRequestState::Merged | PullRequestState::Draft | PullRequestState::Closed => {
                None
            }
        }
    }

    fn names_more_than(&self, before: &Self) -> bool {
        self.mentions.iter().any(|mention| !before.mentions.contains(mention))
    }

    /// True if it is still where a step brought it.
    pub fn stands_at(&self, step: PullRequestStep) -> bool {
        match step {
            PullRequestStep::Opened => self.state == PullRequestState::Open,
            PullRequestStep::Merged => self.state == PullRequestState::Merged,
        }
    }
}

/// Finds the issues that a pull request names, each once. In the description, code, comments that are not shown, and the
/// text of links are left out: templates have examples there, and bots list the changes of other repositories.
pub fn mentions(text: PullRequestText<'_>, prefixes: &[&str]) -> Vec<IssueMention> {
    let mut found = Vec::new();
    let mut add = |mention: IssueMention| {
        if !found.contains(&mention) && found.len() < MOST_MENTIONS {
            found.push(mention);
        }
    };
    let description = shown_text(bounded(text.description));
    for part in [text.title, text.branch, &description] {
        keys(bounded(part), prefixes).for_each(|key| add(IssueMention::Key(key)));
    }
    for part in [text.title, &description] {
        numbers(bounded(part)).for_each(|number| add(IssueMention::Number(number)));
    }
    found
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What readers of a description see as its own text.
fn shown_text(text: &str) -> String {
    let text = without(text, "<!--", "-->");
    let text = without(&text, "```", "```");
    let text = without(&text, "`", "`");
    let text = without(&text, "<a ", "</a>");
    let text = without(&text, "<blockquote>", "</blockquote>");
    without(&text, "[", "]")
}

/// The text without what stands between two marks. What is never closed stays.
fn without(text: &str, from: &str, to: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(from) {
        let Some((_, after)) = after.split_once(to) else { break };
        kept.push_str(before);
        kept.push(' ');
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// The keys with one of these prefixes: `OPS-12`, `feature/ops-12-checkout`.
fn keys<'a>(text: &'a str, prefixes: &'a [&str]) -> impl Iterator<Item = Key> + 'a {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.flat_map(move |word| {
        let parts: Vec<&str> = word.split('-').collect();
        let pairs: Vec<Key> = parts.windows(2).filter_map(|pair| key(pair[0], pair[1], prefixes)).collect();
        pairs
    })
}

fn key(prefix: &str, number: &str, prefixes: &[&str]) -> Option<Key> {
    let prefix = prefixes.iter().find(|known| known.eq_ignore_ascii_case(prefix))?;
    let key = Key::parse(&format!("{prefix}-{number}"))?;
    (key.number > 0).then_some(key)
}

/// The numbers that are written as `#12`. `owner/name#12` is an issue of another repository, and `#12a` a color.
fn numbers(text: &str) -> impl Iterator<Item = u64> + '_ {
    text.match_indices('#').filter_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "&/_-#".contains(c)) {
            return None;
        }
        let after = &text[at + 1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let ends = after[digits..].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let number = after[..digits].parse().ok().filter(|number| *number > 0)?;
        ends.then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(title: &str, branch: &str, description: &str) -> Vec<String> {
        let text = PullRequestText { title, branch, description };
        let shown = |mention: IssueMention| match mention {
            IssueMention::Key(key) => key.to_string(),
            IssueMention::Number(number) => format!("#{number}"),
        };
        mentions(text, &["OPS", "HOT"]).into_iter().map(shown).collect()
    }

    #[test]
    fn keys_are_found_in_title_branch_and_description() {
        assert_eq!(found("OPS-12: retry", "", ""), ["OPS-12"]);
        assert_eq!(found("Retry", "feature/ops-13-retry-2", ""), ["OPS-13"]);
        assert_eq!(found("Retry", "ann_OPS-13_x", "Fixes HOT-4, and OPS-13."), ["OPS-13", "HOT-4"]);
        assert_eq!(found("Use SHA-256, XOPS-1, OPS-0, OPS-1a and OPS_2", "main", "UTF-8"), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_those_of_the_same_repository() {
        assert_eq!(found("Retry (#7)", "12-retry", "Closes #8.\n#9"), ["#7", "#8", "#9"]);
        assert_eq!(found("", "", "acme/shop#1 &#39; #0 #12a #fff ##3"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_text_of_the_author_is_left_out() {
        let template = "<!-- such as OPS-1 or #1 -->\n```\nOPS-2 #2\n```\n`OPS-3` [OPS-4](https://x.example/4)";
        assert_eq!(found("", "", template), Vec::<String>::new());
        let notes = "<a href=\"https://x.example/5\">#5</a> [#6](https://x.example/6) <blockquote>#7</blockquote> #8";
        assert_eq!(found("", "", notes), ["#8"]);
        assert_eq!(found("", "", "<!-- never closed OPS-5"), ["OPS-5"]);
    }

    #[test]
    fn the_number_of_mentions_and_the_length_of_a_text_are_limited() {
        let many: String = (1..100).map(|n| format!("OPS-{n} ")).collect();
        assert_eq!(found("", "", &many).len(), MOST_MENTIONS);
        let long = format!("{}OPS-1", "ü".repeat(LONGEST_TEXT));
        assert_eq!(found("", "", &long), Vec::<String>::new());
    }

    #[test]
    fn a_step_is_taken_once() {
        let at = Timestamp::UNIX_EPOCH;
        let pull = |state, mentions: &[u64]| PullRequest {
            repository: "acme/shop".to_owned(),
            number: 1,
            title: String::new(),
            url: String::new(),
            author: "ann".to_owned(),
            state,
            mentions: mentions.iter().map(|number| IssueMention::Number(*number)).collect(),
            opened: at,
            updated: at,
        };
        let (draft, open) = (pull(PullRequestState::Draft, &[1]), pull(PullRequestState::Open, &[1]));
        let (merged, closed) = (pull(PullRequestState::Merged, &[1]), pull(PullRequestState::Closed, &[1]));
        assert_eq!(draft.step_after(None), None);
        assert_eq!(open.step_after(None), Some(PullRequestStep::Opened));
        assert_eq!(open.step_after(Some(&draft)), Some(PullRequestStep::Opened));
        assert_eq!(open.step_after(Some(&open)), None);
        assert_eq!(pull(PullRequestState::Open, &[1, 2]).step_after(Some(&open)), Some(PullRequestStep::Opened));
        assert_eq!(open.step_after(Some(&closed)), Some(PullRequestStep::Opened));
        assert_eq!(merged.step_after(Some(&open)), Some(PullRequestStep::Merged));
        assert_eq!(merged.step_after(Some(&merged)), None);
        assert_eq!(closed.step_after(Some(&open)), None);
    }
}
