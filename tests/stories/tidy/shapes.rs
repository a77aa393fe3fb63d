//! Checks sizes and shapes of files, functions and types.

use std::collections::BTreeMap;

use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

use super::{SourceFile, Violation, all_sources, check, is_test, sources, visit_code};

/// The longest function, in lines from its name to its closing brace.
const FUNCTION_LINES: usize = 60;
/// The most parameters, without `self`. A tuple counts as its elements.
const PARAMETERS: usize = 5;
/// The longest source file, in lines.
const FILE_LINES: usize = 400;

/// Functions with a tuple as a parameter.
const TUPLES: [&str; 36] = [
    "src/cli/check_rules.rs: tried takes a tuple",
    "src/cli/demo/mod.rs: says takes a tuple",
    "src/cli/doctor/discord.rs: ask takes a tuple",
    "src/cli/doctor/discord.rs: is_seen_by takes a tuple",
    "src/cli/doctor/mod.rs: examine takes a tuple",
    "src/cli/replay.rs: differences takes a tuple",
    "src/cli/replay.rs: hear_again takes a tuple",
    "src/intake/generic.rs: list takes a tuple",
    "src/intake/pagerduty.rs: said takes a tuple",
    "src/render/page.rs: page takes a tuple",
    "src/render/page.rs: page_notice takes a tuple",
    "src/render/page.rs: stands takes a tuple",
    "src/render/samples/events.rs: told takes a tuple",
    "src/render/silences.rs: of takes a tuple",
    "src/render/voice.rs: event_context takes a tuple",
    "src/web/api/alerts.rs: shape takes a tuple",
    "src/web/api/incidents.rs: shape takes a tuple",
    "src/web/compat/opsgenie/heartbeats.rs: planned takes a tuple",
    "src/web/compat/opsgenie/mod.rs: in_order takes a tuple",
    "src/web/compat/opsgenie/mod.rs: newest takes a tuple",
    "src/web/compat/opsgenie/mod.rs: search takes a tuple",
    "src/web/console/events.rs: look takes a tuple",
    "src/web/console/say.rs: command takes a tuple",
    "src/web/console/say.rs: talk takes a tuple",
    "src/web/console/state.rs: read takes a tuple",
    "src/web/intake.rs: proof takes a tuple",
    "src/web/intake.rs: take takes a tuple",
    "src/web/intake/signature.rs: signed takes a tuple",
    "src/web/pages/health.rs: read takes a tuple",
    "src/web/pages/health.rs: sources takes a tuple",
    "src/web/pages/oncall.rs: on_now takes a tuple",
    "src/web/pages/oncall.rs: schedule_view takes a tuple",
    "src/web/pages/show.rs: show takes a tuple",
    "src/web/sign_in.rs: admit takes a tuple",
    "src/web/status_page/json.rs: update takes a tuple",
    "src/web/world.rs: write takes a tuple",
];

/// Types that are named by a participle.
const PARTICIPLES: [&str; 47] = [
    "src/cli/import/mod.rs: Imported",
    "src/cli/logging.rs: Shaped",
    "src/cli/replay.rs: Asked",
    "src/cli/replay.rs: Replayed",
    "src/command/bind.rs: Heard",
    "src/command/build.rs: Given",
    "src/command/request.rs: Shown",
    "src/command/request.rs: Spoken",
    "src/command/vocabulary.rs: Known",
    "src/config/check/mod.rs: Seen",
    "src/config/check/workflow.rs: Written",
    "src/config/live.rs: Reloaded",
    "src/domain/text.rs: Untrusted",
    "src/intake/chat.rs: Told",
    "src/intake/datadog.rs: Told",
    "src/intake/generic.rs: Said",
    "src/intake/mod.rs: Parsed",
    "src/intake/pagerduty_events.rs: Admitted",
    "src/intake/reading.rs: Told",
    "src/render/names.rs: Known",
    "src/web/api/incidents.rs: Wanted",
    "src/web/api/listing.rs: Asked",
    "src/web/api/pages.rs: Wanted",
    "src/web/api/speak.rs: Done",
    "src/web/compat/alertmanager/alerts.rs: Told",
    "src/web/compat/alertmanager/asked.rs: Asked",
    "src/web/compat/alertmanager/silences.rs: Posted",
    "src/web/compat/opsgenie/mod.rs: Asked",
    "src/web/compat/opsgenie/order.rs: Sorted",
    "src/web/compat/opsgenie/query.rs: Wanted",
    "src/web/console/json.rs: Named",
    "src/web/console/json.rs: Said",
    "src/web/console/watch.rs: Told",
    "src/web/intake.rs: Taken",
    "src/web/intake/keep.rs: Sent",
    "src/web/intake/signature.rs: Signed",
    "src/web/layers/finish.rs: Asked",
    "src/web/pages/frame.rs: Framed",
    "src/web/pages/record.rs: Placed",
    "src/web/pages/show.rs: Shown",
    "src/web/problem.rs: Told",
    "src/web/server.rs: Drained",
    "src/web/server/wire.rs: Told",
    "src/web/sign_in.rs: Named",
    "src/web/status_page/data.rs: Shown",
    "src/web/status_page/feed.rs: Told",
    "src/web/status_page/json.rs: Affected",
];

/// Public type names that may occur more than once, because each folder has its own: the error, the filter of a list,
/// the rejection of an extractor.
const SHARED_NAMES: [&str; 3] = ["Error", "Filter", "Rejection"];

/// Other public type names that occur more than once.
const TWICE: [&str; 38] = [
    "Access",
    "Answer",
    "Asked",
    "Bot",
    "Chat",
    "Command",
    "Context",
    "Discord",
    "Document",
    "GroupView",
    "IncidentView",
    "Json",
    "Key",
    "Lane",
    "Line",
    "Names",
    "Node",
    "Outcome",
    "Page",
    "PageView",
    "Place",
    "Query",
    "Refusal",
    "Request",
    "Row",
    "Seat",
    "Shown",
    "Since",
    "Source",
    "Stage",
    "Token",
    "Told",
    "Unreadable",
    "Value",
    "Wanted",
    "Watch",
    "Words",
    "World",
];

struct Functions {
    file: &'static SourceFile,
    violations: Vec<Violation>,
    tuples: Vec<Violation>,
    lengths: Vec<usize>,
}

impl Functions {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = signature.span().start().line;
        let lines = block.span().end().line - line + 1;
        let name = &signature.ident;
        self.lengths.push(lines);
        if lines > FUNCTION_LINES {
            self.violations
                .push(self.file.violation(line, format!("{name} has {lines} lines, at most {FUNCTION_LINES}")));
        }
        self.parameters(signature);
    }

    fn parameters(&mut self, signature: &syn::Signature) {
        let (line, name) = (signature.span().start().line, &signature.ident);
        let types = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(parameter) => Some(&*parameter.ty),
            syn::FnArg::Receiver(_) => None,
        });
        let elements: Vec<usize> = types.map(elements).collect();
        let parameters: usize = elements.iter().sum();
        if parameters > PARAMETERS {
            let what = format!("{name} takes {parameters} parameters, at most {PARAMETERS}");
            self.violations.push(self.file.violation(line, what));
        }
        if elements.iter().any(|count| *count > 1) {
            self.tuples.push(self.file.violation(line, format!("{name} takes a tuple")));
        }
    }
}

/// Returns the number of values of a parameter: the elements of a tuple, or of a reference to one.
fn elements(parameter: &syn::Type) -> usize {
    match parameter {
        syn::Type::Tuple(tuple) => tuple.elems.len(),
        syn::Type::Reference(reference) => elements(&reference.elem),
        syn::Type::Paren(inner) => elements(&inner.elem),
        _ => 1,
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        // The parameters of a trait implementation are defined by the trait, and counted there if it is ours.
        for inner in &item.items {
            if let syn::ImplItem::Fn(function) = inner {
                if item.trait_.is_none() {
                    self.measure(&function.sig, &function.block);
                } else {
                    let lines = function.block.span().end().line - function.sig.span().start().line + 1;
                    self.lengths.push(lines);
                }
                visit::visit_block(self, &function.block);
            }
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.parameters(&item.sig);
        visit::visit_trait_item_fn(self, item);
    }
}

fn functions() -> Vec<Functions> {
    let measure = |file| {
        let mut functions = Functions { file, violations: Vec::new(), tuples: Vec::new(), lengths: Vec::new() };
        visit_code(&mut functions, file);
        functions
    };
    sources().map(measure).collect()
}

#[test]
fn functions_and_files_stay_small() {
    let mut violations: Vec<Violation> = functions().into_iter().flat_map(|functions| functions.violations).collect();
    for file in all_sources().iter() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            violations.push(file.violation(lines, format!("has {lines} lines, at most {FILE_LINES}")));
        }
    }
    check("sizes", &violations, &[]);
    let mut lengths: Vec<usize> = functions().into_iter().flat_map(|functions| functions.lengths).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 15, "the median function has {median} lines, at most 15");
}

#[test]
fn no_parameter_is_a_tuple() {
    let violations: Vec<Violation> = functions().into_iter().flat_map(|functions| functions.tuples).collect();
    check("a tuple is no parameter", &violations, &TUPLES);
}

/// A type of the crate and its place.
struct TypeName {
    name: String,
    public: bool,
    at: Violation,
}

/// Collects the types of a file, also those inside functions.
struct TypeNames {
    file: &'static SourceFile,
    found: Vec<TypeName>,
}

impl TypeNames {
    fn add(&mut self, ident: &syn::Ident, visibility: &syn::Visibility) {
        let at = self.file.violation(ident.span().start().line, ident.to_string());
        self.found.push(TypeName {
            name: ident.to_string(),
            public: !matches!(visibility, syn::Visibility::Inherited),
            at,
        });
    }
}

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.ident, &item.vis);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.ident, &item.vis);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(&item.ident, &item.vis);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(&item.ident, &item.vis);
        visit::visit_item_trait(self, item);
    }
}

fn type_names() -> Vec<TypeName> {
    let names = |file| {
        let mut names = TypeNames { file, found: Vec::new() };
        visit_code(&mut names, file);
        names.found
    };
    sources().flat_map(names).collect()
}

/// Participles that do not end in `ed`.
const IRREGULAR: [&str; 30] = [
    "Told",
    "Said",
    "Heard",
    "Held",
    "Kept",
    "Made",
    "Given",
    "Known",
    "Shown",
    "Sent",
    "Taken",
    "Found",
    "Left",
    "Done",
    "Seen",
    "Drawn",
    "Spoken",
    "Written",
    "Gone",
    "Bound",
    "Built",
    "Chosen",
    "Lost",
    "Begun",
    "Felt",
    "Thrown",
    "Understood",
    "Forgotten",
    "Hidden",
    "Ran",
];

/// Nouns that end like a participle.
const NOUNS: [&str; 3] = ["Feed", "Embed", "Seed"];

#[test]
fn types_are_named_by_nouns() {
    let participle = |name: &str| {
        let one_word = name.chars().skip(1).all(|letter| !letter.is_uppercase());
        let ends = name.ends_with("ed") && !NOUNS.contains(&name);
        one_word && (ends || IRREGULAR.contains(&name))
    };
    let violations: Vec<Violation> =
        type_names().into_iter().filter(|found| participle(&found.name)).map(|found| found.at).collect();
    check("a type is named by a noun", &violations, &PARTICIPLES);
}

#[test]
fn a_public_type_name_occurs_once() {
    let mut places: BTreeMap<String, Vec<Violation>> = BTreeMap::new();
    for found in type_names().into_iter().filter(|found| found.public) {
        places.entry(found.name).or_default().push(found.at);
    }
    let allowed = |name: &str| SHARED_NAMES.contains(&name) || TWICE.contains(&name);
    let twice = places.iter().filter(|(name, places)| places.len() > 1 && !allowed(name));
    let violations: Vec<Violation> = twice.flat_map(|(_, places)| places.clone()).collect();
    check("a public type name occurs once", &violations, &[]);
    let unneeded: Vec<&&str> =
        TWICE.iter().filter(|name| places.get(**name).is_none_or(|places| places.len() < 2)).collect();
    assert!(unneeded.is_empty(), "remove these from TWICE, they occur once: {unneeded:?}");
}

#[test]
fn a_condition_is_written_as_one() {
    let mut violations = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            if line.contains(".filter(|_|") {
                violations.push(file.violation(number + 1, "filter(|_| …)"));
            }
        }
    }
    check("`if` or `match` rather than `filter(|_| …)`", &violations, &FILTERS);
}

/// Files that filter by a condition that does not look at the value.
const FILTERS: [&str; 37] = [
    "src/cli/doctor/discord.rs",
    "src/command/bind.rs",
    "src/command/build/record.rs",
    "src/command/vocabulary.rs",
    "src/config/decode/machine.rs",
    "src/config/model.rs",
    "src/domain/alert/interval.rs",
    "src/intake/chat.rs",
    "src/intake/cloudevents.rs",
    "src/intake/draft.rs",
    "src/intake/form.rs",
    "src/intake/nagios.rs",
    "src/intake/opsgenie_api.rs",
    "src/intake/pagerduty.rs",
    "src/intake/sentry.rs",
    "src/intake/statuspage.rs",
    "src/intake/uptimerobot.rs",
    "src/intake/zabbix.rs",
    "src/render/group.rs",
    "src/render/page.rs",
    "src/render/post.rs",
    "src/render/renderer.rs",
    "src/render/replies.rs",
    "src/render/samples/mod.rs",
    "src/render/view.rs",
    "src/web/api/changes.rs",
    "src/web/api/incidents.rs",
    "src/web/api/silences.rs",
    "src/web/compat/opsgenie/mod.rs",
    "src/web/compat/opsgenie/shapes.rs",
    "src/web/intake/signature.rs",
    "src/web/pages/health.rs",
    "src/web/pages/incidents.rs",
    "src/web/samples.rs",
    "src/web/samples/health.rs",
    "src/web/samples/incidents.rs",
    "src/web/status_page/data.rs",
];

#[test]
fn a_transaction_can_be_repeated() {
    let mut violations = Vec::new();
    for file in sources().filter(|file| file.path.starts_with("src/store/")) {
        for (number, line) in file.text.lines().enumerate() {
            if line.contains("FnOnce(&mut Tx") {
                violations.push(file.violation(number + 1, "takes FnOnce(&mut Tx), not Fn"));
            }
        }
    }
    check("the closures of transactions are Fn", &violations, &ONCE);
}

/// Files whose transactions cannot be repeated.
const ONCE: [&str; 1] = ["src/store/engine/scan.rs"];
