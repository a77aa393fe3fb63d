//! Builds replies to commands: outcome, rendered text, room to open.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::invocation::Invocation;
use crate::app::App;
use crate::app::incidents::timeline::SentBefore;
use crate::app::incidents::{IncidentUpdate, StrandedIncidents};
use crate::app::oncall::readiness::ReadinessReport;
use crate::app::system::reload::Reload;
use crate::chat::Reply;
use crate::chat::ReplyOutcome;
use crate::chat::{Post, PostKind};
use crate::command::Form;
use crate::command::ListFilter;
use crate::command::UsageError;
use crate::command::{Act, Ask, OnCallAct};
use crate::domain::alert::AlertGroup;
use crate::domain::alert::SilencePreview;
use crate::domain::contact::{ContactProof, ScheduleGap};
use crate::domain::ids::Key;
use crate::domain::incident::Incident;
use crate::domain::incident::{IncidentEvent, LifecycleEvent};
use crate::domain::people::Access;
use crate::domain::refusal::Refusal;
use crate::render::BoardFacts;
use crate::render::DutyLine;
use crate::render::MessageRenderer;
use crate::render::ProofLine;
use crate::render::SilenceLine;
use crate::render::WhyView;
use crate::store::Reads;
use crate::store::StoreError;

/// How many gaps a reply names.
const GAPS: usize = 10;

fn reply(outcome: ReplyOutcome, post: Post) -> Reply {
    Reply { outcome, post, form: None, incident: None, room: None, data: None }
}

fn about(reply: Reply, incident: &Incident) -> Reply {
    Reply { incident: Some(incident.key.clone()), room: incident.room.clone(), ..reply }
}

impl App {
    /// Renders with the configuration in force.
    fn with_messages<T>(&self, render: impl FnOnce(&MessageRenderer<'_>) -> T) -> T {
        let config = self.config.current();
        render(&MessageRenderer::new(&self.renderer, &config, self.clock.now()))
    }
}

impl App {
    /// The reply to a command that could not be stored.
    pub fn busy(&self, error: &StoreError) -> Reply {
        reply(
            ReplyOutcome::Refused,
            self.with_messages(|messages| messages.reply("busy", context! { why => error.to_string() })),
        )
    }

    /// The reply to someone whom this bot does not serve.
    pub fn elsewhere(&self) -> Reply {
        reply(ReplyOutcome::Forbidden, self.with_messages(|messages| messages.reply("elsewhere", context! {})))
    }

    /// The question before a command that cannot be undone, and the label of the button that confirms it.
    pub fn confirmation(&self, line: &str) -> (String, String) {
        let words: Vec<&str> = line.trim_start_matches('/').split_whitespace().take(2).collect();
        let spec = self.catalog.command(&words.join(" ")).or_else(|| self.catalog.command(words.first()?));
        let question = spec.and_then(|spec| spec.confirm.clone()).unwrap_or_else(|| format!("{line}?"));
        (question, spec.map_or_else(|| line.to_owned(), |spec| spec.submit.clone()))
    }
}

impl Invocation<'_> {
    fn message_renderer(&self) -> MessageRenderer<'_> {
        MessageRenderer::new(&self.app.renderer, self.cx.config, self.cx.now)
    }

    /// A reply about nothing in particular.
    pub(in crate::app) fn plain(&self, act: Act, context: impl Serialize) -> Reply {
        reply(ReplyOutcome::Done, self.message_renderer().plain(act, context))
    }
}

/// The reply to a redaction, with the ways by which the text may have left before.
pub(in crate::app) fn with_sent_before(invocation: &Invocation<'_>, mut reply: Reply, sent: &SentBefore) -> Reply {
    if reply.outcome == ReplyOutcome::Done {
        let text = invocation.message_renderer().reply("not_taken_back", sent).text;
        if !text.trim().is_empty() {
            reply.post.text = [reply.post.text.trim_end(), text.trim()].join("\n");
        }
    }
    reply
}

/// The reply with a warning that nothing is sent, if sending is paused.
pub(in crate::app) fn while_paused(invocation: &Invocation<'_>, mut reply: Reply, paused: Option<&str>) -> Reply {
    if let Some(why) = paused
        && reply.outcome == ReplyOutcome::Done
    {
        let warning = invocation.message_renderer().reply("paused", context! { why });
        reply.post.text = format!("{}\n{}", warning.text, reply.post.text);
        reply.post.tone = warning.tone;
    }
    reply
}

/// What a form would show to customers.
pub(in crate::app) fn form_preview(app: &App, context: minijinja::Value) -> Post {
    app.with_messages(|messages| messages.reply("form_preview", context))
}

/// What was entered is not stored any more.
pub(in crate::app) fn draft_expired(app: &App) -> Post {
    app.with_messages(|messages| messages.reply("draft_expired", context! {}))
}

/// What was done to a post-mortem, and its state.
pub(in crate::app) fn postmortem(incident: &Incident, post: Post) -> Reply {
    about(reply(ReplyOutcome::Done, post), incident)
}

/// A list.
pub(in crate::app) fn listed(post: Post) -> Reply {
    reply(ReplyOutcome::Done, post)
}

/// Boards, with the names of those that there are.
pub(in crate::app) fn boards(invocation: &Invocation<'_>, boards: &[BoardFacts], known: &[String]) -> Reply {
    let data = boards.iter().map(|facts| serde_json::json!({ "name": facts.name, "columns": facts.state.columns }));
    let data = Some(data.collect());
    Reply { data, ..reply(ReplyOutcome::Done, invocation.message_renderer().boards(boards, known)) }
}

/// Why not.
pub(in crate::app) fn refused(app: &App, refusal: &Refusal) -> Reply {
    let data = serde_json::to_value(refusal).ok();
    Reply { data, ..reply(ReplyOutcome::Refused, app.with_messages(|messages| messages.refusal(refusal))) }
}

/// Why the asker may not.
pub(in crate::app) fn forbidden(app: &App, refusal: &Refusal) -> Reply {
    Reply { outcome: ReplyOutcome::Forbidden, ..refused(app, refusal) }
}

/// What could not be understood.
pub(in crate::app) fn usage(app: &App, error: &UsageError) -> Reply {
    let data = serde_json::to_value(error).ok();
    Reply { data, ..reply(ReplyOutcome::Misunderstood, app.with_messages(|messages| messages.usage(error))) }
}

/// What is wrong with one field of a form, by the label of the field and without markup.
pub(in crate::app) fn field_error(app: &App, error: &UsageError, label: &str) -> String {
    app.with_messages(|messages| messages.field_error(error, label))
}

/// A delivery id that was used for something else, or for something whose reply was not saved.
pub(in crate::app) fn repeated(app: &App) -> Reply {
    reply(ReplyOutcome::Refused, app.with_messages(|messages| messages.reply("repeated", context! {})))
}

/// What was done to an incident, in the words of its room.
pub(in crate::app) fn done(invocation: &Invocation<'_>, written: &IncidentUpdate) -> Reply {
    let incident = &written.incident;
    let declared = written
        .events
        .iter()
        .any(|(_, event)| matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::Declared { .. })));
    let here = invocation.here.as_ref().is_some_and(|here| here.id == incident.id);
    let events = written.events.iter().map(|(_, event)| event);
    let messages = invocation.message_renderer();
    let post =
        if declared { messages.declared(incident) } else { messages.done(incident, events, invocation.cx.actor, here) };
    about(reply(ReplyOutcome::Done, post), incident)
}

/// The reply to an invitation of people who are in the room already.
pub(in crate::app) fn nobody_new(invocation: &Invocation<'_>, incident: &Incident, act: Act) -> Reply {
    let here = invocation.here.as_ref().is_some_and(|here| here.id == incident.id);
    about(reply(ReplyOutcome::Done, invocation.message_renderer().nobody_new(incident, act, here)), incident)
}

/// The reply with how people were last proven to be reached.
pub(in crate::app) fn with_proofs(invocation: &Invocation<'_>, mut reply: Reply, proofs: &[ProofLine]) -> Reply {
    let line = invocation.message_renderer().proofs(proofs);
    if !line.trim().is_empty() {
        reply.post.text = format!("{}\n{}", reply.post.text.trim_end(), line.trim());
    }
    reply
}

/// The reply with an offer below it.
pub(in crate::app) fn with_offer(
    invocation: &Invocation<'_>,
    mut reply: Reply,
    template: &str,
    context: minijinja::Value,
) -> Reply {
    let offer = invocation.message_renderer().reply(template, context);
    reply.post.text = format!("{}\n\n{}", reply.post.text.trim_end(), offer.text);
    reply.post.buttons.extend(offer.buttons);
    reply
}

/// What became of a page that belongs to no incident.
pub(in crate::app) fn page(invocation: &Invocation<'_>, context: minijinja::Value) -> Reply {
    reply(ReplyOutcome::Done, invocation.message_renderer().plain(Act::Page, context))
}

/// The newest incidents of a list, and how many it has.
pub(in crate::app) fn list(invocation: &Invocation<'_>, found: &[Incident], count: u64, filter: &ListFilter) -> Reply {
    reply(ReplyOutcome::Done, invocation.message_renderer().list(found, count, filter.show))
}

/// One incident: its card.
/// The fields of an incident.
pub(in crate::app) fn fields(
    _: &Reads<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
) -> Result<Reply, StoreError> {
    let post = invocation.message_renderer().fields(incident, &invocation.cx.config.policy);
    Ok(about(reply(ReplyOutcome::Done, post), incident))
}

pub(in crate::app) fn info(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
) -> Result<Reply, StoreError> {
    let card =
        invocation.message_renderer().card(incident, &crate::app::card_facts::facts(reads, invocation.cx, incident)?);
    Ok(about(reply(ReplyOutcome::Done, Post { kind: PostKind::Reply, ..card }), incident))
}

/// Help for one command, one root, or all that the person may use.
pub(in crate::app) fn help(app: &App, command: Option<&str>, access: Access) -> Reply {
    reply(ReplyOutcome::Done, app.with_messages(|messages| messages.help(&app.catalog, command, access)))
}

/// Who is on call.
pub(in crate::app) fn readiness(invocation: &Invocation<'_>, report: &ReadinessReport) -> Reply {
    invocation.plain(Act::OnCall(OnCallAct::Readiness), report)
}

/// When nobody will be on call.
pub(in crate::app) fn gaps(invocation: &Invocation<'_>, gaps: &[ScheduleGap]) -> Reply {
    let rest = gaps.len().saturating_sub(GAPS);
    let shown = &gaps[..gaps.len() - rest];
    invocation.plain(Act::OnCall(OnCallAct::Gaps), context! { gaps => Serde(shown), rest => rest })
}

pub(in crate::app) fn on_call(invocation: &Invocation<'_>, lines: &[DutyLine], proofs: &[ContactProof]) -> Reply {
    reply(ReplyOutcome::Done, invocation.message_renderer().on_call(lines, proofs))
}

/// Groups of alerts. `more`: there are more than these.
pub(in crate::app) fn groups(invocation: &Invocation<'_>, groups: &[(AlertGroup, Option<Key>)], more: bool) -> Reply {
    reply(ReplyOutcome::Done, invocation.message_renderer().groups(groups, more))
}

/// Silences, each with what it matches. `more`: there are more than these.
pub(in crate::app) fn silences(invocation: &Invocation<'_>, lines: &[SilenceLine], more: bool) -> Reply {
    let data = serde_json::to_value(lines).ok();
    Reply { data, ..reply(ReplyOutcome::Done, invocation.message_renderer().silences(lines, more)) }
}

/// Why a group of alerts is where it is.
pub(in crate::app) fn why(invocation: &Invocation<'_>, why: &WhyView) -> Reply {
    let data = serde_json::to_value(why).ok();
    Reply {
        data,
        ..reply(ReplyOutcome::Done, invocation.message_renderer().reply("alert_why", context! { why => Serde(why) }))
    }
}

/// What a silence would match.
pub(in crate::app) fn preview(invocation: &Invocation<'_>, reach: SilencePreview, command: &str) -> Reply {
    let data = serde_json::to_value(reach).ok();
    Reply { data, ..reply(ReplyOutcome::Done, invocation.message_renderer().preview(reach, command)) }
}

/// A form to fill in.
pub(in crate::app) fn form(invocation: &Invocation<'_>, form: Form, ask: &Ask, incident: Option<&Incident>) -> Reply {
    let post = invocation.message_renderer().form(&form, incident, &ask.missing);
    let asks = Reply { form: Some(form), ..reply(ReplyOutcome::Asked, post) };
    match incident {
        Some(incident) => about(asks, incident),
        None => asks,
    }
}

/// What a reload came to.
pub(in crate::app) fn reloaded(app: &App, reload: &Reload) -> Reply {
    let none = StrandedIncidents::default();
    let (outcome, mistakes, after_restart, stranded) = match reload {
        Reload::Taken { after_restart, stranded } => (ReplyOutcome::Done, Vec::new(), after_restart.clone(), stranded),
        Reload::NoFile => (ReplyOutcome::Done, Vec::new(), Vec::new(), &none),
        Reload::Refused { mistakes } => (ReplyOutcome::Refused, mistakes.clone(), Vec::new(), &none),
    };
    let no_file = *reload == Reload::NoFile;
    let context = context! {
        mistakes => Serde(mistakes), after_restart => Serde(after_restart), no_file,
        unattended => Serde(&stranded.unattended), lost_status => Serde(&stranded.lost_status),
    };
    reply(outcome, app.with_messages(|messages| messages.plain(Act::AdminReload, context)))
}
