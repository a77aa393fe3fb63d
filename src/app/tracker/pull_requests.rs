//! Pull requests move the issues that they name.

use super::people;
use crate::{
    app::{
        App, Context,
        reactor::{self, FollowUp, WorkList},
    },
    domain::{
        effect::{EffectKey, TrackerEffect, TrackerReceipt},
        ids::{Key, TrackerId},
        incident::{Command, TrackerEvent},
        people::{Actor, TRACKER_ACCOUNT},
        tracker::{IssueMention, PullRequest, PullRequestStep, TrackerAccount, TrackerPerson},
    },
    store::{StoreError, Tx},
    tracker::{TrackerKind, github::PullRequestHook},
};

/// The name under which deliveries about pull requests are remembered.
pub const DELIVERIES: &str = "pull_requests";

impl App {
    /// Takes a report about a pull request whose sender is proven. A repeat, or one that a newer one has overtaken, changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be stored; GitHub should send it again.
    pub async fn on_pull_request(&self, hook: PullRequestHook, request: String) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let take = move |tx: &mut Tx<'_>| {
            let pull = &hook.pull;
            let is_followed = config.tracker.follows_pull_requests_of(&pull.repository);
            if !is_followed || !tx.note_tracker_delivery(&TrackerId::from(DELIVERIES), &hook.delivery, now)? {
                return Ok(());
            }
            let before = tx.pull_request(&pull.repository, pull.number)?;
            if before.as_ref().is_some_and(|before| before.updated > pull.updated) {
                return Ok(());
            }
            tx.save_pull_request(pull)?;
            let actor = Actor::Machine("pull request".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            crate::app::reviews::note_pull_request(tx, cx, pull)?;
            let Some(step) = pull.step_after(before.as_ref()) else { return Ok(()) };
            let actor = actor_of(tx, cx, hook.actor.as_ref())?;
            reactor::run(tx, cx.by(&actor), |tx, work| follow(tx, cx.by(&actor), work, pull, step))
        };
        self.store.transact(take).await
    }
}

/// Who changed the pull request: one of the people, or the name of the account.
fn actor_of(tx: &Tx<'_>, cx: Context<'_>, account: Option<&TrackerAccount>) -> Result<Actor, StoreError> {
    let github = TrackerKind::Github;
    let Some(account) = account else { return Ok(Actor::Machine(format!("{TRACKER_ACCOUNT}{}", github.title()))) };
    let known = TrackerPerson { account: account.clone(), name: account.0.clone(), email: None };
    let person = people::person_of(tx, cx.config, &github.id(), &known)?;
    let name = || Actor::Machine(format!("{TRACKER_ACCOUNT}{} ({})", account.0, github.title()));
    Ok(person.map_or_else(name, Actor::Person))
}

/// Moves what the pull request names.
fn follow(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    pull: &PullRequest,
    step: PullRequestStep,
) -> Result<(), StoreError> {
    let project = cx.config.tracker.project_of_repository(&pull.repository);
    for (n, mention) in pull.mentions.iter().enumerate() {
        let key = match mention {
            IssueMention::Key(key) => key.clone(),
            // A number is an issue only where the repository has the issues of incidents.
            IssueMention::Number(number) => match project {
                Some(project) => Key::new(project.prefix.as_str(), *number),
                None => continue,
            },
        };
        if cx.config.tracker.is_own_prefix(&key.prefix) {
            move_incident(tx, cx, work, &key, step)?;
        } else if let Some(outside) = &cx.config.tracker.outside {
            let (repository, number) = (pull.repository.clone(), pull.number);
            let at = pull.updated.timestamp_millis();
            let row = EffectKey(format!("pull_request/{repository}/{number}/{}/{at}/{n}", step.word()));
            let moved = TrackerEffect::MoveMentioned { tracker: outside.id(), key, repository, number, step };
            tx.enqueue(&row, &moved.into(), cx.now)?;
        }
    }
    Ok(())
}

/// Moves an incident that has no issue in an outside tracker. One that is over stays so.
fn move_incident(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    key: &Key,
    step: PullRequestStep,
) -> Result<(), StoreError> {
    let to = cx.config.tracker.pull_requests.as_ref().and_then(|settings| settings.incidents.get(&step));
    let (Some(to), Some(incident)) = (to, tx.incident_by_key(key)?) else { return Ok(()) };
    if incident.category.is_open() && incident.status != *to {
        let command = Command::SetStatus { to: to.clone(), reason: None };
        work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
    }
    Ok(())
}

/// Takes in what became of an issue that was to be moved. The incident follows as it follows any change of its issue.
pub(super) fn moved(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    key: &Key,
    receipt: &TrackerReceipt,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident_by_key(key)? else {
        if let TrackerReceipt::NoTransition { to, possible } = receipt {
            tracing::warn!(%key, to, ?possible, "a pull request could not move its issue: no transition leads there");
        }
        return Ok(());
    };
    match receipt {
        TrackerReceipt::NoTransition { to, possible } => {
            let event =
                TrackerEvent::TransitionMissing { issue: key.to_string(), to: to.clone(), possible: possible.clone() };
            work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command: Command::RecordIssue(event) });
            Ok(())
        }
        TrackerReceipt::Changed(_) => {
            let row = EffectKey(format!("tracker/{}/moved/{}", incident.id, cx.now.timestamp_millis()));
            let read = TrackerEffect::ReadIssue { incident: incident.id, catch_up: false };
            tx.enqueue(&row, &read.into(), cx.now).map(drop)
        }
        TrackerReceipt::Created(_)
        | TrackerReceipt::Commented { .. }
        | TrackerReceipt::Read(_)
        | TrackerReceipt::Listed(_)
        | TrackerReceipt::Board(_) => Ok(()),
    }
}
