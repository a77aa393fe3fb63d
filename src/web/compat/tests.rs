//! The responses of compatible endpoints, compared with recorded ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    shared_files::shared,
    web::world::{World, at, declare},
};

/// Every path of a document with the type of its value: `[].labels{}` is any label. Members of `labels` and
/// `annotations` are data.
fn shape(value: &Value, place: &str, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let sort = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(items) => {
            items.iter().for_each(|item| shape(item, &format!("{place}[]"), found));
            "list"
        }
        Value::Object(members) => {
            let data = place.ends_with("labels") || place.ends_with("annotations");
            for (name, member) in members {
                let below = if data { format!("{place}{{}}") } else { format!("{place}.{name}") };
                shape(member, &below, found);
            }
            "object"
        }
    };
    found.entry(place.to_owned()).or_default().insert(sort);
}

fn shape_of(text: &str) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut found = BTreeMap::new();
    shape(&serde_json::from_str(text).unwrap(), "", &mut found);
    found
}

#[tokio::test]
async fn groups_have_the_shape_that_alertmanager_has() {
    let Some(recorded) = shared("payloads/alertmanager_api/karma_0.25.0_alerts_groups.json") else { return };
    let world = World::new().await;
    let incident = world.declares(declare("Slow"), at(0)).await;
    world.fires(&incident, "Latency", at(1)).await;
    let browser = world.browser("ann").await;
    let (status, told) = browser.get("/api/v2/alerts/groups").await;
    assert_eq!(status, 200, "{told}");
    let (mut ours, theirs) = (shape_of(&told), shape_of(&recorded));
    // Only later versions have it; clients of 0.25 ignore it.
    assert!(ours.remove("[].alerts[].status.mutedBy").is_some());
    for (place, sorts) in &ours {
        let known = theirs.get(place).unwrap_or_else(|| panic!("Alertmanager has no {place}"));
        assert!(sorts.is_subset(known), "{place}: {sorts:?}, but {known:?} in Alertmanager");
    }
    let optional = |place: &&String| place.contains("edBy[]") || place.contains("annotations{}");
    let missing: Vec<_> = theirs.keys().filter(|place| !ours.contains_key(*place)).filter(|p| !optional(p)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
