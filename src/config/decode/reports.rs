//! Decodes `[reports]`.

use super::{DAY, HOUR, contact, seconds};
use crate::{
    config::{kinds, model::ReportsConfig, read::Section},
    domain::{
        ids::RoomId,
        user_report::{ReportForm, UserReportPolicy},
    },
};

pub(super) fn reports(s: &Section<'_>) -> ReportsConfig {
    let form = s.need("form", "off, signed_in or public", |value| kinds::word(value, &ReportForm::WORDS));
    let form = form.unwrap_or(ReportForm::Off);
    let feed = RoomId::new(s.need("feed", "name", kinds::id).unwrap_or_default());
    let mailbox = s.table("mail", contact::report_mailbox).flatten();
    let service_desk = s.table("servicedesk", |desk| desk.needed_secret("secret")).flatten();
    let policy = UserReportPolicy {
        on: form != ReportForm::Off || mailbox.is_some() || service_desk.is_some(),
        form,
        feed,
        verify_within: s.duration("verify_within", seconds(HOUR, 7 * DAY)),
        erase_after: s.duration("erase_after", seconds(DAY, 365 * DAY)),
        per_hour: s.count("per_hour", 1..=10_000),
    };
    ReportsConfig { policy, mailbox, service_desk }
}
