//! What a transaction does to alerts and groups. Each group is read once and written once, however many of its alerts
//! change.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{GroupChanges, severity};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    config::SourceKind,
    domain::{
        Timestamp,
        alert::{
            Alert, AlertEvent, AlertGroup, GroupKey, NewGroup, Route, Signal,
            enrich::with_service,
            episode::{EpisodeChange, SignalContext},
            flapping, flow,
            flow::GroupUpdate,
        },
        effect::{EffectKey, Timer},
        ids::{AlertId, GroupId, SilenceId, SourceId},
    },
    store::{NoiseCounts, StoreError, Tx},
};

/// Senders of this kind say with the end of an alert whether it fires.
const API: Option<SourceKind> = Some(SourceKind::AlertmanagerApi);

/// The groups that a transaction changes.
pub(super) struct AlertBatch<'a> {
    pub(super) cx: Context<'a>,
    groups: BTreeMap<GroupId, GroupChanges>,
    keys: BTreeMap<GroupKey, GroupId>,
    /// Silences that covered an alert which is over.
    pub(super) unmuted_by: BTreeSet<SilenceId>,
    /// What came in by it, by source.
    noise: BTreeMap<SourceId, NoiseCounts>,
}

impl<'a> AlertBatch<'a> {
    pub(super) fn new(cx: Context<'a>) -> Self {
        Self { cx, groups: BTreeMap::new(), keys: BTreeMap::new(), unmuted_by: BTreeSet::new(), noise: BTreeMap::new() }
    }

    /// Takes in one signal of a sender.
    pub(super) fn receive(
        &mut self,
        tx: &mut Tx<'_>,
        source: &SourceId,
        received: Timestamp,
        signal: &Signal,
    ) -> Result<(), StoreError> {
        let alerts = &self.cx.config.alerts;
        let (resolve_timeout, reopen_hold) = (alerts.resolve_timeout, alerts.reopen_hold);
        let leases = self.kind_of(source) == API;
        let heard = SignalContext { source, at: received, resolve_timeout, reopen_hold, leases };
        self.merge(tx, signal, &heard)
    }

    /// Takes in a signal about the bot or a source that the bot itself files. Its alert lasts until the bot ends it.
    pub(super) fn receive_own(
        &mut self,
        tx: &mut Tx<'_>,
        source: &SourceId,
        received: Timestamp,
        signal: &Signal,
    ) -> Result<(), StoreError> {
        let (resolve_timeout, reopen_hold) = (Duration::ZERO, Duration::ZERO);
        let heard = SignalContext { source, at: received, resolve_timeout, reopen_hold, leases: false };
        self.merge(tx, signal, &heard)
    }

    fn merge(&mut self, tx: &mut Tx<'_>, signal: &Signal, heard: &SignalContext<'_>) -> Result<(), StoreError> {
        self.noise_of(heard.source).events += 1;
        let stored = tx.newest_episode(heard.source, &signal.fingerprint)?;
        let alerts = &self.cx.config.alerts;
        let signal = with_service(&alerts.enrich, signal);
        let step = flapping::merge(stored.as_ref(), &signal, heard, &alerts.flapping);
        if stored.is_none() && matches!(step, EpisodeChange::Recorded(_)) && self.kind_of(heard.source) == API {
            // Its end alone says that it is over, by the clock of its sender.
            tx.count_ended_on_arrival(heard.source.as_str(), heard.at)?;
        }
        self.apply(tx, stored, step)
    }

    fn kind_of(&self, source: &SourceId) -> Option<SourceKind> {
        self.cx.config.source(source.as_str()).map(|source| source.kind)
    }

    fn noise_of(&mut self, source: &SourceId) -> &mut NoiseCounts {
        self.noise.entry(source.clone()).or_default()
    }

    /// Ends an alert that its sender has not repeated in time.
    pub(super) fn check_timeout(&mut self, tx: &mut Tx<'_>, alert: Alert) -> Result<(), StoreError> {
        let step = flapping::check_timeout(&alert, self.cx.now, &self.cx.config.alerts.flapping);
        self.apply(tx, Some(alert), step)
    }

    /// Lets an alert fire again whose next episode was held back until now.
    pub(super) fn reopen(&mut self, tx: &mut Tx<'_>, alert: Alert) -> Result<(), StoreError> {
        let step = flapping::reopen(&alert, self.cx.now, &self.cx.config.alerts.flapping);
        self.apply(tx, Some(alert), step)
    }

    fn apply(&mut self, tx: &mut Tx<'_>, stored: Option<Alert>, step: EpisodeChange) -> Result<(), StoreError> {
        match (step, stored) {
            (EpisodeChange::Ignored, _) => Ok(()),
            (EpisodeChange::Repeated(alert), before) => {
                if alert.flapping.flaps() {
                    tx.save_alert(&alert, None)?
                } else {
                    tx.record_alert_seen(&alert)?
                }
                if before.is_some_and(|before| flapping::needs_rules(&before, &alert)) {
                    self.schedule_rules_again(tx, &alert)?;
                }
                self.expire_sooner(tx, &alert, alert.expires_at)
            }
            (EpisodeChange::Resolved(alert), Some(before)) => {
                self.resolved(tx, &before, &Alert { muted: false, ..alert })
            }
            (EpisodeChange::Changed(alert), Some(before)) => self.changed(tx, &before, alert),
            (EpisodeChange::Fired(alert), before) => self.fired(tx, alert, before.as_ref()),
            (EpisodeChange::Held(alert), _) => hold_back(tx, &alert),
            (EpisodeChange::Recorded(alert) | EpisodeChange::Resolved(alert) | EpisodeChange::Changed(alert), _) => {
                tx.save_alert(&alert, None)
            }
        }
    }

    /// An alert is over.
    fn resolved(&mut self, tx: &mut Tx<'_>, before: &Alert, after: &Alert) -> Result<(), StoreError> {
        tx.save_alert(after, None)?;
        let ended = after.ends_at.unwrap_or(self.cx.now);
        if before.muted {
            self.forget_muters(tx, after.id)?;
        }
        tx.save_inhibition_sides(after.id, &[])?;
        for (id, shown_as) in tx.groups_showing(after.id)? {
            if let Some(changes) = self.changes_of(tx, id)? {
                tx.show_in_group(id, after, shown_as)?;
                changes.edit.group.count_acknowledged(before, after);
                changes.edit.group.count_resolved(before, shown_as, ended);
                changes.edit.group.count_flapping(before.flapping.flaps(), false);
                changes.updated = true;
                changes.over = changes.edit.group.counts.firing == 0;
            }
            self.update_parent(tx, id, |changes| {
                changes.edit.group.count_acknowledged_below(before, after);
                changes.edit.group.count_resolved_below(before);
                changes.updated = true;
            })?;
        }
        self.unmute_targets(tx, after.id)
    }

    fn changed(&mut self, tx: &mut Tx<'_>, before: &Alert, after: Alert) -> Result<(), StoreError> {
        let after = if after.labels == before.labels { after } else { self.join_routes(tx, before, after)? };
        tx.save_alert(&after, None)?;
        for (id, shown_as) in tx.groups_showing(after.id)? {
            if let Some(changes) = self.changes_of(tx, id)? {
                tx.show_in_group(id, &after, shown_as)?;
                changes.edit.group.count_acknowledged(before, &after);
                if after.firing && before.severity != after.severity {
                    changes.edit.group.count_judged(before.severity, after.severity);
                }
                changes.edit.group.count_flapping(before.flapping.flaps(), after.flapping.flaps());
                changes.steady_firing |= flapping::stopped_while_firing(before, &after);
                if after.group != Some(id) && !after.muted && severity::is_more_severe(before, &after) {
                    changes.alert_joined(&after);
                }
                changes.updated = true;
            }
            self.update_parent(tx, id, |changes| {
                changes.edit.group.count_acknowledged_below(before, &after);
                changes.updated = true;
            })?;
        }
        if after.firing && Self::changes_muters(before, &after) {
            self.update_muted(tx, &after)?;
        }
        let newly = self.rule_due(before).is_none() && self.rule_due(&after).is_some();
        if newly || severity::is_more_severe(before, &after) {
            self.schedule_check(tx, &after)?;
        } else if flapping::needs_rules(before, &after) {
            self.schedule_rules_again(tx, &after)?;
        }
        self.expire_sooner(tx, &after, after.expires_at)
    }

    /// An alert whose labels have changed may be of interest to further routes. It stays in the groups it is in.
    fn join_routes(&mut self, tx: &mut Tx<'_>, before: &Alert, after: Alert) -> Result<Alert, StoreError> {
        if !after.firing {
            return Ok(after);
        }
        let shown = tx.groups_showing(after.id)?;
        for route in self.cx.config.alerts.route.matching(&after.labels) {
            let id = self.group_for(tx, route, &after)?;
            if shown.iter().all(|(known, _)| *known != id) {
                self.leave_closed_parent(tx, id, &after)?;
                if let Some(changes) = self.changes_of(tx, id)? {
                    // It is counted as it was before: what changed in it is counted for all its groups afterwards.
                    let shown_as = changes.edit.group.count_fired(before);
                    changes.edit.group.count_flapping(false, before.flapping.flaps());
                    changes.new_alerts = true;
                    tx.show_in_group(id, &after, shown_as)?;
                }
                self.update_parent(tx, id, |changes| changes.child_fired(before))?;
            }
        }
        Ok(after)
    }

    /// An alert fires: it goes to a group of each route, in place of its episode before.
    fn fired(&mut self, tx: &mut Tx<'_>, mut alert: Alert, before: Option<&Alert>) -> Result<(), StoreError> {
        self.noise_of(&alert.source).alerts += 1;
        let routes = self.cx.config.alerts.route.matching(&alert.labels);
        let mut groups = Vec::with_capacity(routes.len());
        for route in routes {
            groups.push(self.group_for(tx, route, &alert)?);
        }
        alert.group = groups.first().copied();
        let due = self.rules_due_at(tx, &alert)?;
        alert.muted = self.mute_new(tx, &alert)?;
        tx.save_alert(&alert, due)?;
        for id in groups {
            let replaced = match before {
                Some(before) => tx.hide_in_group(id, before.id)?,
                None => false,
            };
            self.leave_closed_parent(tx, id, &alert)?;
            if let Some(changes) = self.changes_of(tx, id)? {
                if replaced {
                    changes.edit.group.forget_resolved();
                }
                let shown_as = changes.edit.group.count_fired(&alert);
                changes.edit.group.count_flapping(false, alert.flapping.flaps());
                changes.new_alerts |= !alert.muted;
                changes.updated |= alert.muted;
                changes.over = false;
                if alert.group != Some(id) && !alert.muted {
                    changes.alert_joined(&alert);
                }
                tx.show_in_group(id, &alert, shown_as)?;
            }
            self.update_parent(tx, id, |changes| changes.child_fired(&alert))?;
        }
        self.mute_targets(tx, alert.id)?;
        if let Some(due) = due {
            self.schedule_rules(tx, &alert, due)?;
        }
        self.expire_sooner(tx, &alert, alert.expires_at)
    }

    fn expire_sooner(&mut self, tx: &Tx<'_>, alert: &Alert, at: Option<Timestamp>) -> Result<(), StoreError> {
        let (true, Some(id), Some(at)) = (alert.firing, alert.group, at) else { return Ok(()) };
        if let Some(changes) = self.changes_of(tx, id)? {
            changes.edit.expire_at(at);
        }
        Ok(())
    }

    /// The open group of a route for an alert; a new one if there is none.
    fn group_for(&mut self, tx: &mut Tx<'_>, route: &Route, alert: &Alert) -> Result<GroupId, StoreError> {
        let labels = route.group_labels(&alert.labels);
        let key = route.group_key(&labels);
        if let Some(id) = self.keys.get(&key) {
            return Ok(*id);
        }
        let id = match tx.open_group(&key)? {
            Some(group) => {
                let id = group.id;
                self.groups.entry(id).or_insert_with(|| GroupChanges::new(group));
                id
            }
            None => {
                let (id, number) = (GroupId::new(self.cx.now), tx.next_group_number()?);
                let silence = tx.group_silence(&key, self.cx.now)?;
                let (route_id, feed) = (route.id.clone(), route.feed.clone());
                let new = NewGroup { id, number, route: route_id, key: key.clone(), feed, labels, silence };
                let mut group = AlertGroup::open(new, alert);
                group.display.parent = self.parent_of(tx, &group, alert)?;
                self.inherit_silence(tx, &mut group)?;
                let mut changes = GroupChanges::new(group);
                changes.opened = Some(flow::first_flush(alert, route.timing(), self.cx.now));
                changes.joined_parent = changes.edit.group.display.parent.is_some();
                self.groups.insert(id, changes);
                self.noise_of(&alert.source).groups += 1;
                id
            }
        };
        self.keys.insert(key, id);
        Ok(id)
    }

    /// An open group; what is shown in a closed one stays as it was.
    pub(super) fn changes_of(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<Option<&mut GroupChanges>, StoreError> {
        if !self.groups.contains_key(&id) {
            let Some(group) = tx.group(id)?.filter(|group| group.open) else { return Ok(None) };
            self.keys.insert(group.key.clone(), id);
            self.groups.insert(id, GroupChanges::new(group));
        }
        Ok(self.groups.get_mut(&id))
    }

    pub(super) fn cx(&self) -> Context<'a> {
        self.cx
    }

    /// An open group as it is by now.
    pub(super) fn open_group(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<Option<&AlertGroup>, StoreError> {
        Ok(self.changes_of(tx, id)?.map(|changes| &changes.edit.group))
    }

    /// The first group of a service in which something fires, of those in this batch.
    pub(super) fn firing_in_batch(&self, service: &str) -> Option<&AlertGroup> {
        let fires = |group: &&AlertGroup| group.counts.firing > 0 && group.service.as_deref() == Some(service);
        self.groups.values().map(|changes| &changes.edit.group).find(fires)
    }

    /// Writes the groups, and adds what follows for incidents and silences.
    pub(super) fn close(self, tx: &mut Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let cx = self.cx;
        for (source, noise) in self.noise {
            tx.count_noise(cx.now, source.as_str(), noise)?;
        }
        let mut afterwards = Vec::new();
        for (id, mut changes) in self.groups {
            if let Some(first_look) = changes.opened {
                let (route, feed) = (changes.edit.group.route.clone(), changes.edit.group.feed.clone());
                changes.edit.event(AlertEvent::GroupOpened { group: id, route, feed });
                changes.edit.group.schedule.next_flush = Some(first_look);
                changes.edit.flush_at(first_look);
            }
            if changes.joined_parent
                && let Some(parent_link) = changes.edit.group.display.parent.clone()
            {
                changes.edit.event(AlertEvent::GroupJoinedParent { group: id, parent: parent_link });
            }
            if changes.new_alerts || changes.updated {
                changes.edit.change(if changes.updated { GroupUpdate::Quiet } else { GroupUpdate::NewAlerts }, cx);
            }
            changes.announce_flapping();
            let rules_now = changes.rule_due.is_some_and(|due| due <= cx.now);
            if !rules_now && let Some(due) = changes.rule_due {
                changes.edit.declare_at(due);
            }
            let group = changes.edit.write(tx, cx)?;
            let (joined_parent, over, joined) = (changes.joined_parent, changes.over, changes.joined);
            afterwards.push(WrittenGroup { group, joined_parent, over, rules_now, joined });
        }
        for silence in self.unmuted_by {
            work.push(cx, FollowUp::SilencedAlertOver { silence });
        }
        for WrittenGroup { group, joined_parent, over, rules_now, joined } in afterwards {
            if joined_parent {
                work.push(cx, FollowUp::ParentJoined { group: group.id });
            }
            if over {
                work.push(cx, FollowUp::GroupOver { group: group.id });
            }
            if group.silence.until_over && !group.fires() {
                work.push(cx, FollowUp::EndGroupSilences { key: group.key.clone() });
            }
            if rules_now {
                work.push(cx, FollowUp::CheckRules { group: group.id });
            }
            if !joined.is_empty()
                && !group.silenced(cx.now)
                && let Some(incident) = group.incident
            {
                work.push(cx, FollowUp::AlertsJoined { incident, alerts: joined });
            }
        }
        Ok(())
    }
}

/// Writes that the next episode of an alert is held back, or no longer.
fn hold_back(tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
    tx.save_alert(alert, None)?;
    let Some(held) = &alert.reopening else { return Ok(()) };
    let key = EffectKey(format!("alert/{}/reopen/{}", alert.id, held.at.timestamp_millis()));
    tx.enqueue(&key, &Timer::ReopenAlert { alert: alert.id }.into(), held.at).map(drop)
}

/// A group that was written, and what follows from it.
struct WrittenGroup {
    group: AlertGroup,
    joined_parent: bool,
    over: bool,
    rules_now: bool,
    joined: Vec<AlertId>,
}
