//! Real senders against the real binary.
//!
//! `scripts/setup-tests senders` unpacks Debian's packages and installs the clients in `target/senders`; a test whose
//! program is not there is skipped with a line, unless `HOTROOM_SENDERS=required` is set, as `make test-senders` does.

mod alertmanager;
mod amtool;
mod clients;
/// An outside system that receives.
#[path = "../fakes/http/mod.rs"]
mod fake_http;
mod icinga;
mod import;
mod nagios;
mod prometheus;
mod rig;
mod scripts;
mod webhooks;
mod zabbix;
