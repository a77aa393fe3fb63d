//! What a transaction does to alerts and groups. Each group is read once and written once, however many of its alerts
//! were spoken of.

use std::collections::{BTreeMap, BTreeSet};

use super::{GroupChanges, incident_is_open, inhibition, muting, severity};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        Timestamp,
        alert::{
            Alert, AlertEvent, AlertGroup, GroupKey, NewGroup, Route, Signal,
            enrich::with_service,
            episode::{EpisodeChange, SignalContext},
            flapping, flow,
            flow::GroupUpdate,
            rule_for,
        },
        ids::{GroupId, IncidentId, SilenceId, SourceId},
    },
    store::{NoiseCounts, StoreError, Tx},
};

/// The groups that are open on the desk of a transaction.
pub(super) struct AlertBatch<'a> {
    pub(super) cx: Context<'a>,
    pages: BTreeMap<GroupId, GroupChanges>,
    keys: BTreeMap<GroupKey, GroupId>,
    /// Silences that covered an alert which is over.
    unmuted_by: BTreeSet<SilenceId>,
    /// What came in by it, by source.
    noise: BTreeMap<SourceId, NoiseCounts>,
}

impl<'a> AlertBatch<'a> {
    pub(super) fn new(cx: Context<'a>) -> Self {
        Self { cx, pages: BTreeMap::new(), keys: BTreeMap::new(), unmuted_by: BTreeSet::new(), noise: BTreeMap::new() }
    }

    /// Takes one word of a sender in.
    pub(super) fn hear(
        &mut self,
        tx: &mut Tx<'_>,
        source: &SourceId,
        received: Timestamp,
        signal: &Signal,
    ) -> Result<(), StoreError> {
        self.heard(source).events += 1;
        let stored = tx.newest_episode(source, &signal.fingerprint)?;
        let alerts = &self.cx.config.alerts;
        let heard = SignalContext { source, at: received, resolve_timeout: alerts.resolve_timeout };
        let signal = with_service(&alerts.enrich, signal);
        let step = flapping::merge(stored.as_ref(), &signal, &heard, &alerts.flapping);
        self.take(tx, stored, step)
    }

    fn heard(&mut self, source: &SourceId) -> &mut NoiseCounts {
        self.noise.entry(source.clone()).or_default()
    }

    /// Looks at an alert that nobody spoke of until its time had come.
    pub(super) fn look(&mut self, tx: &mut Tx<'_>, alert: Alert) -> Result<(), StoreError> {
        let step = flapping::check_timeout(&alert, self.cx.now, &self.cx.config.alerts.flapping);
        self.take(tx, Some(alert), step)
    }

    fn take(&mut self, tx: &mut Tx<'_>, stored: Option<Alert>, step: EpisodeChange) -> Result<(), StoreError> {
        match (step, stored) {
            (EpisodeChange::Ignored, _) => Ok(()),
            (EpisodeChange::Repeated(alert), before) => {
                if alert.flapping.flaps() {
                    tx.save_alert(&alert, None)?
                } else {
                    tx.record_alert_seen(&alert)?
                }
                if before.is_some_and(|before| flapping::needs_rules(&before, &alert)) {
                    self.ask_rules_again(tx, &alert)?;
                }
                self.expire_sooner(tx, &alert, alert.expires_at)
            }
            (EpisodeChange::Resolved(alert), Some(before)) => {
                self.resolved(tx, &before, &Alert { muted: false, ..alert })
            }
            (EpisodeChange::Changed(alert), Some(before)) => self.changed(tx, &before, alert),
            (EpisodeChange::Fired(alert), before) => self.fired(tx, alert, before.as_ref()),
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
            self.unmuted_by.extend(muting::forget(tx, after.id)?);
        }
        tx.save_inhibition_sides(after.id, &[])?;
        for (id, telling) in tx.groups_showing(after.id)? {
            if let Some(page) = self.page(tx, id)? {
                tx.show_in_group(id, after, telling)?;
                page.desk.group.count_acknowledged(before, after);
                page.desk.group.count_resolved(before, telling, ended);
                page.desk.group.count_flapping(before.flapping.flaps(), false);
                page.quiet = true;
                page.over = page.desk.group.counts.firing == 0;
            }
            self.above(tx, id, |page| {
                page.desk.group.count_resolved_below(before);
                page.quiet = true;
            })?;
        }
        inhibition::release(tx, self, after.id)
    }

    fn changed(&mut self, tx: &mut Tx<'_>, before: &Alert, after: Alert) -> Result<(), StoreError> {
        let after = if after.labels == before.labels { after } else { self.join_routes(tx, before, after)? };
        tx.save_alert(&after, None)?;
        for (id, telling) in tx.groups_showing(after.id)? {
            if let Some(page) = self.page(tx, id)? {
                tx.show_in_group(id, &after, telling)?;
                page.desk.group.count_acknowledged(before, &after);
                if after.firing && before.severity != after.severity {
                    page.desk.group.count_judged(before.severity, after.severity);
                }
                page.desk.group.count_flapping(before.flapping.flaps(), after.flapping.flaps());
                page.steady_firing |= flapping::stopped_while_firing(before, &after);
                page.quiet = true;
            }
            self.above(tx, id, |page| page.quiet = true)?;
        }
        if after.firing && after.labels != before.labels {
            muting::examine(tx, self, &after)?;
        }
        let newly = self.rule_due(before).is_none() && self.rule_due(&after).is_some();
        if newly || severity::is_more_severe(before, &after) {
            self.look_at(tx, &after)?;
        } else if flapping::needs_rules(before, &after) {
            self.ask_rules_again(tx, &after)?;
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
                if let Some(page) = self.page(tx, id)? {
                    // It is counted as it was before: what changed in it is counted for all its groups afterwards.
                    let telling = page.desk.group.count_fired(before);
                    page.desk.group.count_flapping(false, before.flapping.flaps());
                    page.news = true;
                    tx.show_in_group(id, &after, telling)?;
                }
                self.above(tx, id, |page| page.fired_below(before))?;
            }
        }
        Ok(after)
    }

    /// An alert fires: it goes to a group of each route, in place of its episode before.
    fn fired(&mut self, tx: &mut Tx<'_>, mut alert: Alert, before: Option<&Alert>) -> Result<(), StoreError> {
        self.heard(&alert.source).alerts += 1;
        let routes = self.cx.config.alerts.route.matching(&alert.labels);
        let mut groups = Vec::with_capacity(routes.len());
        for route in routes {
            groups.push(self.group_for(tx, route, &alert)?);
        }
        alert.group = groups.first().copied();
        let due = self.look_due(tx, &alert)?;
        alert.muted = muting::note(tx, self.cx, &alert)?;
        tx.save_alert(&alert, due)?;
        for id in groups {
            let replaced = match before {
                Some(before) => tx.hide_in_group(id, before.id)?,
                None => false,
            };
            if let Some(page) = self.page(tx, id)? {
                if replaced {
                    page.desk.group.forget_resolved();
                }
                let telling = page.desk.group.count_fired(&alert);
                page.desk.group.count_flapping(false, alert.flapping.flaps());
                page.news |= !alert.muted;
                page.quiet |= alert.muted;
                page.over = false;
                tx.show_in_group(id, &alert, telling)?;
            }
            self.above(tx, id, |page| page.fired_below(&alert))?;
        }
        inhibition::spread(tx, self, alert.id)?;
        if let Some(due) = due {
            self.ask_rules(tx, &alert, due)?;
        }
        self.expire_sooner(tx, &alert, alert.expires_at)
    }

    pub(super) fn rule_due(&self, alert: &Alert) -> Option<Timestamp> {
        let critical = |name: &str| self.cx.config.service(name).is_some_and(|service| service.critical);
        rule_for(&self.cx.config.alerts.declare, alert, critical).map(|(_, due)| due)
    }

    /// When the rules are to look at an alert: when one speaks of it, or now if its group belongs to an incident, which
    /// it has joined.
    pub(super) fn look_due(&mut self, tx: &Tx<'_>, alert: &Alert) -> Result<Option<Timestamp>, StoreError> {
        if let Some(due) = self.rule_due(alert) {
            return Ok(Some(due));
        }
        let joins = alert.firing && alert.severity.is_some() && self.incident_of(tx, alert)?.is_some();
        Ok(joins.then_some(self.cx.now))
    }

    fn incident_of(&mut self, tx: &Tx<'_>, alert: &Alert) -> Result<Option<IncidentId>, StoreError> {
        let group = alert.group.map(|id| self.open_group(tx, id)).transpose()?.flatten();
        Ok(group.and_then(|group| group.incident))
    }

    fn look_at(&mut self, tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
        let Some(due) = self.look_due(tx, alert)? else { return Ok(()) };
        tx.set_rule_due(alert.id, Some(due))?;
        self.ask_rules(tx, alert, due)
    }

    pub(super) fn ask_rules(&mut self, tx: &Tx<'_>, alert: &Alert, due: Timestamp) -> Result<(), StoreError> {
        if let Some(page) = alert.group.map(|id| self.page(tx, id)).transpose()?.flatten() {
            page.rule_due = Some(page.rule_due.map_or(due, |known| known.min(due)));
        }
        Ok(())
    }

    /// Lets the rules look again at an alert whose episode goes on. Whoever works on its open incident sees it there.
    fn ask_rules_again(&mut self, tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
        let incident = self.incident_of(tx, alert)?;
        if self.rule_due(alert).is_none() || incident_is_open(tx, incident)? {
            return Ok(());
        }
        self.look_at(tx, alert)
    }

    fn expire_sooner(&mut self, tx: &Tx<'_>, alert: &Alert, at: Option<Timestamp>) -> Result<(), StoreError> {
        let (Some(id), Some(at)) = (alert.group, at.filter(|_| alert.firing)) else { return Ok(()) };
        if let Some(page) = self.page(tx, id)? {
            page.desk.expire_at(at);
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
                self.pages.entry(id).or_insert_with(|| GroupChanges::of(group));
                id
            }
            None => {
                let id = GroupId::new(self.cx.now);
                let silence = tx.group_silence(&key, self.cx.now)?;
                let (route_id, feed) = (route.id.clone(), route.feed.clone());
                let new = NewGroup { id, route: route_id, key: key.clone(), feed, labels, silence };
                let mut group = AlertGroup::open(new, alert);
                group.display.parent = self.parent_of(tx, &group, alert)?;
                self.hold_with_above(tx, &mut group)?;
                let mut page = GroupChanges::of(group);
                page.opened = Some(flow::first_flush(alert, route.timing(), self.cx.now));
                page.joined = page.desk.group.display.parent.is_some();
                self.pages.insert(id, page);
                self.heard(&alert.source).groups += 1;
                id
            }
        };
        self.keys.insert(key, id);
        Ok(id)
    }

    /// An open group; what is shown in a closed one stays as it was.
    pub(super) fn page(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<Option<&mut GroupChanges>, StoreError> {
        if !self.pages.contains_key(&id) {
            let Some(group) = tx.group(id)?.filter(|group| group.open) else { return Ok(None) };
            self.keys.insert(group.key.clone(), id);
            self.pages.insert(id, GroupChanges::of(group));
        }
        Ok(self.pages.get_mut(&id))
    }

    pub(super) fn cx(&self) -> Context<'a> {
        self.cx
    }

    /// An open group as it is by now.
    pub(super) fn open_group(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<Option<&AlertGroup>, StoreError> {
        Ok(self.page(tx, id)?.map(|page| &page.desk.group))
    }

    /// The first group of a service in which something fires, of those that are open on the desk.
    pub(super) fn firing_here(&self, service: &str) -> Option<&AlertGroup> {
        let fires = |group: &&AlertGroup| group.counts.firing > 0 && group.service.as_deref() == Some(service);
        self.pages.values().map(|page| &page.desk.group).find(fires)
    }

    /// The group within which another is told hears what happens there.
    pub(super) fn above(
        &mut self,
        tx: &Tx<'_>,
        id: GroupId,
        hear: impl FnOnce(&mut GroupChanges),
    ) -> Result<(), StoreError> {
        let parent = self
            .pages
            .get(&id)
            .and_then(|page| page.desk.group.display.parent.as_ref())
            .map(|parent_link| parent_link.parent);
        if let Some(page) = parent.map(|parent| self.page(tx, parent)).transpose()?.flatten() {
            hear(page);
        }
        Ok(())
    }

    /// A group that is told within another is silenced with it.
    fn hold_with_above(&mut self, tx: &Tx<'_>, group: &mut AlertGroup) -> Result<(), StoreError> {
        let parent = group.display.parent.as_ref().map(|parent_link| parent_link.parent);
        if let Some(above) = parent.map(|parent| self.page(tx, parent)).transpose()?.flatten() {
            group.set_silence(group.silence.with(above.desk.group.silence));
        }
        Ok(())
    }

    /// A group that has told nothing yet is told within the one that its service depends on, if that fires by now.
    pub(super) fn join_parent_late(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<(), StoreError> {
        let Some(mut group) = self.open_group(tx, id)?.cloned() else { return Ok(()) };
        if group.display.parent.is_some() || group.counts.children_alerts > 0 {
            return Ok(());
        }
        let Some(parent_link) = self.depending(tx, &group)? else { return Ok(()) };
        if let Some(page) = self.page(tx, parent_link.parent)? {
            page.desk.group.counts.children_firing += group.counts.firing;
            page.desk.group.counts.children_muted += group.counts.muted;
            page.desk.group.counts.children_alerts += group.counts.firing + group.counts.resolved;
            page.desk.group.counts.new_alerts += group.counts.firing.saturating_sub(group.counts.muted);
            page.news = true;
        }
        group.display.parent = Some(parent_link);
        self.hold_with_above(tx, &mut group)?;
        if let Some(page) = self.page(tx, id)? {
            page.desk.group = group;
            page.joined = true;
        }
        Ok(())
    }

    /// Writes the groups, and adds what follows for incidents and silences.
    pub(super) fn close(self, tx: &mut Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let cx = self.cx;
        for (source, noise) in self.noise {
            tx.count_noise(cx.now, source.as_str(), noise)?;
        }
        let mut afterwards = Vec::new();
        for (id, mut page) in self.pages {
            if let Some(first_look) = page.opened {
                let (route, feed) = (page.desk.group.route.clone(), page.desk.group.feed.clone());
                page.desk.event(AlertEvent::GroupOpened { group: id, route, feed });
                page.desk.group.schedule.next_flush = Some(first_look);
                page.desk.look(first_look);
            }
            if let Some(parent_link) = page.desk.group.display.parent.clone().filter(|_| page.joined) {
                page.desk.event(AlertEvent::GroupJoinedParent { group: id, parent: parent_link });
            }
            if page.news || page.quiet {
                page.desk.change(if page.quiet { GroupUpdate::Quiet } else { GroupUpdate::NewAlerts }, cx);
            }
            page.tell_flapping();
            let rules_now = page.rule_due.is_some_and(|due| due <= cx.now);
            if let Some(due) = page.rule_due.filter(|_| !rules_now) {
                page.desk.declare_at(due);
            }
            let group = page.desk.write(tx, cx)?;
            afterwards.push(WrittenGroup { group, joined: page.joined, over: page.over, rules_now });
        }
        for silence in self.unmuted_by {
            work.push(cx, FollowUp::SilencedAlertOver { silence });
        }
        for WrittenGroup { group, joined, over, rules_now } in afterwards {
            if joined {
                work.push(cx, FollowUp::ParentJoined { group: group.id });
            }
            if over {
                work.push(cx, FollowUp::GroupOver { group: group.id });
            }
            if group.silence.until_over && !group.fires() {
                work.push(cx, FollowUp::EndGroupSilences { key: group.key });
            }
            if rules_now {
                work.push(cx, FollowUp::CheckRules { group: group.id });
            }
        }
        Ok(())
    }
}

/// A group that was written, and what follows from it.
struct WrittenGroup {
    group: AlertGroup,
    joined: bool,
    over: bool,
    rules_now: bool,
}
