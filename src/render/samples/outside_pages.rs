//! Samples of what becomes of pages at outside pagers.

use super::{ann, bob};
use crate::domain::{
    ids::PageId,
    incident::{IncidentEvent, OutsidePageEvent},
    pager::{MissReason, OutsideAnswer, PagerKind},
};

pub(super) fn events() -> Vec<(&'static str, IncidentEvent)> {
    let (page, pager) = (PageId(uuid::Uuid::nil()), PagerKind::PagerDuty);
    let link = || Some("https://acme.pagerduty.com/incidents/PINC001".to_owned());
    let accepted = |link, late| OutsidePageEvent::PageAcceptedOutside { page, pager, link, late };
    let missed = |why| OutsidePageEvent::PageMissedOutside { page, pager, why, people: vec![ann(), bob()] };
    let refused = MissReason::Refused("'routing_key' is *invalid*".to_owned());
    let answered = |answer, person| OutsidePageEvent::PageAnsweredOutside {
        page,
        pager,
        answer,
        person,
        name: "Eve *Adams*".to_owned(),
    };
    let whom = "Checkout".to_owned();
    let events = vec![
        ("full", OutsidePageEvent::PageSentOutside { page, pager, whom, accept_seconds: 30 }),
        ("full", accepted(link(), false)),
        ("bare", accepted(None, false)),
        ("late", accepted(link(), true)),
        ("late, bare", accepted(None, true)),
        ("full", missed(refused)),
        ("late", missed(MissReason::Late)),
        ("withheld", missed(MissReason::Withheld)),
        ("not configured", missed(MissReason::NotConfigured)),
        ("full", answered(OutsideAnswer::Acknowledged, Some(bob()))),
        ("by a stranger", answered(OutsideAnswer::Acknowledged, None)),
        ("resolved", answered(OutsideAnswer::Resolved, None)),
    ];
    events.into_iter().map(|(case, event)| (case, event.into())).collect()
}
