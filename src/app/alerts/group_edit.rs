//! A group while it is being changed, with what follows from the change.

use crate::{
    app::{Context, webhooks},
    config::Config,
    domain::{
        Timestamp,
        alert::{AlertEvent, AlertGroup, AlertState, Route, Timing, flow, flow::GroupUpdate, is_critical},
        effect::{ChatEffect, Effect, EffectKey, Timer},
        event::{Event, RecordedEvent},
        webhook::{WebhookEvent, WebhookSubject},
    },
    store::{Append, StoreError, Tx},
};

/// The route of a group, or the root when that is no longer in the configuration.
pub(super) fn route<'a>(config: &'a Config, group: &AlertGroup) -> &'a Route {
    let root = &config.alerts.route;
    root.find(&group.route).unwrap_or(root)
}

/// The clocks of a group.
pub(super) fn timing(config: &Config, group: &AlertGroup) -> Timing {
    route(config, group).timing()
}

/// How far apart edits of a summary are, however many of its groups change.
const GAP_MILLIS: i64 = 5_000;

/// The next edit of a summary at or after `due`: all changes until then are shown by it.
pub(super) fn next_summary_edit(due: Timestamp) -> Timestamp {
    let millis = due.timestamp_millis();
    let slot = millis.div_euclid(GAP_MILLIS) + i64::from(millis.rem_euclid(GAP_MILLIS) > 0);
    Timestamp::from_timestamp_millis(slot * GAP_MILLIS).unwrap_or(due)
}

/// A group while it is being changed.
pub(super) struct GroupEdit {
    /// The group.
    pub(super) group: AlertGroup,
    /// How many alerts of each severity fired before.
    fired: [u32; 5],
    events: Vec<AlertEvent>,
    effects: Vec<(Effect, Timestamp)>,
}

impl GroupEdit {
    pub(super) fn new(group: AlertGroup) -> Self {
        Self { fired: group.counts.by_severity, group, events: Vec::new(), effects: Vec::new() }
    }

    /// Adds an event to its log.
    pub(super) fn event(&mut self, event: AlertEvent) {
        self.events.push(event);
    }

    /// Plans an effect.
    pub(super) fn effect(&mut self, effect: impl Into<Effect>, due: Timestamp) {
        self.effects.push((effect.into(), due));
    }

    /// Shows a change in its message and on the card of its incident.
    pub(super) fn change(&mut self, change: GroupUpdate, cx: Context<'_>) {
        let timing = timing(cx.config, &self.group);
        let due = flow::on_change(&mut self.group, change, timing, cx.now);
        if let Some(edit) = due.edit {
            self.show(change == GroupUpdate::ByHand, edit);
        }
        if let Some(look) = due.look {
            self.flush_at(look);
        }
        if let Some(incident) = self.group.incident {
            self.effect(ChatEffect::UpdateCard { incident }, cx.now);
        }
    }

    /// Edits its message. A group without one is in the summary of a storm, until a person does something to it or it
    /// becomes critical.
    fn show(&mut self, by_hand: bool, due: Timestamp) {
        if let Some(group) = self.group.shown_in_parent() {
            // The parent learns of everything else as it happens.
            if by_hand {
                self.effect(ChatEffect::GroupMessage { group, critical: is_critical(self.group.severity) }, due);
            }
            return;
        }
        match self.group.display.storm {
            Some(storm) if self.group.display.postings == 0 && !by_hand && !is_critical(self.group.severity) => {
                self.effect(ChatEffect::StormMessage { storm, feed: self.group.feed.clone() }, next_summary_edit(due));
            }
            Some(_) | None => self.message(due),
        }
    }

    /// Edits its own message, or posts it if there is none.
    pub(super) fn message(&mut self, due: Timestamp) {
        if let Some(storm) = self.group.display.storm.take() {
            self.effect(ChatEffect::StormMessage { storm, feed: self.group.feed.clone() }, next_summary_edit(due));
        }
        self.group.display.postings = self.group.display.postings.max(1);
        self.effect(ChatEffect::GroupMessage { group: self.group.id, critical: is_critical(self.group.severity) }, due);
    }

    /// Edits the message that shows it, if there is one.
    pub(super) fn revise(&mut self, due: Timestamp) {
        if self.group.display.postings > 0 {
            self.effect(ChatEffect::GroupMessage { group: self.group.id, critical: false }, due);
        } else if let Some(storm) = self.group.display.storm {
            self.effect(ChatEffect::StormMessage { storm, feed: self.group.feed.clone() }, next_summary_edit(due));
        }
    }

    /// Plans the next flush.
    pub(super) fn flush_at(&mut self, due: Timestamp) {
        let wake = Timer::FlushGroup { group: self.group.id, critical: is_critical(self.group.severity) };
        self.effect(wake, due);
    }

    /// Plans a check of what may time out, unless an earlier one is planned.
    pub(super) fn expire_at(&mut self, at: Timestamp) {
        if self.group.schedule.expire_due.is_none_or(|planned| at < planned) {
            self.group.schedule.expire_due = Some(at);
            self.effect(Timer::ExpireAlerts { group: self.group.id }, at);
        }
    }

    /// Plans an evaluation of the rules, unless an earlier one is planned.
    pub(super) fn declare_at(&mut self, at: Timestamp) {
        if self.group.schedule.declare_due.is_none_or(|planned| at < planned) {
            self.group.schedule.declare_due = Some(at);
            self.effect(Timer::DeclareRule { group: self.group.id }, at);
        }
    }

    fn notices(&mut self, written: &[RecordedEvent], now: Timestamp) {
        let group = self.group.id;
        for recorded in written {
            if matches!(&recorded.event, Event::Alert(event) if event.notice().is_some()) {
                self.effect(ChatEffect::GroupNotice { group, seq: recorded.seq }, now);
            }
        }
    }

    /// Writes all of it.
    pub(super) fn write(mut self, tx: &mut Tx<'_>, cx: Context<'_>) -> Result<AlertGroup, StoreError> {
        let stream = AlertGroup::stream(self.group.id);
        let firing = WebhookEvent::from_firing(self.fired, self.group.counts.by_severity);
        let mut reported: Vec<_> = firing.map(|event| (self.group.version, event)).into_iter().collect();
        if !self.events.is_empty() {
            let append = Append {
                stream: &stream,
                expected_seq: Some(self.group.events),
                actor: cx.actor,
                at: cx.now,
                request: cx.request,
            };
            let events: Vec<Event> = self.events.drain(..).map(Event::Alert).collect();
            let written = tx.append(&append, &events)?;
            self.group.events += written.len() as u64;
            reported.extend(written.iter().filter_map(reported_event));
            // Without a message there is nothing to add to, and a silence applies to notices, too.
            let silenced = self.group.silenced(cx.now) || self.group.state(cx.now) == AlertState::Silenced;
            let shown = self.group.display.postings > 0 || self.group.shown_in_parent().is_some();
            if shown && !silenced {
                self.notices(&written, cx.now);
            }
        }
        let stream = format!("{stream}/fx");
        for (effect, due) in self.effects {
            self.group.effects += 1;
            tx.enqueue(&EffectKey::new(&stream, self.group.effects, 0), &effect, due)?;
        }
        tx.save_group(&self.group)?;
        webhooks::enqueue(tx, cx, WebhookSubject::Group(self.group.id), reported.into_iter())?;
        Ok(self.group)
    }
}

/// What webhooks report of an event in the log of a group, with its number.
fn reported_event(recorded: &RecordedEvent) -> Option<(u64, WebhookEvent)> {
    let Event::Alert(event) = &recorded.event else { return None };
    Some((recorded.seq, WebhookEvent::from_group(event)?))
}
