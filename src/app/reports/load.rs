//! On-call load: each person sees their own, and that of their teams as a sum.

use super::request::{Period, ReportRequest};
use crate::{
    config::Config,
    domain::{
        ids::{PersonId, TeamId},
        people::Team,
        report::{LoadCounts, PersonLoad},
    },
    store::{ListViewer, LoadFilter, Reads, StoreError},
};

/// The fewest people of a team whose sum is shown: of a smaller one, each could compute what the other has.
const FEWEST: usize = 3;

/// On-call load in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// The reader's own.
    pub own: PersonLoad,
    /// That of the teams of the reader.
    pub teams: Vec<TeamLoad>,
}

/// The load of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamLoad {
    /// The team.
    pub team: TeamId,
    /// How many people it has.
    pub people: usize,
    /// The sum over them; `None` if they are too few.
    pub counts: Option<LoadCounts>,
}

/// Computes the on-call load that a person may see: their own, and the sums of the teams that they are in or manage.
pub fn load(
    reads: &Reads<'_>,
    config: &Config,
    reader: &PersonId,
    request: &ReportRequest,
) -> Result<LoadReport, StoreError> {
    let of_reader = |team: &&Team| team.members.contains(reader) || team.managers.contains(reader);
    let mut teams = Vec::new();
    for team in config.teams.iter().filter(of_reader) {
        let counts = if team.members.len() < FEWEST { None } else { Some(sum(reads, config, reader, request, team)?) };
        teams.push(TeamLoad { team: team.id.clone(), people: team.members.len(), counts });
    }
    let own = of_person(reads, config, request, reader, ListViewer::Everything)?;
    Ok(LoadReport { own, teams })
}

fn sum(
    reads: &Reads<'_>,
    config: &Config,
    reader: &PersonId,
    request: &ReportRequest,
    team: &Team,
) -> Result<LoadCounts, StoreError> {
    let mut counts = LoadCounts::default();
    for person in &team.members {
        counts += of_person(reads, config, request, person, ListViewer::Person(reader.clone()))?.counts;
    }
    Ok(counts)
}

fn of_person(
    reads: &Reads<'_>,
    config: &Config,
    request: &ReportRequest,
    person: &PersonId,
    viewer: ListViewer,
) -> Result<PersonLoad, StoreError> {
    let Period { from, until } = request.period();
    let filter = LoadFilter { viewer, person: person.clone(), from, until, drills: request.drills };
    let zone = config.person(person).map_or(request.zone, |person| person.timezone);
    Ok(PersonLoad::of(&reads.paged_moments(&filter)?, zone))
}
