//! `hotroom run`: prepares the bot, and provides the loops that `main` starts.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::TimeDelta;
use tokio::{
    sync::{Notify, watch},
    time::MissedTickBehavior,
};

use crate::{
    app::{
        App, Clock, Context, alerts, contacts,
        incidents::{StrandedIncidents, status_page},
        oncall::readiness,
        reactor, status_mirrors,
        system::reload::end_sessions_of_removed,
        tracker,
    },
    chat::{
        builtin,
        builtin::BuiltinChat,
        discord::{
            Discord,
            client::rest::{Rest, RestOptions},
            inbound::DiscordInbound,
            outbound::PlacementSettings,
            platform,
        },
        platforms::{MirrorPlatform, Platforms},
    },
    command::Catalog,
    config::{Live, Mistakes, ReloadOutcome},
    contact::pushover::POLL_INTERVAL,
    deliver::{
        Worker, alarms::AlarmPoller, heartbeat, heartbeat::HeartbeatResult, offline_copy, offline_copy::OfflineCopy,
    },
    domain::people::Actor,
    net::HttpClients,
    render::Renderer,
    store::{Scan, Store, StoreOptions},
};

/// How long the router waits for a notification before it polls.
const ROUTER_WAIT: Duration = Duration::from_secs(1);
/// How often the free disk space is checked.
const DISK_LOOK: Duration = Duration::from_secs(1);
/// How often old rows are pruned.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Opens the database and prepares everything without starting anything.
///
/// Fails with the path that could not be opened or read, and how to fix it.
pub async fn prepare(config: Live, clock: Clock) -> anyhow::Result<(Arc<App>, Worker<BuiltinChat>)> {
    let now = clock.now();
    let settings = config.current();
    let renderer = Renderer::new(settings.templates_dir.as_deref()).context("templates_dir")?;
    let options =
        StoreOptions { path: settings.store.path.clone(), queue: settings.store.queue, batch: settings.store.batch };
    let store = Store::open(&options, now)?;
    // The database is locked by this process, so any lease belongs to a process that died. All writes here are urgent,
    // so that a start on a full disk can still deliver pending effects.
    let paused = store
        .transact_urgent(move |tx| {
            tx.release_all_leases(now)?;
            tx.mark_restored_rows()
        })
        .await?;
    if let Some(why) = paused {
        tracing::warn!(
            why,
            "sending is paused: nobody is called. To send what is new: /admin resume in the console; to send everything: \
             hotroom doctor --resume-sending"
        );
    }
    builtin::prepare(&store, &settings, now).await?;
    let known = Arc::clone(&settings);
    store
        .transact_urgent(move |tx| {
            status_page::register(tx, &known, now)?;
            tx.complete_references()?;
            end_sessions_of_removed(tx, &known)?;
            tx.recount_backlog()?;
            alerts::resume(tx, &known, now)?;
            let actor = Actor::Machine("start".to_owned());
            let cx = Context { config: &known, now, actor: &actor, request: "start", expect: None };
            reactor::run(tx, cx, |tx, work| alerts::rules_in_force(tx, cx, work))?;
            contacts::configured::synchronize(tx, cx)?;
            status_mirrors::catch_up(tx, cx)?;
            tracker::polling::watch(tx, cx)?;
            tracker::boards::watch(tx, cx)?;
            contacts::weekly::plan_all(tx, cx)?;
            readiness::plan_post(tx, cx)?;
            StrandedIncidents::find(tx, &known)
        })
        .await?
        .warn();
    let chat = Arc::new(BuiltinChat::new(store.clone()));
    let catalog = Catalog::shipped();
    let app = Arc::new(App { store, clock, config, catalog, renderer, deliveries: Notify::new() });
    Ok((Arc::clone(&app), Worker::new(app, chat)))
}

/// Creates the Discord client; `None` without a token.
pub async fn discord(app: &App) -> anyhow::Result<Option<(Arc<Discord>, RestOptions)>> {
    let config = app.config.current();
    let platforms = config.chat.discord.iter().map(|_| platform()).collect();
    builtin::set_platforms(&app.store, platforms, app.clock.now()).await?;
    let Some(settings) = config.chat.discord.clone() else { return Ok(None) };
    let access = RestOptions {
        base_url: settings.base_url,
        token: settings.token,
        about: config.server.public_url.clone(),
        net: config.net.clone(),
    };
    let rest = Arc::new(Rest::new(&access).context("[chat.discord]")?);
    let place = PlacementSettings {
        category: settings.category,
        archive: settings.archive_category,
        rooms: settings.rooms,
        names: settings.room_names,
    };
    let discord = Arc::new(Discord::new(rest, app.store.clone(), app.config.clone(), place));
    Ok(Some((discord, access)))
}

/// Lists the platforms that mirror the built-in chat.
pub fn platforms(discord: Option<Arc<Discord>>) -> Platforms {
    Platforms::new(discord.map(|discord| MirrorPlatform { id: platform(), outbound: discord }))
}

/// Receives what people do on Discord until `stop`. Returns at once without Discord.
pub async fn listen(app: Arc<App>, discord: Option<(Arc<Discord>, RestOptions)>, stop: watch::Receiver<bool>) {
    if let Some((discord, access)) = discord {
        DiscordInbound::new(Arc::new(app), discord).run(access, stop).await;
    }
}

/// Routes stored deliveries until `stop`. The inbox is the queue: deliveries left by a crash are routed first.
pub async fn route(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match alerts::route_pending(&app).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "deliveries wait: they could not be routed"),
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = app.deliveries.notified() => {}
            () = tokio::time::sleep(ROUTER_WAIT) => {}
        }
    }
}

/// Prunes settled rows, expired sessions and ended silences in small batches until `stop`.
pub async fn prune(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut hourly = tokio::time::interval(PRUNE_EVERY);
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = hourly.tick() => {}
        }
        prune_now(&app).await;
    }
}

/// Deletes what is older than `[retention]` says, once.
pub async fn prune_now(app: &App) {
    let (now, retention) = (app.clock.now(), app.config.current().retention.clone());
    let before = |kept: Duration| TimeDelta::from_std(kept).map_or(now, |kept| now - kept);
    if let Err(error) = app.store.prune_settled(before(retention.settled), before(retention.alerts)).await {
        tracing::warn!(%error, "old rows could not be pruned");
    }
    if let Err(error) = app.store.prune_messages(before(retention.messages)).await {
        tracing::warn!(%error, "old messages could not be pruned");
    }
    let (transcripts, attachments) = (retention.transcripts.map(before), retention.attachments.map(before));
    if let Err(error) = app.store.prune_rooms(transcripts, attachments).await {
        tracing::warn!(%error, "the rooms of closed incidents could not be pruned");
    }
    let idle = TimeDelta::from_std(app.config.current().server.session_idle).unwrap_or(TimeDelta::MAX);
    if let Err(error) = app.store.transact_urgent(move |tx| tx.prune_sessions(now, idle)).await {
        tracing::warn!(%error, "old sessions could not be pruned");
    }
    if let Err(error) = app.store.transact_urgent(move |tx| tx.prune_silences(now)).await {
        tracing::warn!(%error, "old silences could not be pruned");
    }
}

/// Reads the whole database once after the start, beside everything else, and compares its records with the log: a page of
/// the file that changed on the disk is found before somebody needs it. Ends early on `stop`.
pub async fn verify(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let path = app.config.current().store.path.clone();
    let check = tokio::task::spawn_blocking(move || Scan::read_only(&path).map(|scan| scan.verify()));
    let found = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        found = check => found,
    };
    match found {
        Ok(Ok(Ok(faults))) if faults.is_empty() => {
            tracing::info!("the database was compared with its log and is sound")
        }
        Ok(Ok(Ok(faults))) => {
            faults.iter().for_each(|fault| tracing::error!(fault, "the database is damaged; run hotroom doctor"));
            app.store.note_damage(&faults[0]);
        }
        Ok(Ok(Err(error))) => tracing::warn!(%error, "the database could not be compared with its log"),
        Ok(Err(error)) => tracing::warn!(%error, "the database could not be compared with its log"),
        Err(error) => tracing::warn!(%error, "the database could not be compared with its log"),
    }
    stop.wait_for(|stop| *stop).await.ok();
}

/// Asks Pushover what became of the alarms that ring, until `stop`.
pub async fn poll_alarms(app: Arc<App>, clients: Arc<HttpClients>, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(POLL_INTERVAL);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut poller = AlarmPoller::new(app, clients);
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = poller.poll().await {
            tracing::warn!(%error, "alarms at Pushover could not be asked about");
        }
    }
}

/// Sends a heartbeat each minute to the dead man's switch outside, if there is one, until `stop`.
pub async fn send_heartbeats(app: Arc<App>, clients: Arc<HttpClients>, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(heartbeat::EVERY);
    let mut quiet: Option<String> = None;
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = every.tick() => {}
        }
        let result = heartbeat::beat(&app, &clients).await;
        let (word, why) = match result {
            HeartbeatResult::Off => continue,
            HeartbeatResult::Sent => ("sent", None),
            HeartbeatResult::Withheld(why) => ("withheld", Some(why)),
            HeartbeatResult::Failed(why) => ("failed", Some(why)),
        };
        metrics::counter!("hotroom_heartbeats_total", "result" => word).increment(1);
        // Once for each reason: a line each minute would hide everything else.
        if let Some(why) = why.as_ref().filter(|why| Some(*why) != quiet.as_ref()) {
            tracing::error!(why, "no heartbeat was sent: it was {word}");
        }
        quiet = why;
    }
}

/// Keeps the offline on-call sheet up to date, if there is one, until `stop`.
pub async fn keep_offline_copy(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(offline_copy::EVERY);
    let mut copy = OfflineCopy::default();
    let mut told: Option<String> = None;
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = every.tick() => {}
        }
        let why = copy.write(&app).await.err().map(|error| error.to_string());
        if let Some(why) = why.as_ref().filter(|why| Some(*why) != told.as_ref()) {
            tracing::error!(why, "the offline on-call sheet was not written");
        }
        told = why;
    }
}

/// Notifies people when the disk is full and when there is space again, and when the database file cannot be reached,
/// until `stop`.
pub async fn watch_disk(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(DISK_LOOK);
    let (mut told, mut told_file) = (None, None);
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {}
        }
        let health = app.store.health();
        watch_file(&app, health.file, &mut told_file).await;
        let full = health.full;
        if told == Some(full) {
            continue;
        }
        match app.note_disk(full).await {
            Ok(()) => told = Some(full),
            Err(error) => tracing::warn!(%error, full, "the state of the disk could not be told in chat"),
        }
    }
}

/// Raises an alarm when the database file is lost or out of reach. A lost file ends the store, and with it the process: the
/// writer checks the file before each transaction, also before this empty one.
async fn watch_file(app: &App, trouble: Option<String>, told: &mut Option<String>) {
    if *told == trouble {
        return;
    }
    metrics::gauge!("hotroom_store_file_ok").set(u8::from(trouble.is_none()));
    match &trouble {
        Some(why) => tracing::error!(why, "the database file cannot be used; requests are refused"),
        None => tracing::info!("the database file can be used again"),
    }
    match app.note_database(trouble.clone()).await {
        Ok(()) => *told = trouble,
        Err(error) => tracing::error!(%error, "the state of the database file could not be posted"),
    }
}

/// Creates what a changed configuration needs, and records the result of the reload.
pub async fn after_reload(app: Arc<App>, answer: Result<ReloadOutcome, Mistakes>) {
    let actor = Actor::Machine("SIGHUP".into());
    if let Err(error) = app.note_reload(answer, &actor, "SIGHUP").await {
        tracing::warn!(%error, "the reload could not be written to the audit log");
    }
}
