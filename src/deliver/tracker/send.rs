//! One call to a tracker.

use std::sync::Arc;

use chrono::TimeDelta;

use super::mentioned::MentionedMove;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, TrackerReceipt},
        tracker::{BoardQuery, IssueChange, IssueDraft, IssueRef},
    },
    net::{HttpClient, HttpClients, NetSettings},
    tracker::{IssueTracker, TrackerClient, TrackerFailure},
};

/// When an issue whose creation has an unknown outcome is looked for: trackers find a new issue only after a while. It is
/// created again only if the last search finds nothing.
const SEARCHES: [TimeDelta; 3] = [TimeDelta::seconds(5), TimeDelta::seconds(15), TimeDelta::seconds(60)];

/// One call to a tracker, with everything it says.
pub(in crate::deliver) struct TrackerCall {
    pub(super) net: NetSettings,
    pub(super) client: Arc<TrackerClient>,
    pub(super) class: EffectClass,
    pub(super) request: TrackerRequest,
}

/// What is asked of the tracker.
pub(super) enum TrackerRequest {
    /// Create an issue, perhaps after looking for it.
    Create { draft: Box<IssueDraft>, search: Option<IssueSearch> },
    /// Make a change.
    Change { issue: IssueRef, change: Box<IssueChange> },
    /// Write a comment. `reference` is in no other comment.
    Comment { issue: IssueRef, text: String, reference: String, look_first: bool, cover: CommentCover },
    /// Read an issue, by its id.
    Read { issue: String },
    /// Move an issue that a pull request names, unless it has to stay as it is.
    MoveMentioned(Box<MentionedMove>),
    /// Read a board.
    Board(Box<BoardQuery>),
    /// List what changed.
    List { since: Timestamp },
}

/// What a comment covers.
#[derive(Clone, Copy)]
pub(super) struct CommentCover {
    /// Events up to this one.
    pub(super) events: u64,
    /// Messages of the room up to this one.
    pub(super) messages: i64,
}

/// Looking for an issue that may have been created.
#[derive(Clone, Copy)]
pub(super) enum IssueSearch {
    /// Nobody knew yet that it has to be looked for.
    First,
    /// It is unknown since then.
    Since(Timestamp),
}

impl TrackerCall {
    /// Makes the call.
    pub(super) async fn send(self, http: &HttpClients, now: Timestamp) -> Outcome<Receipt> {
        let http = match http.client(&self.net) {
            Ok(http) => http,
            Err(failure) => return failure.outcome(self.class, now),
        };
        let (client, class) = (self.client.as_ref(), self.class);
        let answered = match self.request {
            TrackerRequest::Create { draft, search } => return create(client, &http, &draft, search, now).await,
            TrackerRequest::Change { issue, change } => {
                client.change(&http, &issue, &change).await.map(TrackerReceipt::Changed)
            }
            TrackerRequest::Comment { issue, text, reference, look_first, cover } => {
                let written = comment(client, &http, &issue, CommentText { text, reference, look_first }).await;
                let CommentCover { events, messages } = cover;
                written.map(|ids| TrackerReceipt::Commented { ids, events, messages })
            }
            TrackerRequest::Read { issue } => {
                client.read(&http, &issue).await.map(|issue| TrackerReceipt::Read(issue.map(Box::new)))
            }
            TrackerRequest::MoveMentioned(wanted) => move_mentioned(client, &http, *wanted).await,
            TrackerRequest::Board(board) => {
                let read = client.read_board(&http, &board).await.map(TrackerReceipt::Board);
                return asked_again(outcome(read, class, now));
            }
            TrackerRequest::List { since } => {
                let listed = client.changed_since(&http, since).await.map(TrackerReceipt::Listed);
                return asked_again(outcome(listed, class, now));
            }
        };
        outcome(answered, class, now)
    }
}

/// A question that the tracker refuses is asked again: what it refuses may be set right.
fn asked_again(outcome: Outcome<Receipt>) -> Outcome<Receipt> {
    if let Outcome::Rejected { why } = outcome { Outcome::Retry { after_ms: None, why } } else { outcome }
}

fn outcome(answered: Result<TrackerReceipt, TrackerFailure>, class: EffectClass, now: Timestamp) -> Outcome<Receipt> {
    let receipt = match answered {
        Ok(receipt) => receipt,
        // Nothing failed: people are told what is possible.
        Err(TrackerFailure::NoTransition { to, possible }) => TrackerReceipt::NoTransition { to, possible },
        Err(failure) => return failure.outcome(class, now),
    };
    Outcome::Delivered(Receipt::Tracker(Box::new(receipt)))
}

/// Creates an issue. After an attempt with an unknown outcome it is looked for first.
async fn create(
    client: &TrackerClient,
    http: &HttpClient,
    draft: &IssueDraft,
    search: Option<IssueSearch>,
    now: Timestamp,
) -> Outcome<Receipt> {
    let class = EffectClass::Readable;
    if let Some(search) = search {
        let elapsed = match search {
            IssueSearch::First => TimeDelta::zero(),
            IssueSearch::Since(since) => now - since,
        };
        if matches!(search, IssueSearch::Since(_)) && elapsed < SEARCHES[0] {
            return wait(SEARCHES[0] - elapsed);
        }
        match client.find(http, &draft.project, &draft.mark).await {
            Ok(Some(found)) => return outcome(Ok(TrackerReceipt::Created(found)), class, now),
            Ok(None) => {}
            Err(failure) => return failure.outcome(EffectClass::Keyed, now),
        }
        if matches!(search, IssueSearch::First) {
            return Outcome::Unknown { why: "the issue may have been created, and is not found yet".to_owned() };
        }
        if let Some(next) = SEARCHES.into_iter().find(|search| *search > elapsed) {
            return wait(next - elapsed);
        }
    }
    outcome(client.create(http, draft).await.map(TrackerReceipt::Created), class, now)
}

fn wait(time: TimeDelta) -> Outcome<Receipt> {
    let after_ms = u64::try_from(time.num_milliseconds()).ok();
    Outcome::Retry { after_ms, why: "the issue may have been created, and is looked for again".to_owned() }
}

/// Moves an issue that a pull request names.
async fn move_mentioned(
    client: &TrackerClient,
    http: &HttpClient,
    wanted: MentionedMove,
) -> Result<TrackerReceipt, TrackerFailure> {
    let Some(issue) = client.read(http, &wanted.issue).await? else { return Ok(TrackerReceipt::Read(None)) };
    if !wanted.moves(&issue) {
        return Ok(TrackerReceipt::Changed(Vec::new()));
    }
    let change = IssueChange::Move { to: wanted.to, fields: wanted.fields };
    client.change(http, &issue.issue, &change).await.map(TrackerReceipt::Changed)
}

/// A comment to be written.
struct CommentText {
    text: String,
    reference: String,
    look_first: bool,
}

/// Writes a comment, unless an earlier attempt has written it.
async fn comment(
    client: &TrackerClient,
    http: &HttpClient,
    issue: &IssueRef,
    comment: CommentText,
) -> Result<Vec<crate::domain::tracker::ChangeId>, TrackerFailure> {
    if comment.look_first
        && let Some(known) = client.read(http, &issue.id).await?
        && let Some(written) = known.comments.into_iter().find(|known| known.text.contains(&comment.reference))
    {
        return Ok(vec![written.id]);
    }
    client.change(http, issue, &IssueChange::Comment(comment.text)).await
}
