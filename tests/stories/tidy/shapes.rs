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
const TUPLES: [&str; 0] = [];

/// Types that are named by a participle.
const PARTICIPLES: [&str; 1] = ["src/domain/text.rs: Untrusted"];

/// Public type names that may occur more than once, because each folder has its own: the error, the filter of a list,
/// the rejection of an extractor.
const SHARED_NAMES: [&str; 3] = ["Error", "Filter", "Rejection"];

/// Other public type names that occur more than once.
const TWICE: [&str; 0] = [];

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
const FILTERS: [&str; 0] = [];

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
const ONCE: [&str; 0] = [];
