//! The facts of incidents that reports are computed from. They are written with the record, so that no report reads a
//! history.

use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, Key, ServiceId},
        incident::Incident,
        report::{MeasuredIncident, Moment, Moments, is_counted},
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{from_word, millis, row_limit, signed, to_word, unsigned},
            conditions::Conditions,
            sql::{Param, Row, params},
        },
    },
};

/// The version of the facts. Raise it when they are computed in another way: those that an older program stored are then
/// written again.
pub(in crate::store) const FACTS_VERSION: u32 = 2;

/// The most incidents of one report.
const MOST_INCIDENTS: usize = 100_000;

/// Selects the incidents of a report: those that were declared in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFilter {
    /// Who reads it: private incidents count for members only.
    pub viewer: ListViewer,
    /// The first instant of the period.
    pub from: Timestamp,
    /// Its end, which is not part of it.
    pub until: Timestamp,
    /// True to count drills too.
    pub drills: bool,
}

/// The incidents of a report, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedIncidents {
    /// The incidents.
    pub items: Vec<MeasuredIncident>,
    /// True if there are more than a report can count.
    pub more: bool,
}

/// The value of a field of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedField {
    /// The incident.
    pub incident: IncidentId,
    /// The field.
    pub field: String,
    /// The value, in lower case.
    pub value: String,
}

impl ReportFilter {
    fn statement(&self) -> (String, Conditions) {
        let mut conditions = Conditions::default();
        conditions.literal("counted = 1");
        conditions.add("declared_at >= $", self.from);
        conditions.add("declared_at < $", self.until);
        if !self.drills {
            conditions.literal("drill = 0");
        }
        if let ListViewer::Person(person) = &self.viewer {
            let seen = "(private = 0 OR EXISTS (SELECT 1 FROM incident_members m
                WHERE m.incident = incident_facts.incident AND m.person = $))";
            conditions.add(seen, person.as_str().to_owned());
        }
        let condition = conditions.text();
        let limit = row_limit(MOST_INCIDENTS + 1);
        let sql = format!(
            "SELECT incident, prefix, number, severity, service, declared_at, impact_at, detected_at, acknowledged_at,
                 assembled_at, diagnosed_at, mitigated_at, resolved_at, informed_at
             FROM incident_facts WHERE {condition} ORDER BY declared_at DESC LIMIT {limit}"
        );
        (sql, conditions)
    }
}

impl Tx<'_> {
    /// Writes the facts of an incident.
    pub(in crate::store) fn save_facts(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let facts = MeasuredIncident::of(incident);
        let at = |moment: Moment| facts.moments.get(moment).map(millis);
        self.run(
            "INSERT INTO incident_facts (incident, prefix, number, counted, drill, private, severity, service, declared_at,
                 impact_at, detected_at, acknowledged_at, assembled_at, diagnosed_at, mitigated_at, resolved_at, informed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (incident) DO UPDATE SET prefix = excluded.prefix, number = excluded.number,
                 counted = excluded.counted, drill = excluded.drill, private = excluded.private,
                 severity = excluded.severity, service = excluded.service, declared_at = excluded.declared_at,
                 impact_at = excluded.impact_at, detected_at = excluded.detected_at,
                 acknowledged_at = excluded.acknowledged_at, assembled_at = excluded.assembled_at,
                 diagnosed_at = excluded.diagnosed_at, mitigated_at = excluded.mitigated_at,
                 resolved_at = excluded.resolved_at, informed_at = excluded.informed_at",
            params![
                incident.id.to_string(),
                incident.key.prefix,
                signed(incident.key.number),
                is_counted(incident.category),
                !incident.kind.is_counted(),
                incident.private,
                to_word(&incident.severity)?,
                incident.service.as_ref().map(ServiceId::as_str),
                millis(facts.declared),
                at(Moment::Impact),
                at(Moment::Detected),
                at(Moment::Acknowledged),
                at(Moment::Assembled),
                at(Moment::Diagnosed),
                at(Moment::Mitigated),
                at(Moment::Resolved),
                at(Moment::Informed),
            ],
        )?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The incidents of a report.
    pub fn reported_incidents(&self, filter: &ReportFilter) -> Result<ReportedIncidents, StoreError> {
        let (sql, conditions) = filter.statement();
        let mut items = self.all(&sql, &conditions.params(), read_facts)?;
        let more = items.len() > MOST_INCIDENTS;
        items.truncate(MOST_INCIDENTS);
        Ok(ReportedIncidents { items, more })
    }

    /// The values of some fields of the incidents of a period, in lower case; of several entries one.
    pub fn reported_fields(&self, filter: &ReportFilter, fields: &[&str]) -> Result<Vec<ReportedField>, StoreError> {
        let names: Vec<String> = (1..=fields.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT incident, field, MIN(value) FROM incident_fields WHERE field IN ({}) AND incident IN (
                 SELECT incident FROM incident_facts WHERE counted = 1 AND declared_at >= ${} AND declared_at < ${})
             GROUP BY incident, field",
            names.join(", "),
            fields.len() + 1,
            fields.len() + 2
        );
        let (from, until) = (millis(filter.from), millis(filter.until));
        let mut values: Vec<&dyn Param> = fields.iter().map(|field| field as &dyn Param).collect();
        values.extend([&from as &dyn Param, &until]);
        self.all(&sql, &values, |row| {
            let id: String = row.get(0)?;
            let incident = IncidentId::parse(&id);
            Ok(ReportedField {
                incident: incident.ok_or_else(|| StoreError::Corrupt(format!("{id} is no id of an incident")))?,
                field: row.get(1)?,
                value: row.get(2)?,
            })
        })
    }

    #[cfg(test)]
    pub(in crate::store) fn plan_of_report(&self, filter: &ReportFilter) -> Result<String, StoreError> {
        Ok(self.query_plan(&filter.statement().0)?.join("; "))
    }
}

fn read_facts(row: &Row<'_>) -> Result<MeasuredIncident, StoreError> {
    let id: String = row.get(0)?;
    let what = format!("the facts of incident {id}");
    let declared: Timestamp = row.get(5)?;
    let mut moments = Moments::default();
    moments.set(Moment::Declared, Some(declared));
    let stored = Moment::ALL.into_iter().filter(|moment| *moment != Moment::Declared);
    for (column, moment) in (6..).zip(stored) {
        moments.set(moment, row.get(column)?);
    }
    Ok(MeasuredIncident {
        id: IncidentId::parse(&id).ok_or_else(|| StoreError::Corrupt(format!("{what} have no valid id")))?,
        key: Key::new(&row.get::<String>(1)?, unsigned(row.get(2)?)),
        severity: from_word(&what, &row.get::<String>(3)?)?,
        service: row.get::<Option<String>>(4)?.map(ServiceId::new),
        declared,
        moments,
    })
}
