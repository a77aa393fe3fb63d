//! Boards: they are read at intervals, shown to their team each working morning, and the team is reminded when a column goes
//! above its limit.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::{
    app::Context,
    config::{BoardConfig, Config},
    domain::{
        Timestamp,
        effect::{ChatEffect, EffectKey, Timer, TrackerEffect},
        ids::{BoardId, Key, RoomId},
        incident::{INCIDENTS_FEED, Incident, IncidentKind, TimeName},
        review::FollowUpState,
        tracker::{BoardColumn, BoardItem, BoardState, ColumnItems, ColumnSpec, OLDEST_ITEMS},
    },
    render::BoardFacts,
    store::{FollowUpFilter, IncidentFilter, Reads, StoreError, Tx},
    tracker::TrackerKind,
};

/// How late the message of a morning is posted at most.
const LATEST: TimeDelta = TimeDelta::hours(3);
/// How many incidents and follow-ups are counted at most.
const MOST: usize = 500;

/// Plans the next reading and the next message of each board. Called at the start and when the configuration changes.
pub fn watch(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    for board in &cx.config.tracker.boards {
        plan(tx, cx, &Timer::ReadBoard { board: board.id.clone() }, cx.now)?;
        plan(tx, cx, &Timer::PostBoard { board: board.id.clone() }, first_post(cx.config, board, cx.now))?;
    }
    Ok(())
}

fn plan(tx: &mut Tx<'_>, cx: Context<'_>, timer: &Timer, due: Timestamp) -> Result<(), StoreError> {
    let lane = crate::domain::effect::DestinationEffect::lane(timer);
    let key = EffectKey(format!("{lane}/{}/{}", cx.now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &timer.clone().into(), due).map(drop)
}

/// It is time to read a board.
pub(in crate::app) fn read_due(tx: &mut Tx<'_>, cx: Context<'_>, board: &BoardId) -> Result<(), StoreError> {
    let Some(config) = cx.config.tracker.board(board) else { return Ok(()) };
    if config.kind == TrackerKind::Builtin {
        let columns = own_columns(tx, cx.config, config)?;
        take(tx, cx, config, columns)?;
    } else {
        let key = EffectKey(format!("board/{board}/read/{}", cx.now.timestamp_millis()));
        tx.enqueue(&key, &TrackerEffect::ReadBoard { board: board.clone() }.into(), cx.now)?;
    }
    let interval = TimeDelta::from_std(config.interval).unwrap_or(TimeDelta::hours(1));
    plan(tx, cx, &Timer::ReadBoard { board: board.clone() }, cx.now + interval)
}

/// Takes in a board that a tracker showed.
pub(super) fn was_read(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    board: &BoardId,
    columns: &[BoardColumn],
) -> Result<(), StoreError> {
    let Some(config) = cx.config.tracker.board(board) else { return Ok(()) };
    take(tx, cx, config, columns.to_vec())
}

/// Remembers why a board cannot be read.
pub(super) fn failed(tx: &mut Tx<'_>, board: &BoardId, why: &str) -> Result<(), StoreError> {
    let state = tx.board_state(board)?;
    tx.save_board_state(board, &BoardState { failure: Some(why.to_owned()), ..state })
}

fn take(tx: &mut Tx<'_>, cx: Context<'_>, board: &BoardConfig, columns: Vec<BoardColumn>) -> Result<(), StoreError> {
    let mut state = tx.board_state(&board.id)?;
    let new = state.take(columns, cx.now);
    tx.save_board_state(&board.id, &state)?;
    for (n, column) in new.into_iter().enumerate() {
        let key = EffectKey(format!("board/{}/over/{}/{n}", board.id, cx.now.timestamp_millis()));
        let effect = ChatEffect::Board { board: board.id.clone(), column: Some(column) };
        tx.enqueue(&key, &effect.into(), cx.now)?;
    }
    Ok(())
}

/// It is the hour of the message of a board.
pub(in crate::app) fn post_due(tx: &mut Tx<'_>, cx: Context<'_>, board: &BoardId) -> Result<(), StoreError> {
    let Some(config) = cx.config.tracker.board(board) else { return Ok(()) };
    let today = cx.now.with_timezone(&zone(cx.config, config)).date_naive();
    let due = posted_on(cx.config, config, today);
    if due.is_some_and(|due| is_in_time(due, cx.now)) && is_working_day(config, today) {
        let key = EffectKey(format!("board/{board}/morning/{today}"));
        tx.enqueue(&key, &ChatEffect::Board { board: board.clone(), column: None }.into(), cx.now)?;
    }
    plan(tx, cx, &Timer::PostBoard { board: board.clone() }, next_post(cx.config, config, cx.now))
}

/// The time zone of the team: that of the board, otherwise that of the first schedule.
fn zone(config: &Config, board: &BoardConfig) -> Tz {
    let first = || config.schedules.first().map_or(Tz::UTC, |schedule| schedule.timezone);
    board.timezone.unwrap_or_else(first)
}

fn is_working_day(board: &BoardConfig, day: NaiveDate) -> bool {
    board.days.contains(&day.weekday())
}

/// The moment of the message on a day. Where the clock is put forward over it, it is an hour later.
fn posted_on(config: &Config, board: &BoardConfig, day: NaiveDate) -> Option<Timestamp> {
    let zone = zone(config, board);
    let local = day.and_time(board.at);
    let moment = zone.from_local_datetime(&local).earliest();
    let moment: Option<DateTime<Tz>> =
        moment.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    moment.map(|at| at.to_utc())
}

/// When a message is due at the start: at once, if its time passed a short while ago. It is not posted twice on a day.
fn first_post(config: &Config, board: &BoardConfig, now: Timestamp) -> Timestamp {
    let today = now.with_timezone(&zone(config, board)).date_naive();
    let due = posted_on(config, board, today).filter(|due| is_working_day(board, today) && is_in_time(*due, now));
    due.map_or_else(|| next_post(config, board, now), |_| now)
}

/// True if a message that was due then is still wanted.
fn is_in_time(due: Timestamp, now: Timestamp) -> bool {
    due <= now && now - due <= LATEST
}

fn next_post(config: &Config, board: &BoardConfig, now: Timestamp) -> Timestamp {
    let today = now.with_timezone(&zone(config, board)).date_naive();
    let days = (0..=7).filter_map(|n| today.checked_add_days(Days::new(n)));
    let mut due = days.filter(|day| is_working_day(board, *day)).filter_map(|day| posted_on(config, board, day));
    due.find(|due| *due > now).unwrap_or(now + TimeDelta::days(7))
}

/// The room in which the team of a board reads it.
pub fn room_of(config: &Config, board: &BoardConfig) -> RoomId {
    let room = config.team(&board.team).and_then(|team| team.room.clone());
    room.unwrap_or_else(|| RoomId::from(INCIDENTS_FEED))
}

/// What is shown of a board now: of hotroom's own as it is, of an outside one as it was read last. Nothing of a private
/// incident: everyone reads it.
pub fn facts(
    reads: &Reads<'_>,
    config: &Config,
    now: Timestamp,
    board: &BoardConfig,
) -> Result<BoardFacts, StoreError> {
    let mut state = reads.board_state(&board.id)?;
    if board.kind == TrackerKind::Builtin {
        state.columns = own_columns(reads, config, board)?;
        state.read_at = Some(now);
    }
    for column in &mut state.columns {
        let mut shown = Vec::new();
        for item in column.oldest.drain(..) {
            let key = Key::parse(&item.key);
            let incident = key.map(|key| reads.incident_by_key(&key)).transpose()?.flatten();
            if incident.is_none_or(|incident| !incident.private) {
                shown.push(item);
            }
        }
        column.oldest = shown;
    }
    Ok(BoardFacts { name: board.name.clone(), state })
}

/// The boards that a person asks for: the named one, otherwise all.
pub fn asked<'c>(config: &'c Config, name: Option<&str>) -> Vec<&'c BoardConfig> {
    let boards = config.tracker.boards.iter();
    let is_named = |board: &&BoardConfig| {
        name.is_none_or(|name| board.id.as_str().eq_ignore_ascii_case(name) || board.name.eq_ignore_ascii_case(name))
    };
    boards.filter(is_named).collect()
}

/// Counts the columns of a board of hotroom's own.
fn own_columns(reads: &Reads<'_>, config: &Config, board: &BoardConfig) -> Result<Vec<BoardColumn>, StoreError> {
    let filter = IncidentFilter { open: Some(true), limit: MOST, ..IncidentFilter::default() };
    let mut incidents = reads.list_incidents(&filter)?.items;
    incidents.retain(|incident| is_of_team(config, board, incident));
    incidents.sort_by_key(declared);
    board.query.columns.iter().map(|spec| own_column(reads, config, board, &incidents, spec)).collect()
}

/// True for a real, public incident on a service of the team. A team without services has all.
fn is_of_team(config: &Config, board: &BoardConfig, incident: &Incident) -> bool {
    let of_team = |id: &str| config.service(id).is_some_and(|service| service.team.as_ref() == Some(&board.team));
    let is_theirs = incident.service.as_ref().is_some_and(|service| of_team(service.as_str()));
    let has_services = config.services.iter().any(|service| service.team.as_ref() == Some(&board.team));
    !incident.private && incident.kind == IncidentKind::Real && (is_theirs || !has_services)
}

fn own_column(
    reads: &Reads<'_>,
    config: &Config,
    board: &BoardConfig,
    incidents: &[Incident],
    spec: &ColumnSpec,
) -> Result<BoardColumn, StoreError> {
    let items: Vec<BoardItem> = match spec.items {
        ColumnItems::Incidents => {
            let has = |incident: &&Incident| {
                spec.statuses.iter().any(|status| incident.status.as_str().eq_ignore_ascii_case(status))
            };
            let item = |incident: &Incident| BoardItem {
                key: incident.key.to_string(),
                title: incident.title.shown(200),
                since: declared(incident),
            };
            incidents.iter().filter(has).map(item).collect()
        }
        ColumnItems::Tasks => incidents.iter().flat_map(open_tasks).collect(),
        ColumnItems::FollowUps => follow_ups(reads, config, board)?,
    };
    Ok(BoardColumn {
        name: spec.name.clone(),
        count: u32::try_from(items.len()).unwrap_or(u32::MAX),
        limit: spec.limit,
        oldest: items.into_iter().take(OLDEST_ITEMS).collect(),
    })
}

fn declared(incident: &Incident) -> Option<Timestamp> {
    incident.times.get(&TimeName::Declared).map(|time| time.first)
}

fn open_tasks(incident: &Incident) -> impl Iterator<Item = BoardItem> + '_ {
    let open = incident.tasks.iter().filter(|task| !task.done);
    open.map(|task| BoardItem { key: incident.key.to_string(), title: task.text.shown(200), since: None })
}

fn follow_ups(reads: &Reads<'_>, config: &Config, board: &BoardConfig) -> Result<Vec<BoardItem>, StoreError> {
    let filter = FollowUpFilter { state: Some(FollowUpState::Open), limit: MOST, ..FollowUpFilter::default() };
    let mut items = Vec::new();
    for item in reads.list_followups(&filter)?.items.into_iter().rev() {
        let incident = reads.incident(item.incident)?;
        if incident.is_some_and(|incident| is_of_team(config, board, &incident)) {
            items.push(BoardItem { key: item.key.to_string(), title: item.title.shown(200), since: None });
        }
    }
    Ok(items)
}
