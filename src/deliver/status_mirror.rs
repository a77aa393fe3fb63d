//! Public incidents to the mirrors of the status page.

use std::{sync::Arc, time::Duration};

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    app::incidents::status_page::with_texts,
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason, StatusMirrorEffect},
        status::{ComponentStatus, MirroredComponent, MirroredIncident, MirroredPost, MirroredUpdate, PublicIncident},
    },
    net::{HttpClients, NetSettings},
    status_mirror::{RequestPace, StatusMirror, StatusMirrorClient, StatusMirrorContext, StatusMirrorFailure},
    store::{Reads, StoreError},
};

/// How long all requests of one attempt may take together: less than the worker waits, so that no request of an attempt is
/// under way when the next attempt begins.
const DEADLINE: Duration = Duration::from_secs(13);

/// Shows public incidents at mirrors.
pub(super) struct StatusMirrorAdapter {
    http: Arc<HttpClients>,
    pace: Arc<RequestPace>,
}

impl StatusMirrorAdapter {
    pub(super) fn new(http: Arc<HttpClients>, pace: Arc<RequestPace>) -> Self {
        Self { http, pace }
    }
}

/// A change at one mirror.
pub(super) struct StatusMirrorCall {
    client: StatusMirrorClient,
    change: StatusMirrorChange,
    known: Option<MirroredPost>,
    net: NetSettings,
}

/// What is to be changed.
enum StatusMirrorChange {
    /// The incident is shown as it is now.
    Publish(Box<MirroredIncident>),
    /// The incident with this reference is removed.
    Withdraw(String),
}

impl Adapter for StatusMirrorAdapter {
    type Effect = StatusMirrorEffect;
    type Call = StatusMirrorCall;

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &StatusMirrorEffect,
    ) -> Result<PreparedCall<StatusMirrorCall>, StoreError> {
        let Some(mirror) = cx.config.status_mirror(effect.mirror()) else {
            return Ok(PreparedCall::Skip(SkipReason::NoStatusMirror));
        };
        let Some(public) = reads.public_incident(effect.incident())? else {
            return Ok(PreparedCall::Skip(SkipReason::NoSubject));
        };
        let known = reads.status_mirror_state(&mirror.id, &public.reference())?.post;
        let change = match effect {
            StatusMirrorEffect::PublishStatus { .. } if public.updates.is_empty() => {
                return Ok(PreparedCall::Skip(SkipReason::NoSubject));
            }
            StatusMirrorEffect::PublishStatus { .. } => {
                StatusMirrorChange::Publish(Box::new(mirrored(cx, reads, mirror, public)?))
            }
            StatusMirrorEffect::WithdrawStatus { .. } => StatusMirrorChange::Withdraw(public.reference()),
        };
        let (client, net) = (mirror.client.clone(), cx.config.net.clone());
        Ok(PreparedCall::Call(StatusMirrorCall { client, change, known, net }))
    }

    async fn send(&self, call: StatusMirrorCall, now: Timestamp) -> Outcome<Receipt> {
        let http = match self.http.client(&call.net) {
            Ok(http) => http,
            Err(failure) => return failure.outcome(EffectClass::Readable, now),
        };
        let cx = StatusMirrorContext { http: &http, pace: &self.pace, now };
        match tokio::time::timeout(DEADLINE, make(&call, cx)).await {
            Ok(Ok(receipt)) => Outcome::Delivered(receipt),
            Ok(Err(failure)) => failure.outcome(now),
            Err(_elapsed) => Outcome::Unknown { why: format!("not finished within {} s", DEADLINE.as_secs()) },
        }
    }
}

async fn make(call: &StatusMirrorCall, cx: StatusMirrorContext<'_>) -> Result<Receipt, StatusMirrorFailure> {
    let known = call.known.as_ref();
    match &call.change {
        StatusMirrorChange::Publish(incident) => call.client.publish(cx, incident, known).await.map(Receipt::Mirrored),
        StatusMirrorChange::Withdraw(reference) => {
            call.client.withdraw(cx, reference, known).await.map(|()| Receipt::Nothing)
        }
    }
}

/// What a mirror is to show of an incident: its texts, and its components as all open incidents affect them.
fn mirrored(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    mirror: &StatusMirror,
    public: PublicIncident,
) -> Result<MirroredIncident, StoreError> {
    let stored = reads.stored_components()?;
    let reference = public.reference();
    let public = with_texts(public, &cx.app.renderer, &cx.config);
    let components = public.components.iter().filter_map(|id| {
        let status = stored.get(id).map_or(ComponentStatus::Operational, |stored| stored.status);
        Some(MirroredComponent { remote: mirror.components.get(id)?.clone(), status })
    });
    let updates = (1..).zip(&public.updates).map(|(number, update)| MirroredUpdate {
        number,
        status: update.status,
        body: update.body.verbatim().to_owned(),
    });
    Ok(MirroredIncident {
        reference,
        name: public.name.verbatim().to_owned(),
        status: public.status,
        impact: public.impact,
        started_at: public.started_at,
        updates: updates.collect(),
        components: components.collect(),
        notify: mirror.notify,
    })
}
