//! Samples of messages about reports from users.

use minijinja::{context, value::Serde};

use super::{Sample, ann, at, by_ann};
use crate::{
    domain::{text::Untrusted, user_report::ReportChannel},
    render::{ReporterText, UserReportLine, user_reports::ReporterMailContext},
};

pub(super) fn samples() -> Vec<Sample> {
    let mut out = Vec::new();
    let cases = [
        ("open", open()),
        ("person", of_person()),
        ("declared", declared()),
        ("duplicate", duplicate()),
        ("closed", closed()),
    ];
    for (case, line) in cases {
        for template in ["chat/user_report.md", "chat/reply/report.md"] {
            out.push(Sample::new(template, case, context! { report => Serde(line.clone()) }));
        }
    }
    let shown = |case, line: UserReportLine, address: &str| {
        let address = Untrusted::from(address);
        Sample::new("chat/reply/report_show.md", case, context! { report => Serde(line), address => Serde(address) })
    };
    out.push(shown("open", open(), "zoe@example.com"));
    out.push(shown("erased", declared(), ""));
    let list = |case, reports: Vec<UserReportLine>, more| {
        Sample::new("chat/reply/reports.md", case, context! { reports => Serde(reports), more })
    };
    out.push(list("some", vec![open(), declared(), closed()], true));
    out.push(list("none", Vec::new(), false));
    out.push(Sample::new("report/untitled.txt", "a mail without a subject", ()));
    for text in mails() {
        for template in ["report/subject.txt", "report/mail.txt", "report/mail.html"] {
            let case = if text.answer.is_blank() { text.about } else { "answered" };
            let case = if text.about != "outcome" || text.public_title.is_blank() { case } else { "public" };
            out.push(Sample::new(template, case, ReporterMailContext::of(&text)));
        }
    }
    out
}

fn open() -> UserReportLine {
    UserReportLine {
        number: 7,
        channel: ReportChannel::Form,
        state: "open",
        title: "I cannot *pay*, @everyone".into(),
        details: "Since noon.\n# Error <500>".into(),
        person: None,
        name: "Zoe `Q`".into(),
        received_at: at(-5),
        incident: None,
        decided_by: None,
        decided_at: None,
    }
}

fn of_person() -> UserReportLine {
    UserReportLine {
        channel: ReportChannel::Console,
        person: Some(ann()),
        name: Untrusted::default(),
        details: Untrusted::default(),
        ..open()
    }
}

fn declared() -> UserReportLine {
    UserReportLine {
        state: "declared",
        name: Untrusted::default(),
        incident: Some("HOT-12".to_owned()),
        decided_by: Some(by_ann()),
        decided_at: Some(at(-1)),
        ..open()
    }
}

fn duplicate() -> UserReportLine {
    UserReportLine { state: "duplicate", ..declared() }
}

/// No incident, or one that not everybody may see.
fn closed() -> UserReportLine {
    UserReportLine { state: "closed", incident: None, ..declared() }
}

fn mails() -> Vec<ReporterText> {
    let base = ReporterText {
        number: 7,
        site: "Example status".to_owned(),
        status_url: "https://hot.example/status".to_owned(),
        ..ReporterText::default()
    };
    let title = || Untrusted::from("I cannot <b>pay</b>");
    let link = "https://hot.example/report-incident/verify/0123".to_owned();
    vec![
        ReporterText { about: "verify", link, hours: 24, ..base.clone() },
        ReporterText { about: "received", title: title(), ..base.clone() },
        ReporterText { about: "outcome", title: title(), ..base.clone() },
        ReporterText { about: "outcome", title: title(), public_title: "Payment <incident>".into(), ..base.clone() },
        ReporterText {
            about: "outcome",
            title: title(),
            answer: "Your card <expired>.\nTry another.".into(),
            ..base.clone()
        },
        ReporterText { about: "published", title: title(), public_title: "Payment <incident>".into(), ..base.clone() },
        ReporterText { about: "resolved", title: title(), public_title: "Payment <incident>".into(), ..base },
    ]
}
