//! Schedules of Opsgenie: rotations that add up, each with its restriction.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{
    Conversion,
    answers::{OpsgenieRecipient, OpsgenieRotation, OpsgenieRotationUnit, OpsgenieSchedule, OpsgenieTimeRange},
};
use crate::cli::import::on_call::{FindingSort, LayerSettings, ScheduleSettings};

impl Conversion {
    pub(super) fn schedule(&mut self, schedule: &OpsgenieSchedule) {
        let id = self.schedules.give(&schedule.id, &schedule.name);
        let named = format!("schedule \"{}\"", schedule.name);
        let zone = self.findings.zone(schedule.timezone.as_deref(), &named);
        if !schedule.enabled {
            self.find(FindingSort::Changed, format!("{named} is disabled in Opsgenie; here it counts"));
        }
        let mut layers = Vec::new();
        for rotation in &schedule.rotations {
            layers.extend(self.layer(&named, zone, rotation));
        }
        if layers.is_empty() {
            self.find(
                FindingSort::Lost,
                format!("{named} has no rotation that can be carried: nobody is on call in it"),
            );
            return;
        }
        self.settings.schedules.push(ScheduleSettings {
            id,
            name: schedule.name.clone(),
            timezone: zone.to_string(),
            // In Opsgenie whoever a rotation names is on call, whatever other rotations say.
            precedence: "union",
            layers,
        });
    }

    fn layer(&mut self, schedule: &str, zone: Tz, rotation: &OpsgenieRotation) -> Option<LayerSettings> {
        let named = format!("{schedule}, rotation \"{}\"", rotation.name);
        let slots: Vec<Vec<String>> =
            rotation.participants.iter().map(|participant| self.slot(&named, participant)).collect();
        if slots.iter().all(Vec::is_empty) {
            self.find(FindingSort::Lost, format!("{named} has nobody who can be carried"));
            return None;
        }
        let wall = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
        let unit = match rotation.unit {
            OpsgenieRotationUnit::Hourly => "h",
            OpsgenieRotationUnit::Daily => "d",
            OpsgenieRotationUnit::Weekly => "w",
        };
        let until = rotation.end_date.map(wall);
        if let Some(until) = &until {
            self.find(FindingSort::Noted, format!("{named} ends on {until}"));
        }
        let (hours, weekly) = self.restriction(&named, rotation);
        Some(LayerSettings {
            name: rotation.name.clone(),
            slots,
            start: wall(rotation.start_date),
            turn: format!("{}{unit}", rotation.length.max(1)),
            hours,
            weekly,
            // Opsgenie has nobody on call before a rotation starts.
            since: Some(wall(rotation.start_date)),
            until,
        })
    }

    /// The people of a turn.
    fn slot(&mut self, named: &str, participant: &OpsgenieRecipient) -> Vec<String> {
        match participant.sort.as_str() {
            "user" => match self.person(participant) {
                Some(person) => vec![person],
                None => {
                    let who = participant.called();
                    self.find(FindingSort::Lost, format!("{named}: {who} is not among the users; that turn is empty"));
                    Vec::new()
                }
            },
            "team" => {
                let members = self.members(&participant.id);
                let team = participant.called();
                self.find(
                    FindingSort::Changed,
                    format!(
                        "{named}: the team {team} takes a turn: its {} members of today are on call together",
                        members.len()
                    ),
                );
                members
            }
            "none" => Vec::new(),
            sort => {
                let (sort, who) = (sort.to_owned(), participant.called());
                self.find(
                    FindingSort::Lost,
                    format!(
                        "{named}: a turn of the {sort} {who}; that turn is empty. Name people, or use steps of a policy"
                    ),
                );
                Vec::new()
            }
        }
    }

    /// The hours of the day, or the parts of the week, that a rotation covers.
    fn restriction(&mut self, named: &str, rotation: &OpsgenieRotation) -> (Option<String>, Vec<String>) {
        let Some(restriction) = &rotation.time_restriction else { return (None, Vec::new()) };
        let ranges: Vec<&OpsgenieTimeRange> = restriction.restriction.iter().chain(&restriction.restrictions).collect();
        let mut weekly = Vec::new();
        let mut daily = Vec::new();
        for range in ranges {
            let (from, until) = (clock(range.start_hour, range.start_min), clock(range.end_hour, range.end_min));
            match (&range.start_day, &range.end_day) {
                (Some(start), Some(end)) => weekly.push(format!("{} {from} - {} {until}", day(start), day(end))),
                (Some(_) | None, _) => daily.push(format!("{from}-{until}")),
            }
        }
        if daily.len() > 1 {
            self.find(FindingSort::Lost, format!("{named}: of several times of the day only the first is carried"));
        }
        (daily.into_iter().next(), weekly)
    }
}

fn clock(hour: u32, minute: u32) -> String {
    format!("{hour:02}:{minute:02}")
}

/// `monday` is `mon`.
fn day(name: &str) -> String {
    name.to_lowercase().chars().take(3).collect()
}
