//! The plans of every statement with a join, for the test that none of them reads a whole table.

use super::{
    Reads, StoreError,
    alerts::storms,
    chat::{files, pruning},
    incidents::{fields, status_mirrors, status_page, timeline_messages},
    mirror::channels,
};

impl Reads<'_> {
    /// The plan of each statement with a join. Those of the built-in chat are listed there.
    pub(in crate::store) fn join_plans(&self) -> Result<Vec<(&'static str, Vec<String>)>, StoreError> {
        let mut plans = self.chat_plans()?;
        for (name, sql) in [
            ("newest public incidents", status_page::newest_sql()),
            ("open public incidents", status_page::open_sql()),
            ("incidents that a mirror lacks", status_mirrors::BEHIND.to_owned()),
            ("public incidents of a month", status_page::between_sql()),
            ("first public incident", status_page::FIRST.to_owned()),
            ("public incident of an address", status_page::BY_REFERENCE.to_owned()),
            ("file of a timeline", timeline_messages::TIMELINE_FILE.to_owned()),
            ("attachments of an incident", files::FILES_OF_INCIDENT.to_owned()),
            ("attachment of an incident", files::FILE_OF_INCIDENT.to_owned()),
            ("old messages", pruning::OLD_MESSAGES.to_owned()),
            ("old attachments", pruning::OLD_COPIES.to_owned()),
            ("old files of timelines", pruning::OLD_KEPT_FILES.to_owned()),
            ("channels of feeds", channels::FEED_CHANNELS.to_owned()),
            ("open channels", channels::OPEN_CHANNELS.to_owned()),
            ("hosts of a storm", storms::HOSTS.to_owned()),
            ("hosts of an incident", fields::HOSTS_OF_INCIDENT.to_owned()),
        ] {
            plans.push((name, self.query_plan(&sql)?));
        }
        Ok(plans)
    }
}
