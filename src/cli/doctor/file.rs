//! Checks the database: its pages, the event chain, unreadable deliveries, and outbox rows that were not sent.

use super::{Exit, Report, Round};
use crate::{
    cli::report::counted,
    store::{StoreError, Tx},
};

/// How many rows of a kind are listed.
const NAMED: usize = 20;
/// How many unreadable deliveries one run puts back.
const LOOKED_AT: usize = 500;

pub(super) fn check(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    pages(round, report)?;
    chain(round, report)?;
    paused(round, report)?;
    deliveries(round, report)?;
    stuck(round, report)
}

fn pages(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    for fault in round.scan.integrity_check()? {
        report.find(Exit::Failed, format!("the file is damaged: {fault}; restore the latest backup"));
    }
    Ok(())
}

fn chain(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let log = round.scan.read(|r| r.verify_log())?;
    match log.fault {
        Some(fault) => report
            .find(Exit::Failed, format!("event {} of the log is not as it was written: {}", fault.log_seq, fault.what)),
        None if log.good == 0 => report.say("nothing has happened yet: the log of events is empty"),
        None => {
            let events = counted(log.good, "event", "events");
            report.say(format!("{events}, the chain is whole, its head is {}", log.head));
        }
    }
    Ok(())
}

fn paused(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let (why, held) = round.scan.read(|r| Ok((r.sending_paused()?, r.count_held_rows()?)))?;
    if why.is_none() && held == 0 {
        return Ok(());
    }
    if round.remedies.resume_sending {
        round.repaired("sending goes on", |tx| tx.pause_sending(None).map(|()| true))?;
        report.say("sending goes on");
    } else if let Some(why) = why {
        let todo =
            "to send what is new: /admin resume in the console; to send everything: hotroom doctor --resume-sending";
        report.find(Exit::Failed, format!("nothing is sent: {why}; {todo}"));
    } else {
        let rows = counted(held, "message or timer", "messages and timers");
        report.say(format!("{rows} from before the restore are held; to send them: hotroom doctor --resume-sending"));
    }
    Ok(())
}

fn deliveries(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let unreadable = round.scan.read(|r| r.unreadable_deliveries(LOOKED_AT))?;
    for delivery in unreadable.iter().take(NAMED) {
        report.say(format!("delivery {} from {}: {}", delivery.id, delivery.source, delivery.why));
    }
    if unreadable.len() > NAMED {
        report.say("and more deliveries that could not be read");
    }
    // Nobody waits for an old reply to a command or message, so these are not put back.
    let of_sources: Vec<_> = unreadable.iter().filter(|delivery| !delivery.source.starts_with('@')).collect();
    if of_sources.is_empty() {
        return Ok(());
    }
    if !round.remedies.repair {
        report.say("to read them again, after a new mapping or an upgrade: hotroom doctor --repair");
        return Ok(());
    }
    let what = counted(of_sources.len() as u64, "delivery waits", "deliveries wait");
    let put_back = |tx: &mut Tx<'_>| {
        of_sources.iter().try_fold(false, |any, delivery| Ok(tx.reprocess_delivery(delivery.id)? || any))
    };
    if round.repaired(&format!("{what} to be read again"), put_back)? {
        report.say(format!("{what} to be read again, when the bot runs"));
    }
    Ok(())
}

fn stuck(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let rows = round.scan.read(|r| r.stuck_rows(500))?;
    for row in &rows {
        let what = format!("{} of lane {} ({})", row.key.0, row.lane, counted(row.attempts, "attempt", "attempts"));
        let why = row.why.as_deref().unwrap_or("no reason is known");
        if !round.remedies.repair {
            report.find(Exit::Failed, format!("stuck: {what}: {why}; to send it again: hotroom doctor --repair"));
        } else if round.repaired(&format!("{} was put back", row.key.0), |tx| tx.requeue(row.id))? {
            report.say(format!("put back: {what}; it may arrive twice"));
        }
    }
    Ok(())
}
