//! The filters of a request: `filter`, `receiver`, `active` and the like.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

use crate::{
    domain::{
        alert::{MatchOp, Matcher, all_match},
        ids::RoomId,
    },
    store::LiveAlert,
    web::{Problem, State, problem::Kind},
};

/// Maximum number of `filter`s per request.
const MOST_FILTERS: usize = 100;

/// The filters of a request. All of them must match.
#[derive(Clone, Debug)]
pub(super) struct AlertFilters {
    /// Includes alerts that are not muted.
    active: bool,
    /// Includes silenced alerts.
    silenced: bool,
    /// Includes inhibited alerts.
    inhibited: bool,
    /// Matchers for the labels.
    pub(super) matchers: Vec<Matcher>,
    /// Matcher for the receiver.
    receiver: Option<Matcher>,
}

impl FromRequestParts<State> for AlertFilters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|_| wrong("the query cannot be read".to_owned()))?;
        Self::of(&pairs)
    }
}

fn wrong(why: String) -> Problem {
    Problem::new(Kind::BadValue).because(crate::domain::text::cut(&why, 500))
}

impl AlertFilters {
    /// Parses a query. `unprocessed` is accepted and has no effect: every alert shown has a group.
    fn of(pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut asked = Self { active: true, silenced: true, inhibited: true, matchers: Vec::new(), receiver: None };
        for (name, value) in pairs {
            match name.as_str() {
                "active" => asked.active = truth(name, value)?,
                "silenced" => asked.silenced = truth(name, value)?,
                "inhibited" => asked.inhibited = truth(name, value)?,
                "unprocessed" => {
                    truth(name, value)?;
                }
                "filter" if asked.matchers.len() < MOST_FILTERS => asked.matchers.push(matcher(value)?),
                "filter" => return Err(wrong(format!("more than {MOST_FILTERS} filters"))),
                "receiver" if !value.is_empty() => asked.receiver = Some(receiver(value)?),
                _ => {}
            }
        }
        Ok(asked)
    }

    /// True if an alert matches.
    pub(super) fn wants(&self, live: &LiveAlert) -> bool {
        let muted = [(&live.silenced_by, self.silenced), (&live.inhibited_by, self.inhibited)];
        let hidden = muted.iter().any(|(by, wanted)| !by.is_empty() && !wanted);
        let plain = muted.iter().all(|(by, _)| by.is_empty());
        !hidden && (self.active || !plain) && all_match(&self.matchers, &live.alert.labels) && self.shown_to(live)
    }

    fn shown_to(&self, live: &LiveAlert) -> bool {
        live.feeds.iter().any(|feed| self.wants_receiver(feed)) || self.receiver.is_none()
    }

    /// True if a feed matches.
    pub(super) fn wants_receiver(&self, feed: &RoomId) -> bool {
        self.receiver.as_ref().is_none_or(|wanted| wanted.accepts(feed.as_str()))
    }
}

fn truth(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(wrong(format!("{name} in query must be of type boolean: \"{value}\""))),
    }
}

fn matcher(text: &str) -> Result<Matcher, Problem> {
    Matcher::parse(text).map_err(|why| wrong(format!("bad matcher format: {why}")))
}

fn receiver(text: &str) -> Result<Matcher, Problem> {
    let whole = Matcher::new("receiver", MatchOp::Regex, text);
    whole.map_err(|why| wrong(format!("failed to parse receiver param: {why}")))
}
