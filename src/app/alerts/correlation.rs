//! Finds the parent group that a new group is shown in, by correlation pattern or service dependency.

use super::{batch::AlertBatch, group_changes::GroupChanges, incident_is_open};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    config::Config,
    domain::{
        alert::{Alert, AlertGroup, DEPENDS_ON, ParentLink, Pattern, dependencies},
        ids::{GroupId, IncidentId},
        incident::Command,
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

impl AlertBatch<'_> {
    /// Finds the parent of a group that opens with this alert. `None`: it is shown by itself, and later groups may
    /// become its children.
    pub(super) fn parent_of(
        &mut self,
        tx: &mut Tx<'_>,
        new: &AlertGroup,
        alert: &Alert,
    ) -> Result<Option<ParentLink>, StoreError> {
        let config = self.cx().config;
        // In the order of their windows: the longest names it.
        for pattern in &config.alerts.correlate {
            if let Some(parent_link) = self.joined(tx, pattern, new, alert)? {
                return Ok(Some(parent_link));
            }
        }
        if let Some(parent_link) = self.parent_by_dependency(tx, new)? {
            return Ok(Some(parent_link));
        }
        for pattern in &config.alerts.correlate {
            if let Some(values) = pattern.fits(alert) {
                tx.save_correlation(&pattern.begin(&values, new.id, alert))?;
            }
        }
        Ok(None)
    }

    fn joined(
        &mut self,
        tx: &mut Tx<'_>,
        pattern: &Pattern,
        new: &AlertGroup,
        alert: &Alert,
    ) -> Result<Option<ParentLink>, StoreError> {
        let Some(values) = pattern.fits(alert) else { return Ok(None) };
        let Some(held) = tx.correlation(&pattern.key(&values))? else { return Ok(None) };
        let Some(held) = pattern.join(&held, alert) else { return Ok(None) };
        let Some(parent) = self.shown_by(tx, held.parent)?.filter(|parent| parent.id != new.id) else {
            return Ok(None);
        };
        if parent.counts.firing + parent.counts.resolved + parent.counts.children_alerts >= pattern.most {
            return Ok(None);
        }
        let parent_link =
            ParentLink { parent: parent.id, rule: pattern.name.clone(), values, hidden: parent.feed == new.feed };
        tx.save_correlation(&held)?;
        Ok(Some(parent_link))
    }

    /// The open group whose message shows a group: itself or its parent.
    fn shown_by(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<Option<AlertGroup>, StoreError> {
        let Some(group) = self.open_group(tx, id)?.cloned() else { return Ok(None) };
        match &group.display.parent {
            Some(parent_link) => Ok(self.open_group(tx, parent_link.parent)?.cloned()),
            None => Ok(Some(group)),
        }
    }

    /// The firing group of a service that the service of a group depends on, or the parent of that group.
    pub(super) fn parent_by_dependency(
        &mut self,
        tx: &Tx<'_>,
        new: &AlertGroup,
    ) -> Result<Option<ParentLink>, StoreError> {
        let Some(service) = new.service.as_deref() else { return Ok(None) };
        for name in services_above(self.cx(), service) {
            let Some(id) = self.firing_group_of(tx, &name)?.filter(|id| *id != new.id) else { continue };
            let Some(parent) =
                self.open_group(tx, id)?.filter(|parent| (parent.counts.children_alerts as usize) < MOST)
            else {
                continue;
            };
            let value = |name: &str, value: &str| (name.to_owned(), Untrusted::new(value));
            let values = [value("service", service), value(DEPENDS_ON, &name)].into_iter().collect();
            let hidden = parent.feed == new.feed;
            return Ok(Some(ParentLink { parent: parent.id, rule: DEPENDS_ON.to_owned(), values, hidden }));
        }
        Ok(None)
    }

    /// The firing group of a service, or its parent.
    fn firing_group_of(&mut self, tx: &Tx<'_>, service: &str) -> Result<Option<GroupId>, StoreError> {
        let told_by =
            |group: &AlertGroup| group.display.parent.as_ref().map_or(group.id, |parent_link| parent_link.parent);
        if let Some(group) = self.firing_in_batch(service) {
            return Ok(Some(told_by(group)));
        }
        let Some(stored) = tx.firing_group_of_service(service)? else { return Ok(None) };
        // It may have ended in this transaction.
        Ok(self.open_group(tx, stored.id)?.filter(|group| group.counts.firing > 0).map(told_by))
    }
}

impl AlertBatch<'_> {
    /// Makes a group that has announced nothing yet a child of the group its service depends on, if that fires by now.
    fn join_parent_late(&mut self, tx: &Tx<'_>, id: GroupId) -> Result<(), StoreError> {
        let Some(mut group) = self.open_group(tx, id)?.cloned() else { return Ok(()) };
        if group.display.parent.is_some() || group.counts.children_alerts > 0 {
            return Ok(());
        }
        group.display.parent = self.parent_by_dependency(tx, &group)?;
        if group.display.parent.is_some() { self.move_to_parent(tx, group) } else { Ok(()) }
    }

    /// Takes a group out of a parent that is closed, before it shows an alert: it becomes the child of another one, or has a
    /// message of its own.
    pub(super) fn leave_closed_parent(
        &mut self,
        tx: &mut Tx<'_>,
        id: GroupId,
        alert: &Alert,
    ) -> Result<(), StoreError> {
        let Some(mut group) = self.open_group(tx, id)?.filter(|group| group.display.parent.is_some()).cloned() else {
            return Ok(());
        };
        if self.shown_by(tx, id)?.is_some() {
            return Ok(());
        }
        group.display.parent = None;
        group.set_silence(tx.group_silence(&group.key, self.cx().now)?);
        if group.display.postings == 0 {
            // The parent's message announced its alerts.
            group.schedule.flushed_at = None;
        }
        group.display.parent = self.parent_of(tx, &group, alert)?;
        self.move_to_parent(tx, group)
    }

    /// Updates the parent of a group, if it has one.
    pub(super) fn update_parent(
        &mut self,
        tx: &Tx<'_>,
        id: GroupId,
        update: impl FnOnce(&mut GroupChanges),
    ) -> Result<(), StoreError> {
        let parent = self.open_group(tx, id)?.and_then(|group| group.display.parent.as_ref()).map(|link| link.parent);
        if let Some(changes) = parent.map(|parent| self.changes_of(tx, parent)).transpose()?.flatten() {
            update(changes);
        }
        Ok(())
    }

    /// A group is silenced with its parent.
    pub(super) fn inherit_silence(&mut self, tx: &Tx<'_>, group: &mut AlertGroup) -> Result<(), StoreError> {
        let parent = group.display.parent.as_ref().map(|parent_link| parent_link.parent);
        if let Some(above) = parent.map(|parent| self.changes_of(tx, parent)).transpose()?.flatten() {
            group.set_silence(group.silence.with(above.edit.group.silence));
        }
        Ok(())
    }

    /// Writes a group with its parent, if it has one, which counts its alerts.
    fn move_to_parent(&mut self, tx: &Tx<'_>, mut group: AlertGroup) -> Result<(), StoreError> {
        let id = group.id;
        let parent = group.display.parent.as_ref().map(|link| link.parent);
        if let Some(changes) = parent.map(|parent| self.changes_of(tx, parent)).transpose()?.flatten() {
            changes.edit.group.count_child(&group);
            changes.new_alerts |= group.counts.firing > group.counts.muted;
        }
        self.inherit_silence(tx, &mut group)?;
        if let Some(changes) = self.changes_of(tx, id)? {
            changes.edit.group = group;
            changes.joined_parent |= parent.is_some();
        }
        Ok(())
    }
}

/// A group at its tick: its parent may be closed by now. At its first tick, what it depends on may fire.
pub(super) fn first(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
) -> Result<Option<AlertGroup>, StoreError> {
    let Some(group) = tx.group(id)?.filter(|group| group.open) else { return tx.group(id) };
    let mut batch = AlertBatch::new(cx);
    if group.display.parent.is_some() && group.fires() && tx.parent_of_group(&group)?.is_none() {
        let Some(first) = tx.alerts_of_group(&group, 1)?.pop() else { return Ok(Some(group)) };
        batch.leave_closed_parent(tx, id, &first)?;
    } else if group.display.parent.is_none() && group.schedule.flushed_at.is_none() {
        batch.join_parent_late(tx, id)?;
    } else {
        return Ok(Some(group));
    }
    batch.close(tx, work)?;
    tx.group(id)
}

/// Links a child group to the incident of its parent.
pub(in crate::app) fn join_incident(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
) -> Result<(), StoreError> {
    let Some(group) = tx.group(id)? else { return Ok(()) };
    let parent = tx.parent_of_group(&group)?;
    let Some(incident) = parent.and_then(|parent| parent.incident) else { return Ok(()) };
    if incident_is_open(tx, Some(incident))? && !incident_is_open(tx, group.incident)? {
        work.push(cx, FollowUp::CommandIncident { incident, command: Command::LinkGroup { group: id } });
    }
    Ok(())
}

/// Links the other groups of a family to the incident of one, if they have none.
pub(super) fn share_incident(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: &AlertGroup,
    incident: IncidentId,
) -> Result<(), StoreError> {
    let others = match &group.display.parent {
        Some(parent_link) => tx.group(parent_link.parent)?.into_iter().filter(|parent| parent.open).collect(),
        None => tx.child_groups(group.id, MOST)?,
    };
    for other in others {
        if other.incident != Some(incident) && !incident_is_open(tx, other.incident)? {
            work.push(cx, FollowUp::CommandIncident { incident, command: Command::LinkGroup { group: other.id } });
        }
    }
    Ok(())
}

/// How many children a group may have.
pub(super) const MOST: usize = 300;

fn services_above(cx: Context<'_>, service: &str) -> Vec<String> {
    let config: &Config = cx.config;
    let depends = |name: &str| config.service(name).map(|service| service.depends_on.as_slice()).unwrap_or_default();
    dependencies(service, |name| depends(name).iter().map(|id| id.as_str()).collect())
        .into_iter()
        .map(str::to_owned)
        .collect()
}
