//! Stories through the front door on a virtual clock, and the rules of the house.

mod command_line;
mod faulty;
mod flapping;
mod groups;
mod incident;
mod joining;
mod old_databases;
mod paging;
mod private;
mod quiet;
mod senders;
mod silences;
mod status_page;
mod storm;
mod tidy;
mod whole;
mod world;
