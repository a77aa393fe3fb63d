//! Where published post-mortems are kept besides hotroom.

use crate::{
    app::Context,
    domain::{
        effect::{DocumentEffect, EffectKey},
        ids::IncidentId,
        incident::{Incident, IncidentKind},
        refusal::{Refusal, ReviewRefusal},
        review::{Postmortem, PostmortemState},
    },
    store::{StoreError, Tx},
};

/// Writes a published document everywhere again, also over what people edited, deleted or put there.
pub fn replace_documents(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
) -> Result<Result<Postmortem, Refusal>, StoreError> {
    let Some(postmortem) = tx.postmortem(incident.id)? else {
        return Ok(Err(ReviewRefusal::NoPostmortem { key: incident.key.clone() }.into()));
    };
    if postmortem.state != PostmortemState::Published {
        let Postmortem { state, needs_approval, .. } = postmortem;
        return Ok(Err(ReviewRefusal::PostmortemState { key: incident.key.clone(), state, needs_approval }.into()));
    }
    let documents = &cx.config.documents;
    if (documents.folder.is_none() && documents.wikis.is_empty()) || incident.kind == IncidentKind::Drill {
        return Ok(Err(ReviewRefusal::NoDocuments { key: incident.key.clone() }.into()));
    }
    enqueue(tx, cx, incident, None)?;
    Ok(Ok(postmortem))
}

/// Queues a published document again after a redaction: what left the record leaves files and pages too.
pub(super) fn write_again(tx: &mut Tx<'_>, cx: Context<'_>, id: IncidentId) -> Result<(), StoreError> {
    let Some(postmortem) = tx.postmortem(id)? else { return Ok(()) };
    if postmortem.state != PostmortemState::Published {
        return Ok(());
    }
    let stream = format!("{}/document/redacted/{}", Postmortem::stream(id), cx.request);
    for (n, effect) in effects(cx, id, false).into_iter().enumerate() {
        tx.enqueue(&EffectKey::new(&stream, postmortem.version, n), &effect.into(), cx.now)?;
    }
    Ok(())
}

/// Queues the document for each place. `published` is the number of the event that published it; `None` if a person asked to
/// replace what is there.
pub(super) fn enqueue(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    published: Option<u64>,
) -> Result<(), StoreError> {
    let stream = Postmortem::stream(incident.id);
    let (stream, seq) = match published {
        Some(seq) => (format!("{stream}/document"), seq),
        None => (format!("{stream}/document/{}", cx.request), 0),
    };
    for (n, effect) in effects(cx, incident.id, published.is_none()).into_iter().enumerate() {
        tx.enqueue(&EffectKey::new(&stream, seq, n), &effect.into(), cx.now)?;
    }
    Ok(())
}

fn effects(cx: Context<'_>, incident: IncidentId, replace: bool) -> Vec<DocumentEffect> {
    let documents = &cx.config.documents;
    let file = documents.folder.as_ref().map(|_| DocumentEffect::WriteDocument { incident, replace });
    let page = |wiki: &crate::wiki::Wiki| DocumentEffect::PublishPage { wiki: wiki.client.kind(), incident, replace };
    file.into_iter().chain(documents.wikis.iter().map(page)).collect()
}
