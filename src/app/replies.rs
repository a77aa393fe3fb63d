//! What is answered to the one who spoke.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{App, commands::Asked, incidents::Written, reload::Reload};
use crate::{
    chat::{Form, Post, Reply, ReplyOutcome},
    command::{CommandSpec, UsageError},
    domain::{
        alert::AlertGroup,
        effect::Audience,
        event::{Event, Recorded},
        ids::{Key, PersonId},
        incident::{Incident, Refusal},
        oncall::Override,
        people::Access,
    },
    render::Voice,
    store::{Reads, StoreError},
};

fn reply(outcome: ReplyOutcome, post: Post) -> Reply {
    Reply { outcome, post, form: None, incident: None, room: None, data: None }
}

fn about(mut reply: Reply, incident: &Incident) -> Reply {
    reply.incident = Some(incident.key.clone());
    reply.room = incident.room.clone();
    reply
}

impl App {
    /// A reply from `templates/chat/reply/`.
    fn says(&self, name: &str, context: impl Serialize) -> Reply {
        let config = self.config.current();
        let voice = Voice::new(&self.renderer, &config, self.clock.now());
        reply(ReplyOutcome::Done, voice.reply(name, context))
    }
}

/// Why not.
pub(super) fn refused(app: &App, refusal: &Refusal) -> Reply {
    let config = app.config.current();
    let voice = Voice::new(&app.renderer, &config, app.clock.now());
    let data = serde_json::to_value(refusal).ok();
    Reply { data, ..reply(ReplyOutcome::Refused, voice.refusal(refusal)) }
}

/// Why the asker may not.
pub(super) fn forbidden(app: &App, refusal: &Refusal) -> Reply {
    Reply { outcome: ReplyOutcome::Forbidden, ..refused(app, refusal) }
}

/// What could not be understood.
pub(super) fn usage(app: &App, error: &UsageError) -> Reply {
    let config = app.config.current();
    let voice = Voice::new(&app.renderer, &config, app.clock.now());
    let data = serde_json::to_value(error).ok();
    Reply { data, ..reply(ReplyOutcome::Misunderstood, voice.usage(error)) }
}

/// A delivery id that was used already, for something else or for something that is still being done.
pub(super) fn repeated(app: &App) -> Reply {
    Reply { outcome: ReplyOutcome::Refused, ..app.says("repeated", context! {}) }
}

/// What was done, in the words in which the room hears it.
pub(super) fn done(asked: &Asked<'_>, written: &Written) -> Reply {
    let incident = &written.incident;
    let voice = Voice::new(&asked.app.renderer, asked.act.config, asked.act.now);
    let stream = Incident::stream(incident.id);
    let posts = written.events.iter().filter_map(|(seq, event)| {
        let recorded = Recorded {
            log_seq: 0,
            stream: stream.clone(),
            seq: *seq,
            at: asked.act.now,
            actor: asked.act.actor.clone(),
            event: Event::Incident(event.clone()),
        };
        voice.event(incident, &recorded, &Audience::HotRoom)
    });
    let post = posts.into_iter().next().map(|post| Post {
        kind: "reply".into(),
        mentions: Vec::new(),
        buttons: Vec::new(),
        ..post
    });
    let unchanged = || voice.reply("unchanged", context! { key => incident.key.to_string() });
    about(reply(ReplyOutcome::Done, post.unwrap_or_else(unchanged)), incident)
}

/// What was done to a group of alerts.
pub(super) fn group_done(asked: &Asked<'_>, group: &AlertGroup, name: &str) -> Reply {
    asked.app.says(name, context! { group => Serde(group) })
}

/// The incidents of a list.
pub(super) fn list(asked: &Asked<'_>, found: &[Incident]) -> Reply {
    let lines: Vec<_> = found
        .iter()
        .map(|incident| {
            context! {
                key => incident.key.to_string(), title => Serde(&incident.title), status => incident.status.as_str(),
                severity => incident.severity.name(), private => incident.private,
                room => incident.room.as_ref().map(|room| room.as_str()),
                manager => incident.holder(asked.act.config.policy.manager()).map(PersonId::as_str),
                since => Serde(incident.times.values().next().map(|time| time.first)),
            }
        })
        .collect();
    asked.app.says("list", context! { incidents => lines })
}

/// One incident: its card.
pub(super) fn info(reads: &Reads<'_>, asked: &Asked<'_>, incident: &Incident) -> Result<Reply, StoreError> {
    let voice = Voice::new(&asked.app.renderer, asked.act.config, asked.act.now);
    let facts = super::cards::facts(reads, asked.act, incident)?;
    let card = Post { kind: "reply".into(), ..voice.card(incident, &facts) };
    Ok(about(reply(ReplyOutcome::Done, card), incident))
}

/// Help for one command, one root, or all that the asker may say.
pub(super) fn help(app: &App, command: Option<&str>, access: Access) -> Reply {
    let wanted = |spec: &&CommandSpec| {
        let named = command.is_none_or(|name| spec.path == name || spec.path.starts_with(&format!("{name} ")));
        named && !spec.button && spec.access <= access
    };
    let specs: Vec<&CommandSpec> = app.catalog.commands().filter(wanted).collect();
    let lines: Vec<_> = specs
        .iter()
        .map(|spec| context! { usage => spec.usage(), summary => spec.summary.clone(), long => spec.help.clone() })
        .collect();
    app.says("help", context! { commands => lines, one => specs.len() == 1 })
}

/// Who is on call.
pub(super) fn on_call(app: &App, on_call: impl Serialize) -> Reply {
    app.says("on_call", context! { schedules => Serde(on_call) })
}

/// Someone was put on call.
pub(super) fn on_call_changed(app: &App, entry: &Override) -> Reply {
    app.says("on_call_changed", context! { entry => Serde(entry) })
}

/// Groups of alerts.
pub(super) fn groups(app: &App, groups: &[AlertGroup], incidents: &[Option<Key>]) -> Reply {
    let lines: Vec<_> = groups
        .iter()
        .zip(incidents)
        .map(|(group, key)| context! { group => Serde(group), key => key.as_ref().map(ToString::to_string) })
        .collect();
    app.says("groups", context! { groups => lines })
}

/// A form to fill in.
pub(super) fn form(app: &App, form: Form, incident: Option<&Incident>) -> Reply {
    let asked = app.says("form", context! { title => form.title.clone() });
    let asked = Reply { outcome: ReplyOutcome::Asked, form: Some(form), ..asked };
    incident.map_or_else(|| asked.clone(), |incident| about(asked.clone(), incident))
}

/// A sign-in link was made.
pub(super) fn invited(app: &App, person: &PersonId, link: &str) -> Reply {
    app.says("invited", context! { person => person.as_str(), link })
}

/// What a reload came to.
pub(super) fn reloaded(app: &App, reload: &Reload) -> Reply {
    let (outcome, mistakes, after_restart) = match reload {
        Reload::Taken { after_restart } => (ReplyOutcome::Done, Vec::new(), after_restart.clone()),
        Reload::Refused { mistakes } => (ReplyOutcome::Refused, mistakes.clone(), Vec::new()),
    };
    Reply { outcome, ..app.says("reloaded", context! { mistakes, after_restart }) }
}
