//! The part of `hotroom check` about reports from users.

use crate::{
    cli::{Exit, Report},
    config::Config,
    contact::mail::{ReportMailbox, examine_mailbox},
    domain::user_report::ReportForm,
    net::Dialer,
};

/// Says how people can report something, where that goes, and what is missing. Whether `public` has a mail server is
/// checked when the file is read, and the server itself with `[mail]`.
pub(super) fn check(config: &Config, report: &mut Report) {
    let reports = &config.reports.policy;
    if !reports.on {
        return;
    }
    report.say(format!("reports from users are triaged in {}", reports.feed));
    let url = &config.server.public_url;
    match reports.form {
        ReportForm::Off => {}
        ReportForm::SignedIn => report.say(format!("people of the console can report at {url}/report-incident")),
        ReportForm::Public => report.say(format!("everybody can report at {url}/report-incident")),
    }
    if reports.form == ReportForm::Public && config.server.outside_url().is_none() {
        report.say(
            "warning: [server] public_url is not set, or is an address of this machine: reporters cannot open the link that \
             confirms their mail address",
        );
    }
    if config.contact.mail.is_none() {
        report.say("[reports] without [mail]: reporters are not informed of what became of their report");
    }
    if config.reports.service_desk.is_some() {
        report.say(format!("a service desk can post reports to {url}/hooks/servicedesk"));
    }
    if let Some(mailbox) = &config.reports.mailbox {
        examine(config, mailbox, report);
    }
}

fn examine(config: &Config, mailbox: &ReportMailbox, report: &mut Report) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    match runtime.block_on(examine_mailbox(mailbox.into(), &Dialer::through(&config.net))) {
        Ok(said) => report.say(format!("[reports.mail]: {said}")),
        Err(why) => report.find(Exit::Failed, format!("[reports.mail] {}: {why}", mailbox.server)),
    }
}
