//! Cachet 2 and 3, by their REST APIs: two dialects, told apart by where they answer.
//!
//! Cachet keeps nothing of ours beside the texts, so each text ends with a line that Markdown does not show: the reference of
//! the incident, the number of the update and a digest of the text. Components are changed by calls of their own: Cachet 3
//! shows a component that is linked to an open incident with the status of that link, which no call changes.

mod dialect;
mod mark;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    StatusMirrorContext, StatusMirrorDescription, StatusMirrorFailure, removed,
    text::{cut, without_html},
};
use crate::{
    domain::status::{MirroredComponent, MirroredIncident, MirroredPost, MirroredUpdate, update_digest},
    net::{HttpCall, UrlOrigin},
};
use dialect::{CachetDialect, Record, records};
use mark::UpdateMark;

/// The largest answer: a hundred incidents with their texts.
const LARGEST: usize = 8 << 20;
/// How many of the newest incidents are searched, and how many updates of one are read.
const LISTED: usize = 100;
/// How many components are read.
const MOST_COMPONENTS: usize = 1_000;
/// The longest title.
const LONGEST_NAME: usize = 255;

/// A Cachet.
#[derive(Clone, Debug)]
pub struct CachetSettings {
    /// Where the page is, without the path of the API.
    pub url: String,
    /// The token of a user of the API.
    pub token: SecretString,
}

/// What is read of an incident.
struct CachetIncident {
    id: String,
    name: String,
    status: i64,
    /// The texts that carry a mark of ours: the message of the incident, and its updates.
    texts: Vec<CachetText>,
}

/// A text of an incident.
struct CachetText {
    /// The id of the update; `None` for the message of the incident.
    update: Option<String>,
    status: i64,
    mark: UpdateMark,
}

impl CachetSettings {
    /// Brings an incident and its components up to date.
    pub(super) async fn publish(
        &self,
        cx: StatusMirrorContext<'_>,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        let cachet = self.connect(cx).await?;
        let id = match cachet.find(incident, known).await? {
            Some(there) => cachet.update(incident, there).await?,
            None => cachet.create(incident).await?,
        };
        for component in &incident.components {
            cachet.set_component(component).await?;
        }
        Ok(MirroredPost { remote: id, updates: BTreeMap::new() })
    }

    /// Removes an incident.
    pub(super) async fn withdraw(
        &self,
        cx: StatusMirrorContext<'_>,
        reference: &str,
        known: Option<&MirroredPost>,
    ) -> Result<(), StatusMirrorFailure> {
        let cachet = self.connect(cx).await?;
        let id = match known {
            Some(known) => Some(known.remote.clone()),
            None => cachet.search(reference).await?,
        };
        let Some(id) = id else { return Ok(()) };
        removed(cx.http.send(cachet.call(Method::DELETE, &format!("/incidents/{id}"))).await)
    }

    /// Reads the version and the components.
    pub(super) async fn describe(
        &self,
        cx: StatusMirrorContext<'_>,
    ) -> Result<StatusMirrorDescription, StatusMirrorFailure> {
        let cachet = self.connect(cx).await?;
        let answer = cachet.read(&format!("/components?per_page={MOST_COMPONENTS}")).await?;
        let components = records(cachet.dialect, &answer);
        let components = components.map(|known| Ok((known.id()?, known.text("name").to_owned())));
        Ok(StatusMirrorDescription {
            name: cachet.dialect.name().to_owned(),
            components: components.collect::<Result<_, _>>()?,
        })
    }

    /// Gives a component a name.
    pub(super) async fn rename_component(
        &self,
        cx: StatusMirrorContext<'_>,
        component: &str,
        name: &str,
    ) -> Result<(), StatusMirrorFailure> {
        let cachet = self.connect(cx).await?;
        let there = cachet.read(&format!("/components/{component}")).await?;
        let body = cachet.component_body(&there, json!({"name": name}));
        cachet.write(Method::PUT, &format!("/components/{component}"), &body).await.map(drop)
    }

    /// Finds out which dialect is spoken.
    async fn connect<'a>(&'a self, cx: StatusMirrorContext<'a>) -> Result<Connection<'a>, StatusMirrorFailure> {
        for dialect in [CachetDialect::V3, CachetDialect::V2] {
            let connection = Connection { settings: self, cx, dialect };
            match connection.read("/ping").await {
                Ok(answer) if answer["data"] == "Pong!" => return Ok(connection),
                Ok(_) => {}
                Err(failure) if failure.status() == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        let what = "no Cachet answers at api/ping or api/v1/ping; check url, which is the address of the page";
        Err(StatusMirrorFailure::NoApi(what.to_owned()))
    }
}

/// A Cachet whose dialect is known.
struct Connection<'a> {
    settings: &'a CachetSettings,
    cx: StatusMirrorContext<'a>,
    dialect: CachetDialect,
}

impl Connection<'_> {
    /// Looks for an incident: by its id, and by our reference in its message among the newest.
    async fn find(
        &self,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<Option<CachetIncident>, StatusMirrorFailure> {
        if let Some(known) = known {
            match self.read(&format!("/incidents/{}", known.remote)).await {
                Ok(answer) => {
                    return self.with_texts(incident, Record::of(self.dialect, &answer["data"])).await.map(Some);
                }
                // It was deleted there.
                Err(failure) if failure.status() == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        match self.search(&incident.reference).await? {
            Some(id) => {
                let answer = self.read(&format!("/incidents/{id}")).await?;
                self.with_texts(incident, Record::of(self.dialect, &answer["data"])).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Looks for the id of the incident with this reference among the newest.
    async fn search(&self, reference: &str) -> Result<Option<String>, StatusMirrorFailure> {
        let answer = self.read(&self.dialect.newest_incidents(LISTED)).await?;
        let ours = |record: &Record<'_>| UpdateMark::find(record.text("message"), reference).is_some();
        records(self.dialect, &answer).find(ours).map(|record| record.id()).transpose()
    }

    /// Reads the updates of an incident.
    async fn with_texts(
        &self,
        incident: &MirroredIncident,
        record: Record<'_>,
    ) -> Result<CachetIncident, StatusMirrorFailure> {
        let id = record.id()?;
        let updates = self.read(&format!("/incidents/{id}/updates?per_page={LISTED}")).await?;
        let mark = |record: &Record<'_>| UpdateMark::find(record.text("message"), &incident.reference);
        let (name, status) = (record.text("name").to_owned(), record.number("status"));
        let own = mark(&record).map(|mark| CachetText { update: None, status, mark });
        let mut texts: Vec<CachetText> = own.into_iter().collect();
        for update in records(self.dialect, &updates) {
            let Some(mark) = mark(&update) else { continue };
            texts.push(CachetText { update: Some(update.id()?), status: update.number("status"), mark });
        }
        Ok(CachetIncident { id, name, status, texts })
    }

    async fn create(&self, incident: &MirroredIncident) -> Result<String, StatusMirrorFailure> {
        let message = incident.newest().map(|update| marked(incident, update)).unwrap_or_default();
        let body = json!({
            "name": cut(&incident.name, LONGEST_NAME),
            "message": message,
            "status": dialect::incident_status(incident.status),
            "visible": self.dialect.flag(true),
            "stickied": self.dialect.flag(false),
            // Nobody needs a message about an incident that they hear of after its end.
            self.dialect.notify_field(): self.dialect.flag(incident.notify && !incident.is_over()),
            "occurred_at": incident.started_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        });
        let answer = self.write(Method::POST, "/incidents", &body).await?;
        Record::of(self.dialect, &answer["data"]).id()
    }

    /// Posts the newest update if it is not there, and corrects what differs.
    async fn update(&self, incident: &MirroredIncident, there: CachetIncident) -> Result<String, StatusMirrorFailure> {
        let newest_there = there.texts.iter().map(|text| text.mark.number).max().unwrap_or(0);
        let news = incident.newest().filter(|update| update.number > newest_there);
        for text in &there.texts {
            let Some(update) = incident.updates.iter().find(|update| update.number == text.mark.number) else {
                continue;
            };
            if text.mark.digest != update_digest(&update.body) {
                self.edit(incident, &there.id, text, update).await?;
            }
        }
        if let Some(update) = news {
            let body = json!({"status": dialect::incident_status(update.status), "message": marked(incident, update)});
            self.write(Method::POST, &format!("/incidents/{}/updates", there.id), &body).await?;
        }
        let (name, status) = (cut(&incident.name, LONGEST_NAME), dialect::incident_status(incident.status));
        // An update changes the status of its incident.
        if there.name != name || (news.is_none() && there.status != status) {
            let body = self.incident_body(json!({"name": name, "status": status}));
            self.write(Method::PUT, &format!("/incidents/{}", there.id), &body).await?;
        }
        Ok(there.id)
    }

    async fn edit(
        &self,
        incident: &MirroredIncident,
        id: &str,
        text: &CachetText,
        update: &MirroredUpdate,
    ) -> Result<(), StatusMirrorFailure> {
        let message = marked(incident, update);
        let (path, body) = match &text.update {
            Some(update) => {
                (format!("/incidents/{id}/updates/{update}"), json!({"status": text.status, "message": message}))
            }
            None => (format!("/incidents/{id}"), self.incident_body(json!({"message": message}))),
        };
        self.write(Method::PUT, &path, &body).await.map(drop)
    }

    /// A change of an incident: Cachet 2 resets what it is not told.
    fn incident_body(&self, mut change: Value) -> Value {
        match self.dialect {
            CachetDialect::V2 => {
                change["visible"] = self.dialect.flag(true);
                change["notify"] = self.dialect.flag(false);
            }
            CachetDialect::V3 => {}
        }
        change
    }

    /// Sets the status of a component, if it is another one.
    async fn set_component(&self, component: &MirroredComponent) -> Result<(), StatusMirrorFailure> {
        let path = format!("/components/{}", component.remote);
        let there = self.read(&path).await?;
        let status = self.dialect.component_status(component.status);
        if Record::of(self.dialect, &there["data"]).number("status") == status {
            return Ok(());
        }
        let body = self.component_body(&there, json!({"status": status}));
        self.write(Method::PUT, &path, &body).await.map(drop)
    }

    /// A change of a component: Cachet 2 disables one unless it is told otherwise.
    fn component_body(&self, there: &Value, mut change: Value) -> Value {
        match self.dialect {
            CachetDialect::V2 => change["enabled"] = there["data"]["enabled"].as_bool().unwrap_or(true).into(),
            CachetDialect::V3 => {}
        }
        change
    }

    async fn read(&self, path: &str) -> Result<Value, StatusMirrorFailure> {
        let answer = self.cx.http.send(self.call(Method::GET, path)).await.map_err(StatusMirrorFailure::Read)?;
        answer.json().map_err(StatusMirrorFailure::Read)
    }

    async fn write(&self, method: Method, path: &str, body: &Value) -> Result<Value, StatusMirrorFailure> {
        let call = self.call(method, path).json(body.to_string().into_bytes());
        let answer = self.cx.http.send(call).await.map_err(StatusMirrorFailure::Write)?;
        answer.json().map_err(StatusMirrorFailure::Write)
    }

    fn call(&self, method: Method, path: &str) -> HttpCall {
        let base = self.settings.url.trim_end_matches('/');
        let url = format!("{base}{}{path}", self.dialect.path());
        let call = HttpCall::new(method, url, UrlOrigin::Config).header("accept", "application/json").at_most(LARGEST);
        self.dialect.authorize(call, &self.settings.token)
    }
}

/// The text of an update with its mark.
fn marked(incident: &MirroredIncident, update: &MirroredUpdate) -> String {
    let mark = UpdateMark { number: update.number, digest: update_digest(&update.body) };
    format!("{}\n\n{}", without_html(&update.body), mark.line(&incident.reference))
}
