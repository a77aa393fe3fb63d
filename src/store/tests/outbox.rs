//! Stories of the queue.

use std::time::Duration;

use super::{at, home};
use crate::{
    domain::{
        effect::{Effect, EffectKey},
        ids::IncidentId,
    },
    store::Settled,
};

const LEASE: Duration = Duration::from_secs(60);

fn key(n: usize) -> EffectKey {
    EffectKey::new("incident/x", 1, n)
}

#[tokio::test]
async fn an_effect_is_claimed_once_and_settled() {
    let home = home();
    let incident = IncidentId::new(at(0));
    let effect = Effect::OpenRoom { incident };
    let wanted = effect.clone();
    assert!(home.store.transact(move |tx| tx.enqueue(&key(0), &effect, at(0))).await.unwrap());

    let claimed = home.store.transact(|tx| tx.claim(at(0), LEASE, 10)).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].effect.clone(), claimed[0].attempts, claimed[0].uncertain), (wanted, 1, false));
    assert!(home.store.transact(|tx| tx.claim(at(1), LEASE, 10)).await.unwrap().is_empty());

    let (id, fence) = (claimed[0].id, claimed[0].fence);
    let done = Settled::Done { receipt: Some("room-1".to_owned()) };
    assert!(home.store.transact(move |tx| tx.settle(id, fence, &done, at(2))).await.unwrap());
    assert_eq!(home.store.read(|r| r.count_open_rows()).await, Ok(0));
    assert_eq!(home.store.read(|r| r.next_due()).await, Ok(None));
}
