//! The `hotroom` binary: reads arguments, environment and clock, and calls the library.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::Parser;
use hotroom::{
    app::Clock,
    cli::{
        self, AlertDo, Args, CheckPart, CliCommand, Demo, Exit, ImportFrom, Remedies, ReplayOptions, Report, StatusDo,
        TrackerDo, WrongArgument,
    },
    config::{Config, Live, Log, Mistakes},
    domain::Timestamp,
    store::Store,
    web::{
        self,
        server::{self, Limits, Phase},
    },
};
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::SecretString;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
};

fn main() -> ExitCode {
    let args = Args::parse();
    #[cfg(feature = "failpoints")]
    let _points = fail_points();
    // `std::env::vars` panics on a variable that is not valid text; hotroom has none of those.
    let env: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let report = match args.command() {
        CliCommand::Check { part: Some(CheckPart::Rules { messages }), .. } => {
            cli::check_rules(args.config().as_deref(), env, &messages)
        }
        CliCommand::Check { fix_hints, live: true, part: None, .. } => {
            cli::check_live(args.config().as_deref(), env, fix_hints, now())
        }
        CliCommand::Check { fix_hints, part: None, .. } => cli::check(args.config().as_deref(), env, fix_hints, now()),
        CliCommand::Alert { what: AlertDo::Replay { rules, since, json } } => {
            cli::replay(args.config().as_deref(), &env, &rules, ReplayOptions { since, now: now(), json })
        }
        CliCommand::Import { from } => import(&from, || Config::store_path(args.config().as_deref(), env)),
        CliCommand::Export { file } => cli::export(&Config::store_path(args.config().as_deref(), env), &file, now()),
        CliCommand::Tracker { what: TrackerDo::Setup { kind } } => {
            cli::tracker_setup(args.config().as_deref(), env, kind)
        }
        command @ (CliCommand::Run { .. }
        | CliCommand::Demo { .. }
        | CliCommand::Doctor { .. }
        | CliCommand::Backup { .. }
        | CliCommand::Status { .. }
        | CliCommand::Alert { what: AlertDo::Send(_) | AlertDo::Running(_) }
        | CliCommand::Tracker { what: TrackerDo::Board { .. } }
        | CliCommand::Invite { .. }) => match Config::load(args.config().as_deref(), env.clone()) {
            Err(mistakes) => despite(&command, &mistakes, || Config::store_path(args.config().as_deref(), env)),
            Ok(config) => {
                // The file may be created later; a reload then reads it.
                let path = args.config().unwrap_or_else(|| "bot.toml".into());
                act(&command, &Live::of_file(config, Some(path), env))
            }
        },
    };
    let answer = is_answer(&args.command(), &report);
    if args.json() {
        print(&report.json().to_string(), true);
    } else if !report.lines.is_empty() {
        print(&report.text(), answer);
    }
    report.exit.into()
}

/// Prints the settings, or imports records. Returns what could not be converted.
fn import(from: &ImportFrom, path: impl FnOnce() -> PathBuf) -> Report {
    let (settings, report) = match from {
        ImportFrom::Hotroom { file } => return cli::import_export(file, &path(), now()),
        ImportFrom::Alertmanager { file, into } => cli::import_alertmanager(file, into.as_deref()),
        ImportFrom::Opsgenie { folder, into } => cli::import_opsgenie(folder, into.as_deref(), now()),
        ImportFrom::Pagerduty { folder, into } => cli::import_pagerduty(folder, into.as_deref(), now()),
    };
    print(settings.trim_end(), true);
    report
}

/// True if the report is what was asked for. The findings of `check` and `doctor` are their result; a problem of another
/// command is an error.
fn is_answer(command: &CliCommand, report: &Report) -> bool {
    match command {
        CliCommand::Check { .. }
        | CliCommand::Doctor { .. }
        | CliCommand::Tracker { what: TrackerDo::Setup { .. } } => true,
        // Its result is the settings.
        CliCommand::Import {
            from: ImportFrom::Alertmanager { .. } | ImportFrom::Opsgenie { .. } | ImportFrom::Pagerduty { .. },
        } => false,
        CliCommand::Run { .. }
        | CliCommand::Alert { .. }
        | CliCommand::Demo { .. }
        | CliCommand::Backup { .. }
        | CliCommand::Export { .. }
        | CliCommand::Import { from: ImportFrom::Hotroom { .. } }
        | CliCommand::Status { .. }
        | CliCommand::Tracker { what: TrackerDo::Board { .. } }
        | CliCommand::Invite { .. } => report.exit == Exit::Good,
    }
}

/// Runs a command although the configuration has mistakes: `doctor` and `backup` need only the database.
fn despite(command: &CliCommand, mistakes: &Mistakes, path: impl FnOnce() -> PathBuf) -> Report {
    match command {
        CliCommand::Doctor { repair, resume_sending, quick, .. } => {
            let remedies = Remedies { repair: *repair, resume_sending: *resume_sending, quick: *quick };
            cli::doctor_despite(mistakes, &path(), remedies, now())
        }
        CliCommand::Backup { file } => {
            let mut report = cli::backup(&path(), file, now());
            report.lines.extend(mistakes.lines().into_iter().map(|mistake| format!("warning: {mistake}")));
            report
        }
        CliCommand::Run { .. }
        | CliCommand::Alert { .. }
        | CliCommand::Check { .. }
        | CliCommand::Demo { .. }
        | CliCommand::Export { .. }
        | CliCommand::Import { .. }
        | CliCommand::Status { .. }
        | CliCommand::Tracker { .. }
        | CliCommand::Invite { .. } => {
            let mut report = Report::new();
            report.find(Exit::Wrong, mistakes);
            report
        }
    }
}

fn act(command: &CliCommand, live: &Live) -> Report {
    let config = live.current();
    match command {
        CliCommand::Run { new } => {
            let forgotten = if *new { Store::forget_missing(&config.store.path) } else { Ok(()) };
            match forgotten {
                Ok(()) => run(&config.log, serve(live.clone())),
                Err(error) => Report::failed(error),
            }
        }
        CliCommand::Alert { what: AlertDo::Replay { .. } }
        | CliCommand::Check { .. }
        | CliCommand::Export { .. }
        | CliCommand::Import { .. }
        | CliCommand::Tracker { what: TrackerDo::Setup { .. } } => Report::new(),
        CliCommand::Tracker { what: TrackerDo::Board { name, bot } } => run(&cli::quiet(&config.log), async {
            print(&cli::ask_board(&config, name.as_deref(), bot).await?, true);
            Ok(())
        }),
        CliCommand::Demo { url, ca, pace, once } => {
            let there = url.as_deref().map(|url| DemoTarget { url, ca: ca.clone() });
            play(there, Duration::from_secs(*pace), *once, &config)
        }
        CliCommand::Doctor { repair, resume_sending, quick, .. } => {
            let remedies = Remedies { repair: *repair, resume_sending: *resume_sending, quick: *quick };
            cli::doctor(&config, remedies, now())
        }
        CliCommand::Backup { file } => cli::backup(&config.store.path, file, now()),
        CliCommand::Status { what: StatusDo::Export { folder } } => cli::export_status(&config, folder, now()),
        CliCommand::Alert { what: AlertDo::Send(sample) } => run(&cli::quiet(&config.log), async {
            print(&cli::send_sample(&config, sample, now()).await?, true);
            Ok(())
        }),
        CliCommand::Alert { what: AlertDo::Running(wanted) } => run(&cli::quiet(&config.log), async {
            print(&cli::ask_bot(&config, wanted).await?, true);
            Ok(())
        }),
        CliCommand::Invite { person, .. } => cli::invite(&config, person, now()),
    }
}

/// A running bot that the demo is played on.
struct DemoTarget<'a> {
    url: &'a str,
    ca: Option<PathBuf>,
}

/// Plays the demo on a running bot, or on a temporary one whose database is deleted at the end.
fn play(there: Option<DemoTarget<'_>>, pace: Duration, once: bool, config: &Config) -> Report {
    let demo = |url: &str, token| Demo { url: url.to_owned(), token, ca: None, pace, clock: Clock::new(now) };
    if let Some(DemoTarget { url, ca }) = there {
        let given = std::env::var(cli::API_TOKEN).ok().map(SecretString::from);
        let demo = Demo { ca, ..demo(url, given.or_else(|| config.server.api_token.clone())) };
        return run(&cli::quiet(&config.log), async move { cli::demo(&demo, |line| print(line, true)).await });
    }
    let stage = match cli::DemoStage::new() {
        Ok(stage) => stage,
        Err(error) => return Report::failed(format!("{error:#}")),
    };
    let demo = demo(&stage.url(), None);
    let live = Live::new(stage.config());
    run(&cli::quiet(&config.log), async {
        let script = async {
            cli::demo(&demo, |line| print(line, true)).await?;
            if once { Ok(()) } else { std::future::pending().await }
        };
        tokio::select! {
            served = serve(live.clone()) => served,
            played = script => played,
        }
    })
}

/// Runs a future to its end with logging and a Tokio runtime.
fn run(log: &Log, work: impl Future<Output = anyhow::Result<()>>) -> Report {
    let _log = match cli::start_log(log, io::stderr()) {
        Ok(guard) => guard,
        Err(error) => return Report::failed(format!("[log]: {error:#}")),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Report::failed(format!("cannot start: {error}")),
    };
    match runtime.block_on(work) {
        Ok(()) => Report::new(),
        Err(error) if error.downcast_ref::<WrongArgument>().is_some() => {
            Report::ended(Exit::Wrong, format!("{error:#}"))
        }
        Err(error) => Report::failed(format!("{error:#}")),
    }
}

/// Starts the bot, serves until a signal or a failure, and stops in order: HTTP server, loops, store.
async fn serve(live: Live) -> anyhow::Result<()> {
    let hangup = cli::hear_hangup().context("SIGHUP")?;
    let settings = live.current();
    let recorder = PrometheusBuilder::new().install_recorder().context("metrics")?;
    web::describe_metrics();
    let (app, worker) = cli::prepare(live.clone(), cli::running_clock(now)).await?;
    let listen = settings.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("[server] listen = \"{listen}\""))?;
    let (phase, phases) = watch::channel(Phase::Serving);
    let (stop, stopped) = watch::channel(false);
    let told = Arc::clone(&app);
    let hangup =
        cli::on_hangup(hangup, live, stopped.clone(), move |answer| cli::after_reload(Arc::clone(&told), answer));
    let broken = watch::Sender::new(None);
    let discord = cli::discord(&app).await?;
    let mirror = discord.as_ref().map(|(discord, _)| Arc::clone(discord));
    let loops = [
        supervise("hearing Discord", &broken, cli::listen(Arc::clone(&app), discord, stopped.clone())),
        supervise("delivering", &broken, worker.mirrored_to(cli::platforms(mirror.clone())).run(stopped.clone())),
        supervise("reading bounces", &broken, cli::watch_bounces(Arc::clone(&app), stopped.clone())),
        supervise("reading reports", &broken, cli::watch_reports(Arc::clone(&app), stopped.clone())),
        supervise("routing", &broken, cli::route(Arc::clone(&app), stopped.clone())),
        supervise("pruning", &broken, cli::prune(Arc::clone(&app), stopped.clone())),
        supervise("verifying the database", &broken, cli::verify(Arc::clone(&app), stopped.clone())),
        supervise("keeping the offline copy", &broken, cli::keep_offline_copy(Arc::clone(&app), stopped.clone())),
        supervise(
            "sending heartbeats",
            &broken,
            cli::send_heartbeats(Arc::clone(&app), Arc::default(), stopped.clone()),
        ),
        supervise("asking about alarms", &broken, cli::poll_alarms(Arc::clone(&app), Arc::default(), stopped.clone())),
        supervise("watching the clock", &broken, cli::watch_clock(Arc::clone(&app), stopped.clone())),
        supervise("watching the disk", &broken, cli::watch_disk(Arc::clone(&app), stopped.clone())),
        supervise("folding numbers", &broken, web::health::fold_numbers(recorder.clone(), stopped.clone())),
        supervise("hearing SIGHUP", &broken, hangup),
    ];
    tokio::spawn(end(phase, app.store.failed(), broken.subscribe()));
    let state =
        web::State { metrics: Some(recorder), discord: mirror, ..web::State::new(Arc::clone(&app), phases.clone()) };
    tracing::info!("hotroom {} on {}", env!("CARGO_PKG_VERSION"), settings.server.public_url);
    let limits = Limits::of(&settings.server);
    let drained = server::serve_live(listener, web::router(state), limits, phases, app.config.clone()).await;
    tracing::info!("no new requests; {drained}");
    stop.send_replace(true);
    for ending in loops {
        tokio::time::timeout(settings.server.drain_timeout, ending).await.ok();
    }
    let failed = app.store.failed().borrow().clone();
    app.store.close().await.ok();
    if let Some(name) = *broken.borrow() {
        return Err(anyhow!("{name} has panicked; the line before says where. Start again, and report it as a bug"));
    }
    failed.map_or(Ok(()), |why| Err(anyhow!("the store has failed: {why}. Start again: the file is read afresh")))
}

/// Spawns a loop that runs until it is stopped. A panic in it ends the process with a reason, because a bot without
/// this loop would look healthy and do nothing.
fn supervise(
    name: &'static str,
    broken: &watch::Sender<Option<&'static str>>,
    work: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let broken = broken.clone();
    tokio::spawn(async move {
        if tokio::spawn(work).await.is_err() {
            broken.send_replace(Some(name));
        }
    })
}

/// Starts the shutdown at the first SIGTERM or Ctrl-C, or when the store or a loop fails. A second signal ends the
/// process at once.
async fn end(
    phase: watch::Sender<Phase>,
    mut failed: watch::Receiver<Option<String>>,
    mut broken: watch::Receiver<Option<&'static str>>,
) {
    let mut term = match signal(SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => return tracing::error!(%error, "SIGTERM is not heard"),
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = failed.wait_for(Option::is_some) => {}
        _ = broken.wait_for(Option::is_some) => {}
    }
    phase.send_replace(Phase::Draining);
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    phase.send_replace(Phase::Ended);
    std::process::exit(130);
}

/// Returns the current time. Nothing else reads the system clock.
#[allow(clippy::disallowed_methods, reason = "everything else is handed the time")]
fn now() -> Timestamp {
    chrono::Utc::now()
}

/// Sets the fail points in `FAILPOINTS`, such as `intake.read=1*panic`, and aborts the process at the n-th pass of the
/// one in `HOTROOM_ABORT_AT`, such as `deliver.claimed#2`. They are active until the returned scenario is dropped.
#[cfg(feature = "failpoints")]
fn fail_points() -> fail::FailScenario<'static> {
    use std::sync::atomic::{AtomicU64, Ordering};
    let points = fail::FailScenario::setup();
    let Ok(wanted) = std::env::var("HOTROOM_ABORT_AT") else { return points };
    let Some((point, pass)) = wanted.split_once('#') else { return points };
    let pass: u64 = pass.parse().unwrap_or(1);
    let passes = AtomicU64::new(0);
    let count = move || {
        if passes.fetch_add(1, Ordering::SeqCst) + 1 == pass {
            std::process::abort();
        }
    };
    fail::cfg_callback(point, count).unwrap_or_else(|error| eprintln!("HOTROOM_ABORT_AT: {error}"));
    points
}

/// Prints a text and ignores write errors.
fn print(text: &str, answer: bool) {
    let _ = if answer { writeln!(io::stdout(), "{text}") } else { writeln!(io::stderr(), "{text}") };
}
