//! Lines that samples of several messages show.

use std::collections::BTreeMap;

use super::{ann, at};
use crate::{
    domain::{Timestamp, alert::ParentLink, ids::GroupId, text::Untrusted},
    render::SilenceLine,
};

/// A parent link by pattern; the value contains hostile markup.
pub(super) fn by_host() -> ParentLink {
    let values = BTreeMap::from([("instance".to_owned(), Untrusted::new("@everyone web-1"))]);
    ParentLink { parent: GroupId(uuid::Uuid::nil()), rule: "host".to_owned(), values, hidden: true }
}

pub(super) fn silence_line(title: Option<&str>, until: Option<Timestamp>) -> SilenceLine {
    SilenceLine {
        id: "0199".to_owned(),
        state: "active",
        matchers: vec!["service=\"api\"".into(), "severity=~\"warn.*|info\"".into()],
        of_group: title.is_some(),
        of_alert: false,
        title: title.map(Untrusted::new),
        maintenance: None,
        shelved: title.is_some(),
        from: at(0),
        until,
        person: Some(ann()),
        by: "ann".into(),
        comment: "deploy of *42*".into(),
        holds: 3,
    }
}
