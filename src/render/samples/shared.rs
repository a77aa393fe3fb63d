//! Lines that samples of several messages show.

use std::collections::BTreeMap;

use super::{ann, at};
use crate::{
    domain::{
        Timestamp,
        alert::ParentLink,
        ids::{FieldId, GroupId},
        incident::{FieldChanges, FieldContent, IncidentEvent, LifecycleEvent},
        text::Untrusted,
    },
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

/// Fields of each sort, one of which loses its value.
pub(super) fn fields_changed() -> IncidentEvent {
    let value = |id: &str, value: Option<FieldContent>| (FieldId::from(id), value);
    LifecycleEvent::FieldsChanged {
        fields: FieldChanges::from([
            value("cause", Some(FieldContent::Word("licence_expiry".to_owned()))),
            value("root_cause", Some(FieldContent::Text(Untrusted::from("a @everyone *flag*")))),
            value("hosts", Some(FieldContent::Texts(vec![Untrusted::from("web-1"), Untrusted::from("<@1>")]))),
            value("services", Some(FieldContent::Words(vec!["checkout".to_owned(), "api".to_owned()]))),
            value("detection", None),
        ]),
        from_alerts: false,
    }
    .into()
}
