//! The part of `hotroom check` that tries the places of the offline on-call sheet. It writes nothing but an object that says
//! nothing into the bucket.

use crate::{
    cli::{Exit, Report},
    config::Config,
    deliver::offline_copy::{check_bucket, check_folder},
    domain::Timestamp,
    net::HttpClient,
};

/// Tries the folder and the bucket, if they are configured.
pub(super) fn check(config: &Config, now: Timestamp, report: &mut Report) {
    let Some(settings) = &config.offline_copy else { return };
    if let Some(folder) = &settings.folder {
        match check_folder(folder) {
            Ok(()) => report.say(format!("the offline copy is written to {}", folder.display())),
            Err(why) => report.find(Exit::Failed, format!("[offline_copy] folder: {why}")),
        }
    }
    if let Some(bucket) = &settings.bucket {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match (HttpClient::new(&config.net), runtime) {
            (Ok(http), Ok(runtime)) => match runtime.block_on(check_bucket(bucket, &http, now)) {
                Ok(()) => report.say(format!(
                    "the bucket {} takes the offline copy, and nobody reads it without a signature",
                    bucket.bucket
                )),
                Err(why) => report.find(Exit::Failed, format!("[offline_copy.bucket]: {why}")),
            },
            (Err(why), _) => report.find(Exit::Failed, format!("[net]: {why}")),
            (_, Err(error)) => report.find(Exit::Failed, format!("cannot start: {error}")),
        }
    }
}
