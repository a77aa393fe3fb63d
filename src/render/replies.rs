//! Replies to commands: `templates/chat/reply/`.

use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

use super::{
    MessageRenderer,
    profile::ProofLine,
    view::{FieldLine, GroupLine},
};
use crate::{
    chat::{Post, Tone},
    command::{Act, Bare, Catalog, CommandSpec, Form, ListScope, Root},
    domain::{
        Timestamp,
        alert::AlertGroup,
        contact::ContactProof,
        ids::{Key, PersonId, ScheduleId},
        incident::{DeliveryEvent, Incident, IncidentEvent, LifecycleEvent, Policy, TimelineEvent},
        people::{Access, Actor},
    },
};

/// Maximum number of event lines in a reply.
const MAX_LINES: usize = 4;

/// The people on call in one schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DutyLine {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The people on call; empty if nobody is.
    pub people: Vec<PersonId>,
    /// When the shift ends.
    pub until: Option<Timestamp>,
    /// The people on call next.
    pub next: Vec<PersonId>,
}

impl MessageRenderer<'_> {
    /// Builds the line that says how people were last proven to be reached; blank without people.
    pub fn proofs(&self, proofs: &[ProofLine]) -> String {
        self.reply("proofs", context! { proofs => Serde(proofs) }).footer.unwrap_or_default()
    }

    /// Builds the reply to a command that changed an incident. `here`: the command came from its room, so the reply
    /// does not name it.
    pub fn done<'e>(
        &self,
        incident: &Incident,
        events: impl IntoIterator<Item = &'e IncidentEvent>,
        actor: &Actor,
        here: bool,
    ) -> Post {
        let told = events.into_iter().filter(|event| is_told(event)).take(MAX_LINES);
        let lines: Vec<String> = told.map(|event| self.line(incident, event, actor)).collect();
        let lines = Value::from_safe_string(lines.join("\n"));
        let nothing_new: Option<&str> = None;
        good(self.reply("done", context! { incident => Serde(self.view(incident)), lines, here, nothing_new }))
    }

    /// Builds the reply to an invitation of people who are in the room already.
    pub fn nobody_new(&self, incident: &Incident, act: Act, here: bool) -> Post {
        let nothing_new = if act == Act::Join { "join" } else { "invite" };
        let view = self.view(incident);
        self.reply("done", context! { incident => Serde(view), lines => "", here, nothing_new })
    }

    /// Builds the reply to a declared incident.
    pub fn declared(&self, incident: &Incident) -> Post {
        good(self.reply("declared", context! { incident => Serde(self.view(incident)) }))
    }

    /// Builds a list of incidents: the newest ones of `count`.
    pub fn list(&self, incidents: &[Incident], count: u64, show: ListScope) -> Post {
        let views: Vec<_> = incidents.iter().map(|i| self.view(i)).collect();
        let show = match show {
            ListScope::Open => "open",
            ListScope::Resolved => "resolved",
            ListScope::Over => "over",
            ListScope::All => "all",
        };
        self.reply("list", context! { incidents => Serde(views), count, show })
    }

    /// Builds the list of the fields of an incident.
    pub fn fields(&self, incident: &Incident, policy: &Policy) -> Post {
        let lines: Vec<FieldLine<'_>> = incident.fields_of(policy).map(|spec| FieldLine::of(incident, spec)).collect();
        good(self.reply("field_list", context! { key => incident.key.to_string(), fields => Serde(lines) }))
    }

    /// Builds the text above a form.
    pub fn form(&self, form: &Form, incident: Option<&Incident>, missing: &[String]) -> Post {
        let labels: Vec<String> =
            form.inputs.iter().filter(|i| missing.contains(&i.name)).map(|i| i.label.clone()).collect();
        let view = incident.map(|i| self.view(i));
        // The declared help text is trusted and already chat markdown.
        let help = Value::from_safe_string(form.help.clone());
        self.reply("form", context! { help, incident => Serde(view), missing => labels })
    }

    /// Builds the help for one command, one root, or every command this person may use.
    pub fn help(&self, catalog: &Catalog, command: Option<&str>, access: Access) -> Post {
        let (template, context) = help_context(catalog, command, access);
        self.reply(template, context)
    }

    /// Builds the list of people on call.
    pub fn on_call(&self, lines: &[DutyLine], proofs: &[ContactProof]) -> Post {
        self.reply("on_call", context! { lines => Serde(lines), proofs => Serde(proofs) })
    }

    /// Builds a list of alert groups, each with its incident. `more`: there are more than these.
    pub fn groups(&self, groups: &[(AlertGroup, Option<Key>)], more: bool) -> Post {
        let lines: Vec<GroupLine> = groups.iter().map(|(group, key)| GroupLine::of(group, key.as_ref())).collect();
        self.reply("groups", context! { groups => Serde(lines), more })
    }

    /// Builds the reply to a request without an incident from `reply/<command>.md` and `context`.
    pub fn plain(&self, act: Act, context: impl Serialize) -> Post {
        good(self.reply(&act.path().replace([' ', '-'], "_"), context))
    }
}

/// Returns the help template and its context.
pub(super) fn help_context(catalog: &Catalog, command: Option<&str>, access: Access) -> (&'static str, Value) {
    if !is_root(catalog, command)
        && let Some(spec) = command.and_then(|path| catalog.command(path))
    {
        let form = spec.bare == Bare::Form;
        return ("help_command", context! { spec => Serde(CommandHelp::of(spec)), form });
    }
    let root = command.and_then(|word| catalog.root(word));
    let roots: Vec<RootHelp<'_>> = catalog
        .roots
        .iter()
        .filter(|r| root.is_none_or(|only| only.name == r.name))
        .map(|r| RootHelp::of(r, access))
        .filter(|r| !r.commands.is_empty())
        .collect();
    ("help", context! { roots => Serde(roots) })
}

fn good(mut post: Post) -> Post {
    post.tone = Tone::Good;
    post
}

/// True if the event is reported to its author. Timers follow automatically, and what resolved an incident is the
/// reason of its status change.
fn is_told(event: &IncidentEvent) -> bool {
    match event {
        IncidentEvent::Lifecycle(event) => match event {
            LifecycleEvent::ResolutionRecorded { .. } | LifecycleEvent::FieldsChanged { from_alerts: true, .. } => {
                false
            }
            LifecycleEvent::Declared { .. }
            | LifecycleEvent::StatusChanged { .. }
            | LifecycleEvent::SeverityChanged { .. }
            | LifecycleEvent::SeverityProposed { .. }
            | LifecycleEvent::PrivacyChanged { .. }
            | LifecycleEvent::Renamed { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Merged { .. }
            | LifecycleEvent::Absorbed { .. } => true,
        },
        IncidentEvent::Timeline(event) => match event {
            TimelineEvent::UpdateClockSet { .. } => false,
            TimelineEvent::UpdatePosted { .. }
            | TimelineEvent::UpdateDrafted { .. }
            | TimelineEvent::UpdateNudged { .. }
            | TimelineEvent::Snoozed { .. }
            | TimelineEvent::NoteAdded { .. }
            | TimelineEvent::TimelineAdded { .. }
            | TimelineEvent::MessageChanged { .. }
            | TimelineEvent::WordsTakenOut { .. }
            | TimelineEvent::TimeSet { .. } => true,
        },
        IncidentEvent::Delivery(event) => match event {
            DeliveryEvent::RoomOpened { .. } => false,
            DeliveryEvent::DeliveryFailed { .. }
            | DeliveryEvent::PersonUnreachable { .. }
            | DeliveryEvent::AccountUnknown { .. }
            | DeliveryEvent::RoomElsewhere { .. }
            | DeliveryEvent::StatusMirrorBehind { .. }
            | DeliveryEvent::StatusMirrorCaughtUp { .. } => true,
        },
        IncidentEvent::People(_)
        | IncidentEvent::Paging(_)
        | IncidentEvent::Alerts(_)
        | IncidentEvent::Public(_)
        | IncidentEvent::Tracker(_)
        | IncidentEvent::OutsidePage(_) => true,
    }
}

fn is_root(catalog: &Catalog, command: Option<&str>) -> bool {
    let root = command.and_then(|word| catalog.root(word.trim().trim_start_matches('/')));
    root.is_some_and(|r| r.commands.iter().filter(|c| !c.button).count() > 1)
}

#[derive(Serialize)]
struct RootHelp<'a> {
    name: &'a str,
    aliases: &'a [String],
    summary: &'a str,
    commands: Vec<CommandHelp<'a>>,
}

#[derive(Serialize)]
struct CommandHelp<'a> {
    path: &'a str,
    usage: String,
    summary: &'a str,
    help: Value,
    confirm: Option<&'a str>,
    access: Access,
    options: Vec<OptionHelp<'a>>,
}

#[derive(Serialize)]
struct OptionHelp<'a> {
    name: &'a str,
    help: &'a str,
    required: bool,
    choices: &'a [String],
}

impl<'a> RootHelp<'a> {
    fn of(root: &'a Root, access: Access) -> Self {
        let commands = root.commands.iter().filter(|c| !c.button && c.access <= access);
        Self {
            name: &root.name,
            aliases: &root.aliases,
            summary: &root.summary,
            commands: commands.map(CommandHelp::of).collect(),
        }
    }
}

impl<'a> CommandHelp<'a> {
    fn of(spec: &'a CommandSpec) -> Self {
        Self {
            path: &spec.path,
            usage: spec.usage(),
            summary: &spec.summary,
            // The declared help text is trusted and already chat markdown.
            help: Value::from_safe_string(spec.help.clone()),
            confirm: spec.confirm.as_deref(),
            access: spec.access,
            options: spec
                .options
                .iter()
                .map(|o| OptionHelp {
                    name: &o.name,
                    help: &o.help,
                    required: o.required && o.default.is_none(),
                    choices: &o.choices,
                })
                .collect(),
        }
    }
}
