//! Measures the store: single and grouped commits, claims with a million settled rows, lists of many incidents.
//!
//! `cargo bench --bench store`

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hotroom::{
    app::incidents::similar,
    domain::{
        Timestamp,
        effect::{ChatEffect, EffectKey},
        ids::{IncidentId, Key, PersonId, ServiceId, StatusId},
        incident::{self, Category, IncidentKind, LifecycleEvent, Severity},
        people::Actor,
    },
    store::{Delivery, IncidentFilter, ListViewer, Sender, Settlement, Store, StoreError, StoreOptions, Tx},
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinSet};

const WRITERS: u64 = 256;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(1_700_000_000_000 + millis).expect("in range")
}

fn open(folder: &Path, batch: usize) -> Store {
    Store::open(&StoreOptions { path: folder.join("hotroom.db"), queue: 4096, batch }, at(0)).expect("opens")
}

/// Stores a delivery of 1 KiB from each of many concurrent senders, each with a response after its commit.
async fn deliveries(store: &Store) {
    let mut senders = JoinSet::new();
    for _ in 0..WRITERS {
        let store = store.clone();
        senders.spawn(async move {
            let body = [b'x'; 1024];
            let work = move |tx: &mut Tx<'_>| {
                tx.receive(&Delivery { sender: Sender::Source("bench"), delivery: None, at: at(0), body: &body })
            };
            store.transact(work).await
        });
    }
    while let Some(answer) = senders.join_next().await {
        answer.expect("no panic").expect("written");
    }
}

fn commits(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("256 deliveries at once");
    group.throughput(Throughput::Elements(WRITERS)).sample_size(10).measurement_time(Duration::from_secs(10));
    for batch in [1, 16, 256] {
        let folder = TempDir::new().expect("a folder");
        let store = open(folder.path(), batch);
        let name = format!("{batch} to a commit");
        group.bench_function(name, |b| b.iter(|| runtime.block_on(deliveries(&store))));
    }
    group.finish();
    let folder = TempDir::new().expect("a folder");
    let store = open(folder.path(), 256);
    let mut n = 0_u64;
    c.bench_function("a lone write", |b| {
        b.iter(|| {
            // A value that is already stored would cost no commit.
            n += 1;
            runtime.block_on(store.transact(move |tx| tx.set_meta("n", Some(&n.to_string())))).expect("written");
        });
    });
}

/// Adds settled rows, as in an outbox that is never pruned.
fn fill_outbox(path: &Path, rows: u64) {
    let conn = Connection::open(path).expect("opens");
    conn.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)
         INSERT INTO outbox (key, lane, priority, urgency, mark, state, head, ready_at, due, attempts, fence, uncertain,
             settled_at, effect)
         SELECT 'old/' || n, 'chat/' || (n % 1000), 1, 1, 'card/' || (n % 1000), 'done', 0, n, n, 1, 1, 0, n,
             '{\"effect\":\"update_card\",\"incident\":\"00000000-0000-7000-8000-000000000000\"}' FROM n",
        [rows.cast_signed()],
    )
    .expect("filled");
}

/// Enqueues, claims and settles one effect without the cost of a commit: the transaction is rolled back.
fn claim_once(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for n in 0..100 {
        let effect = ChatEffect::UpdateCard { incident: IncidentId::new(at(n)) }.into();
        tx.enqueue(&EffectKey(format!("new/{n}")), &effect, at(0))?;
        for row in tx.claim(at(1), Duration::from_secs(60), 32)? {
            tx.settle(row.id, row.fence, &Settlement::Done { receipt: None }, at(1))?;
        }
    }
    Err(StoreError::Conflict("undone".to_owned()))
}

fn claims(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("100 effects queued, claimed and settled");
    group.throughput(Throughput::Elements(100)).sample_size(20);
    for rows in [1, 1_000_000] {
        let folder = TempDir::new().expect("a folder");
        let store = open(folder.path(), 256);
        fill_outbox(&folder.path().join("hotroom.db"), rows);
        let name = format!("beside {rows} settled rows");
        group.bench_function(name, |b| {
            b.iter_batched(|| (), |()| runtime.block_on(store.transact(claim_once)), BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn save_incident(tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
    let now = at(number.cast_signed() * 1000);
    let declared = LifecycleEvent::Declared {
        id: IncidentId::new(now),
        key: Key::new("HOT", number),
        title: format!("Checkout answers with errors in zone {number} of cluster{}", number % 5_000).as_str().into(),
        description: "x".repeat(500).as_str().into(),
        status: StatusId::from(if number.is_multiple_of(1000) { "investigating" } else { "closed" }),
        category: if number.is_multiple_of(1000) { Category::Active } else { Category::Closed },
        severity: Severity::ALL[usize::try_from(number % 4).expect("small")],
        kind: IncidentKind::Real,
        own_kind: None,
        private: number.is_multiple_of(50),
        service: Some(ServiceId::new(format!("service-{}", number % 300))),
        impact_since: None,
        judgement: None,
        affected: None,
    }
    .into();
    let actor = Actor::Person(PersonId::from("ann"));
    tx.save_incident(&incident::apply(None, &declared, now, &actor).expect("declared"))
}

fn lists(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = TempDir::new().expect("a folder");
    let store = open(folder.path(), 256);
    let fill = |tx: &mut Tx<'_>| (1..=100_000).try_for_each(|number| save_incident(tx, number));
    runtime.block_on(store.transact(fill)).expect("filled");
    let ann = || IncidentFilter { viewer: ListViewer::Person(PersonId::from("ann")), ..IncidentFilter::default() };
    let text = |text: &str| Some(text.to_owned());
    let filters = [
        ("the newest", ann()),
        ("the open ones", IncidentFilter { open: Some(true), ..ann() }),
        ("a service", IncidentFilter { service: Some(ServiceId::from("service-7")), ..ann() }),
        ("a text that is rare", IncidentFilter { text: text("zone 7777"), ..ann() }),
        ("a text that is nowhere", IncidentFilter { text: text("nowhere"), ..ann() }),
    ];
    let mut group = c.benchmark_group("a page of 100,000 incidents");
    group.sample_size(20);
    for (name, filter) in filters {
        group.bench_function(name, |b| {
            b.iter(|| {
                let filter = filter.clone();
                black_box(runtime.block_on(store.read(move |r| r.list_incidents(&filter))).expect("read"))
            });
        });
    }
    group.bench_function("counts by status", |b| {
        b.iter(|| black_box(runtime.block_on(store.read(move |r| r.count_incidents(&ann()))).expect("read")));
    });
    similar_incidents(&runtime, &store);
    group.finish();
}

/// How long it takes to find the past incidents that a new one is like, by rare words and by service.
fn similar_incidents(runtime: &Runtime, store: &Store) {
    let mut took: Vec<Duration> = (1..=1_000_u64)
        .map(|number| {
            let find = move |r: &hotroom::store::Reads<'_>| {
                let key = Key::new("HOT", number * 100);
                let incident = r.incident_by_key(&key)?.expect("an incident");
                let started = Instant::now();
                let found = similar::find(r, &incident)?;
                assert!(!found.is_empty(), "{key} is like others of its cluster");
                Ok::<Duration, StoreError>(started.elapsed())
            };
            runtime.block_on(store.read(find)).expect("read")
        })
        .collect();
    took.sort_unstable();
    println!("similar incidents among 100,000: p50 {:?}, p99 {:?} (target 20 ms)", took[499], took[989]);
}

criterion_group!(benches, commits, claims, lists);
criterion_main!(benches);
