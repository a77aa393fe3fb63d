//! Samples of post-mortems: their messages, and what the record says in their sections.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, ann, at, bare, bob, by_ann, full, over};
use crate::{
    domain::{
        alert::Change,
        event::{Event, RecordedEvent},
        ids::{IncidentId, Key, PersonId},
        incident::{Incident, IncidentEvent, TimelineEvent},
        people::Actor,
        review::{
            self, NewPostmortem, NewSection, Postmortem, PostmortemEvent, PostmortemState, PostmortemStep, StepTargets,
        },
        text::Untrusted,
    },
    render::{MessageRenderer, PostmortemMessage, Renderer, ReviewFacts},
};

/// The sections with a template of their own.
const SECTIONS: [&str; 10] = [
    "summary",
    "lead_up",
    "fault",
    "impact",
    "detection",
    "response",
    "recovery",
    "timeline",
    "root_cause",
    "corrective_actions",
];

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let Ok(renderer) = Renderer::new(None) else { return Vec::new() };
    let voice =
        MessageRenderer { renderer: &renderer, names: world.names.clone(), policy: &world.policy, now: world.now };
    let mut out = messages(&voice);
    out.extend(replies(&voice));
    out.extend(prefilled(&voice));
    out.push(document());
    out.push(page());
    for layout in ["standard", "short", "sev1", "sev2", "sev3", "sev4", "drill", "blame"] {
        out.push(Sample::new(format!("postmortem/{layout}.txt"), "", context! {}));
    }
    out
}

fn postmortem(state: PostmortemState) -> Option<Postmortem> {
    let targets = StepTargets { draft: HOUR, review: HOUR, publish: HOUR };
    let section = NewSection {
        id: "summary".to_owned(),
        title: "Summary".to_owned(),
        help: "What happened.".to_owned(),
        prefilled: true,
    };
    let spec = NewPostmortem {
        incident: IncidentId(uuid::Uuid::nil()),
        key: Key::new("HOT", 12),
        owner: ann(),
        approvers: vec![ann(), bob()],
        needs_approval: true,
        template: "sev1".to_owned(),
        sections: vec![section],
        targets,
    };
    let events = [
        PostmortemEvent::PostmortemOpened { spec },
        PostmortemEvent::SectionCommented { number: 1, section: "summary".to_owned(), text: "Why?".into() },
        PostmortemEvent::PostmortemSkipped { reason: "a *duplicate* of @everyone".into() },
    ];
    let actor = by_ann();
    let opened = review::replay(events.iter().map(|event| (event, at(-90), &actor)))?;
    let due = state.step().map(|_| at(-30));
    Some(Postmortem { state, due, ..opened })
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

fn events() -> Vec<(&'static str, PostmortemState, PostmortemEvent)> {
    let reminded = |step, managers: Vec<PersonId>, overdue| PostmortemEvent::PostmortemReminded {
        step,
        people: vec![ann()],
        managers,
        overdue,
    };
    let draft = PostmortemState::Draft;
    let opened = PostmortemEvent::PostmortemOpened {
        spec: NewPostmortem {
            incident: IncidentId(uuid::Uuid::nil()),
            key: Key::new("HOT", 12),
            owner: ann(),
            approvers: vec![bob()],
            needs_approval: true,
            template: "sev1".to_owned(),
            sections: Vec::new(),
            targets: StepTargets { draft: HOUR, review: HOUR, publish: HOUR },
        },
    };
    let said = || Untrusted::from("The *impact* lacks numbers, @everyone");
    vec![
        ("", draft, opened),
        ("", draft, PostmortemEvent::PostmortemAssigned { owner: ann(), approvers: vec![bob()] }),
        ("review", PostmortemState::InReview, PostmortemEvent::PostmortemSubmitted { review: true }),
        ("ready", PostmortemState::Approved, PostmortemEvent::PostmortemSubmitted { review: false }),
        ("returned", draft, PostmortemEvent::PostmortemReturned { reason: Some(said()), review: false }),
        ("changed", PostmortemState::InReview, PostmortemEvent::PostmortemReturned { reason: None, review: true }),
        ("changed unreviewed", draft, PostmortemEvent::PostmortemReturned { reason: None, review: false }),
        ("", PostmortemState::Approved, PostmortemEvent::PostmortemApproved),
        ("", PostmortemState::Published, PostmortemEvent::PostmortemPublished { rooms: vec!["ops".into()] }),
        ("", PostmortemState::Skipped, PostmortemEvent::PostmortemSkipped { reason: said() }),
        ("draft", draft, reminded(PostmortemStep::Draft, Vec::new(), false)),
        ("review", PostmortemState::InReview, reminded(PostmortemStep::Review, vec![bob()], true)),
        ("publish", PostmortemState::Approved, reminded(PostmortemStep::Publish, Vec::new(), true)),
    ]
}

fn messages(voice: &MessageRenderer<'_>) -> Vec<Sample> {
    let incident = over();
    let mut out = Vec::new();
    for elsewhere in [false, true] {
        for (case, state, event) in events() {
            let Some(postmortem) = postmortem(state) else { continue };
            let summary = "Payments failed for *half* of all carts.";
            let message = PostmortemMessage { incident: &incident, postmortem: &postmortem, summary, elsewhere };
            let context = context! {
                e => Serde(&event), actor => Serde(by_ann()), ..voice.postmortem_context(message),
            };
            let case = if elsewhere { "elsewhere" } else { case };
            out.push(Sample::new(format!("chat/postmortem/{}.md", event.name()), case, context));
        }
    }
    out
}

fn replies(voice: &MessageRenderer<'_>) -> Vec<Sample> {
    let incident = full();
    let reply = |state: PostmortemState| {
        let postmortem = postmortem(state)?;
        let message = PostmortemMessage { incident: &incident, postmortem: &postmortem, summary: "", elsewhere: true };
        let lines = if state == PostmortemState::Draft { "" } else { "Ann did it." };
        let context = context! { lines, ..voice.postmortem_context(message) };
        Some(Sample::new("chat/reply/postmortem.md", state.name(), context))
    };
    PostmortemState::ALL.into_iter().filter_map(reply).collect()
}

fn prefilled(voice: &MessageRenderer<'_>) -> Vec<Sample> {
    let change = Change {
        at: at(-50),
        summary: "checkout **v42** by @everyone".into(),
        place: "jenkins".into(),
        details: std::collections::BTreeMap::new(),
        links: Vec::new(),
    };
    let noted = IncidentEvent::Timeline(TimelineEvent::NoteAdded { text: "The pool is *full*, @everyone".into() });
    let recorded = RecordedEvent {
        log_seq: 1,
        stream: String::new(),
        seq: 1,
        at: at(-20),
        actor: Actor::Person(bob()),
        event: Event::Incident(noted),
    };
    let facts = ReviewFacts { events: vec![recorded], changes: vec![change], ..ReviewFacts::default() };
    let over = Incident { kind: crate::domain::incident::IncidentKind::Real, ..over() };
    let mut out = Vec::new();
    for section in SECTIONS {
        let template = format!("postmortem/section/{section}.md");
        out.push(Sample::new(template.clone(), "full", voice.prefill_context(&over, &facts)));
        out.push(Sample::new(template, "bare", voice.prefill_context(&bare(), &ReviewFacts::default())));
    }
    out
}

fn page() -> Sample {
    let safe = |text: &str| minijinja::Value::from_safe_string(text.to_owned());
    let sections = [context! { title => "Summary", text => safe("It **failed**.") }];
    let link = safe("https://hotroom.example.com/incidents/HOT-12/postmortem");
    Sample::new("postmortem/page.md", "", context! { link, sections })
}

fn document() -> Sample {
    let text = minijinja::Value::from_safe_string("It **failed**.".to_owned());
    let sections = [context! { title => "Summary", text }];
    let context = context! { key => "HOT-12", title => "Checkout is *down*", sections };
    Sample::new("postmortem/document.md", "", context)
}
