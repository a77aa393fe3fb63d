//! Bad input and broken surroundings, thrown at the real thing over real sockets.

#[cfg_attr(not(feature = "failpoints"), allow(dead_code, reason = "most of it is for the kill tests"))]
mod bot;
mod cases;
#[cfg(feature = "failpoints")]
mod contact_crashes;
#[cfg(feature = "failpoints")]
mod crashes;
#[cfg(feature = "failpoints")]
#[path = "../fakes/http/mod.rs"]
mod fake_http;
mod house;
mod http_api;
mod http_compatible;
mod http_compressed;
mod http_door;
mod http_intake;
mod http_opsgenie;
mod http_opsgenie_lookups;
mod http_server;
mod http_status_host;
mod http_tls;
#[cfg(feature = "failpoints")]
mod kill;
mod lost_file;
mod process;
mod set_clock;
#[path = "../../src/shared_files.rs"]
mod shared_files;
mod troubles;
mod wire;
