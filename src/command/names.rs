//! Resolves names: of people, of what can be paged, and of anything else in the vocabulary.

use super::{
    KnownName, OptionSpec, UsageError, Whom,
    parse_context::ParseContext,
    usage::AmbiguousName,
    vocabulary::{NameMatch, exact, find, nearest},
};
use crate::domain::{ids::PersonId, text::Untrusted};

/// Maximum number of people in one option.
const MAX_LISTED: usize = 50;

/// Resolves a name.
pub(super) fn named<'a>(
    option: &OptionSpec,
    what: &str,
    known: &'a [KnownName],
    text: &str,
) -> Result<&'a KnownName, UsageError> {
    match find(known, text) {
        NameMatch::One(known) => Ok(known),
        NameMatch::Several(several) => Err(ambiguous(option, what, text, several.into_iter().map(|k| ("", k)))),
        NameMatch::None => Err(UsageError::UnknownName {
            option: option.name.clone(),
            what: what.to_owned(),
            said: Untrusted::new(text),
            near: nearest(known, text),
            known: known.iter().take(25).map(|k| k.id.clone()).collect(),
        }),
    }
}

/// The error about a name that fits several things; each is listed with what means only it.
fn ambiguous<'a>(
    option: &OptionSpec,
    what: &str,
    text: &str,
    several: impl Iterator<Item = (&'a str, &'a KnownName)>,
) -> UsageError {
    let fits = several
        .take(MAX_LISTED)
        .map(|(prefix, known)| AmbiguousName { id: format!("{prefix}{}", known.id), name: known.name.clone() });
    let (option, what) = (option.name.clone(), what.to_owned());
    UsageError::Ambiguous { option, what, said: Untrusted::new(text), fits: fits.collect() }
}

/// Resolves a person, or nobody where that is allowed.
pub(super) fn person(
    context: &ParseContext<'_, '_>,
    option: &OptionSpec,
    text: &str,
) -> Result<Option<PersonId>, UsageError> {
    if option.nobody && matches!(text.trim().to_lowercase().as_str(), "nobody" | "none" | "noone" | "-") {
        return Ok(None);
    }
    one_person(context, option, text).map(Some)
}

fn one_person(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<PersonId, UsageError> {
    let name = text.trim().trim_start_matches("<@").trim_end_matches('>').trim_start_matches('@');
    if name.eq_ignore_ascii_case("me") {
        return Ok(context.place.actor.clone());
    }
    let people = &context.vocabulary.people;
    match find(people, name) {
        NameMatch::One(known) => Ok(PersonId::new(known.id.as_str())),
        NameMatch::Several(several) => Err(ambiguous(option, "person", text, several.into_iter().map(|k| ("@", k)))),
        NameMatch::None => Err(UsageError::UnknownPerson {
            option: option.name.clone(),
            said: Untrusted::new(text),
            near: nearest(people, name).into_iter().map(PersonId::new).collect(),
        }),
    }
}

/// Splits names at commas, or, if no name contains a space, at spaces.
pub(super) fn people(
    context: &ParseContext<'_, '_>,
    option: &OptionSpec,
    text: &str,
) -> Result<Vec<PersonId>, UsageError> {
    let by_comma: Vec<&str> = text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
    let mut found = Vec::new();
    for part in by_comma.into_iter().take(MAX_LISTED) {
        let whole = one_person(context, option, part);
        let names = match whole {
            Ok(id) => vec![id],
            Err(UsageError::UnknownPerson { .. }) if part.contains(char::is_whitespace) => part
                .split_whitespace()
                .filter(|w| !matches!(*w, "and" | "&"))
                .take(MAX_LISTED)
                .map(|name| one_person(context, option, name))
                .collect::<Result<_, _>>()?,
            Err(why) => return Err(why),
        };
        found.extend(names);
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(id.clone()));
    match found.is_empty() {
        true => one_person(context, option, text).map(|id| vec![id]),
        false => Ok(found),
    }
}

type MakeWhom = fn(&str) -> Whom;

/// Resolves a name as a person, a team, a schedule or a service; `team/…` and the like select one kind. An exact id wins
/// over names; what fits things of several kinds is refused.
pub(super) fn whom(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<Whom, UsageError> {
    let v = context.vocabulary;
    let text = text.trim();
    let kinds: [(&str, &[KnownName], MakeWhom); 4] = [
        ("@", &v.people, |id| Whom::Person(id.into())),
        ("team/", &v.teams, |id| Whom::Team(id.into())),
        ("schedule/", &v.schedules, |id| Whom::Schedule(id.into())),
        ("service/", &v.services, |id| Whom::Service(id.into())),
    ];
    if let Some((prefix, name)) = text.split_once('/')
        && let Some((kind, known, make)) =
            kinds.iter().find(|(kind, ..)| kind.trim_end_matches('/').eq_ignore_ascii_case(prefix))
    {
        return named(option, kind.trim_end_matches('/'), known, name).map(|k| make(&k.id));
    }
    let is_mention = text.starts_with('@') || text.starts_with("<@") || text.eq_ignore_ascii_case("me");
    if is_mention {
        return one_person(context, option, text).map(Whom::Person);
    }
    let exact = kinds.iter().filter_map(|(kind, known, make)| Some((*kind, exact(known, text)?, *make)));
    let mut found: Vec<(&str, &KnownName, MakeWhom)> = exact.collect();
    if found.is_empty() {
        for (kind, known, make) in &kinds {
            match find(known, text) {
                NameMatch::One(one) => found.push((kind, one, *make)),
                NameMatch::Several(several) => found.extend(several.into_iter().map(|one| (*kind, one, *make))),
                NameMatch::None => {}
            }
        }
    }
    match &found[..] {
        [(_, only, make)] => Ok(make(&only.id)),
        [] => Err(unknown_whom(context, option, text)),
        [..] => {
            let what = "person, team, schedule or service";
            Err(ambiguous(option, what, text, found.iter().map(|(kind, known, _)| (*kind, *known))))
        }
    }
}

fn unknown_whom(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> UsageError {
    let v = context.vocabulary;
    let all = [&v.people, &v.teams, &v.schedules, &v.services];
    UsageError::UnknownName {
        option: option.name.clone(),
        what: "person, team, schedule or service".to_owned(),
        said: Untrusted::new(text),
        near: nearest(all.into_iter().flatten(), text),
        known: all.into_iter().flatten().take(25).map(|k| k.id.clone()).collect(),
    }
}
