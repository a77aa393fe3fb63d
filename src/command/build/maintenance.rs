//! Builds requests for maintenance.

use super::OptionValues;
use crate::{
    command::{Action, MaintenanceAct, MaintenanceRequest, Query, Request, UsageError},
    domain::status::MaintenanceStatus,
};

impl OptionValues<'_, '_> {
    pub(super) fn of_maintenance(&mut self, act: MaintenanceAct) -> Result<Request, UsageError> {
        let request = match act {
            MaintenanceAct::List => {
                let all = self.word("show").is_some_and(|word| word == "all");
                return Ok(Request::Query(Query::Maintenances { all }));
            }
            MaintenanceAct::Schedule => self.new_maintenance()?,
            MaintenanceAct::Move => MaintenanceRequest::Move {
                number: self.maintenance_number()?,
                from: self.time("from"),
                until: self.time("until"),
                message: self.text("message"),
            },
            MaintenanceAct::Post => {
                let word = self.word("status");
                let status = MaintenanceStatus::ALL.into_iter().find(|known| word.as_deref() == Some(known.name()));
                let (number, message) = (self.maintenance_number()?, self.text("message"));
                MaintenanceRequest::Post { number, message: self.need("message", message)?, status }
            }
            MaintenanceAct::Cancel => {
                let (number, message) = (self.maintenance_number()?, self.text("message"));
                MaintenanceRequest::Cancel { number, message: self.need("message", message)? }
            }
        };
        Ok(Request::Action(Action::Maintenance(request)))
    }

    fn maintenance_number(&mut self) -> Result<u32, UsageError> {
        let number = self.number("number");
        self.need("number", number)
    }

    fn new_maintenance(&mut self) -> Result<MaintenanceRequest, UsageError> {
        let (title, message, components) = (self.text("title"), self.text("message"), self.text("components"));
        let (from, until) = (self.time("from"), self.time("until"));
        let components = self.need("components", components)?;
        let names = components.verbatim().split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(MaintenanceRequest::Schedule {
            title: self.need("title", title)?,
            message: self.need("message", message)?,
            components: names.map(str::to_owned).collect(),
            from: self.need("from", from)?,
            until: self.need("until", until)?,
            by_hand: self.flag("manual").unwrap_or(false),
        })
    }
}
