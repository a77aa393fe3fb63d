//! Decodes `[[tracker.boards]]`.

use chrono::{NaiveTime, Weekday};

use super::interval;
use crate::{
    config::{
        decode::oncall::days,
        kinds,
        mistake::shown,
        model::{BoardConfig, TrackerConfig},
        read::Section,
        tree::Value,
    },
    domain::{
        ids::{BoardId, TeamId},
        tracker::{BoardQuery, ColumnItems, ColumnSpec},
    },
    tracker::TrackerKind,
};

/// How often a board is read if nothing is said.
const INTERVAL: std::time::Duration = std::time::Duration::from_secs(600);
/// The days on which the message is posted if nothing is said.
const WORKING_DAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

pub(super) fn board(s: &Section<'_>) -> Option<BoardConfig> {
    let id = s.id();
    let name = s.read("name", "text", kinds::line);
    let team = s.need("team", "id of a team", kinds::line);
    let words = "builtin, jira or github";
    let kind = s.read("kind", words, |value| kinds::word(value, &TrackerKind::WORDS)).unwrap_or_default();
    let number = s.read("number", "whole number", |value| kinds::count(value, 1..=1_000_000_000));
    let owner = s.read("owner", "account", kinds::line);
    let field = s.read("field", "name of a field", kinds::line).unwrap_or_else(|| "Status".to_owned());
    let columns = s.tables("columns", "name", column);
    let at = s.read("at", "time of day such as \"09:00\"", time_of_day).or_else(|| NaiveTime::from_hms_opt(9, 0, 0));
    let timezone = s.read("timezone", "time zone", kinds::zone);
    let days = s.read("days", "list of mon, tue, wed, thu, fri, sat, sun", days).unwrap_or(WORKING_DAYS.to_vec());
    let interval = interval(s, INTERVAL);
    match kind {
        TrackerKind::Builtin if columns.is_empty() => s.wrong("columns", "a board of hotroom's own needs columns"),
        TrackerKind::Github if columns.is_empty() => {
            s.wrong("columns", "GitHub does not tell the limits of columns: add [[tracker.boards.columns]]");
        }
        TrackerKind::Redmine => s.wrong("kind", "Redmine has no boards"),
        TrackerKind::Jira | TrackerKind::Github if number.is_none() => {
            s.wrong("number", "missing; it is the number in the address of the board");
        }
        TrackerKind::Github if owner.is_none() => {
            s.wrong("owner", "missing; it is the account that the board belongs to")
        }
        TrackerKind::Jira if !columns.is_empty() => s.wrong("columns", "Jira tells its columns and limits itself"),
        TrackerKind::Builtin | TrackerKind::Jira | TrackerKind::Github => {}
    }
    let id = BoardId::new(id?);
    Some(BoardConfig {
        name: name.unwrap_or_else(|| id.to_string()),
        team: TeamId::new(team?),
        kind,
        query: BoardQuery { number: number.unwrap_or_default(), owner, field, columns },
        at: at?,
        timezone,
        days,
        interval,
        id,
    })
}

fn column(s: &Section<'_>) -> Option<ColumnSpec> {
    let name = s.need("name", "text", kinds::line);
    let statuses = s.texts("statuses");
    let words = "incidents, tasks or followups";
    let items = s.read("items", words, |value| kinds::word(value, &ColumnItems::WORDS)).unwrap_or_default();
    let limit = s.read("limit", "whole number", |value| kinds::count(value, 0..=100_000));
    let name = name?;
    Some(ColumnSpec {
        statuses: statuses.unwrap_or_else(|| vec![name.clone()]),
        items,
        limit: limit.and_then(|limit| u32::try_from(limit).ok()),
        name,
    })
}

fn time_of_day(value: &Value) -> Result<NaiveTime, String> {
    let said = kinds::text(value)?;
    NaiveTime::parse_from_str(&said, "%H:%M")
        .map_err(|_| format!("{} is no time of day; write one such as \"09:00\"", shown(&said)))
}

/// A board is read with the credentials of its tracker, which must be the one that is configured.
pub(super) fn check(s: &Section<'_>, config: &TrackerConfig) {
    let configured = config.outside.as_ref().map(|outside| outside.kind);
    s.each("boards", "id", |entry| {
        let kind = entry.peek("kind", |value| kinds::word(value, &TrackerKind::WORDS)).unwrap_or_default();
        if kind != TrackerKind::Builtin && Some(kind) != configured {
            entry.wrong(
                "kind",
                format!("is read with the credentials of [tracker.{kind}]: it needs [tracker] kind = \"{kind}\""),
            );
        }
    });
}
