//! Words of people, states and whom a command is about.

use crate::{
    command::{Whom, lex::quote},
    domain::{alert::AlertState, ids::PersonId},
};

pub(super) fn person_text(person: Option<&PersonId>) -> String {
    person.map_or_else(|| "nobody".to_owned(), |p| quote(&format!("@{p}")))
}

pub(super) fn whom_text(whom: &Whom) -> String {
    match whom {
        Whom::Person(id) => person_text(Some(id)),
        Whom::Team(id) => quote(&format!("team/{id}")),
        Whom::Schedule(id) => quote(&format!("schedule/{id}")),
        Whom::Service(id) => quote(&format!("service/{id}")),
    }
}

pub(super) fn state_word(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "firing",
        AlertState::Acknowledged => "acknowledged",
        AlertState::Silenced => "silenced",
        AlertState::Resolved => "resolved",
    }
}
