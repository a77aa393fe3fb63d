//! Taking a changed `bot.toml` while running. Whatever comes of it is in the audit log.

use super::notices;
use crate::{
    app::{
        App, Context, alerts, contacts,
        incidents::{StrandedIncidents, status_page},
        oncall::readiness,
        reactor, status_mirrors, tracker,
    },
    chat::builtin::ConfiguredRooms,
    config::{Config, Mistakes, ReloadOutcome},
    domain::{event::SystemEvent, ids::PersonId, people::Actor},
    store::{StoreError, Tx},
};

/// What a reload came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The new file is in force.
    Taken {
        /// Settings that keep their old value until the next start.
        after_restart: Vec<String>,
        /// Incidents that nobody can work on now.
        stranded: StrandedIncidents,
    },
    /// There is no file: the built-in settings stay in force.
    NoFile,
    /// The old file stays in force.
    Refused {
        /// Every mistake, with file and line.
        mistakes: Vec<String>,
    },
}

/// Signs out everyone who is no longer in `[[people]]`: coming back later must not revive an old cookie.
pub fn end_sessions_of_removed(tx: &mut Tx<'_>, config: &Config) -> Result<(), StoreError> {
    let known: Vec<PersonId> = config.people.iter().map(|person| person.id.clone()).collect();
    let gone = tx.end_sessions_of_others(&known)?;
    if !gone.is_empty() {
        tracing::info!(people = ?gone, "sessions of people who were removed were ended");
    }
    Ok(())
}

impl App {
    /// Reads the file again. An invalid file keeps the old configuration and says why.
    ///
    /// # Errors
    /// [`StoreError`] when the audit log could not be written; the configuration is then in force all the same.
    pub async fn reload(&self, actor: &Actor, request: &str) -> Result<Reload, StoreError> {
        self.note_reload(self.config.reload(), actor, request).await
    }

    /// Writes down how reading the file again went.
    ///
    /// # Errors
    /// As [`App::reload`].
    pub async fn note_reload(
        &self,
        answer: Result<ReloadOutcome, Mistakes>,
        actor: &Actor,
        request: &str,
    ) -> Result<Reload, StoreError> {
        let (reload, event) = match answer {
            Ok(taken) if taken.no_file => return Ok(Reload::NoFile),
            Ok(taken) => {
                let after_restart = taken.after_restart.iter().map(|&setting| setting.to_owned()).collect();
                let event = SystemEvent::ConfigReloaded { digest: taken.config.digest.clone() };
                (Reload::Taken { after_restart, stranded: StrandedIncidents::default() }, event)
            }
            Err(mistakes) => {
                let mistakes = mistakes.lines();
                metrics::counter!("hotroom_config_refused_total").increment(1);
                (Reload::Refused { mistakes: mistakes.clone() }, SystemEvent::ConfigRefused { mistakes })
            }
        };
        let (actor, now, request) = (actor.clone(), self.clock.now(), request.to_owned());
        let config = self.config.current();
        let write = move |tx: &mut Tx<'_>| {
            // A feed or a person that is new in the file must have its room before anything is said there.
            ConfiguredRooms::new(&config).make(tx, now)?;
            status_page::register(tx, &config, now)?;
            alerts::watch_new_sources(tx, &config, now)?;
            alerts::heartbeats::adopt(tx, &config, now)?;
            if matches!(event, SystemEvent::ConfigReloaded { .. }) {
                tx.enable_webhooks()?;
            }
            end_sessions_of_removed(tx, &config)?;
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            reactor::run(tx, cx, |tx, work| alerts::rules_in_force(tx, cx, work))?;
            contacts::configured::synchronize(tx, cx)?;
            status_mirrors::catch_up(tx, cx)?;
            tracker::polling::watch(tx, cx)?;
            tracker::boards::watch(tx, cx)?;
            contacts::weekly::plan_all(tx, cx)?;
            readiness::plan_post(tx, cx)?;
            notices::note(tx, cx, event.clone())?;
            StrandedIncidents::find(tx, &config)
        };
        let found = self.store.transact_urgent(write).await?;
        found.warn();
        Ok(match reload {
            Reload::Taken { after_restart, .. } => Reload::Taken { after_restart, stranded: found },
            other @ (Reload::NoFile | Reload::Refused { .. }) => other,
        })
    }
}
