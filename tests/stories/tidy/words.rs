//! Checks that text for people is in `templates/`.

use syn::visit::{self, Visit};

use super::{SourceFile, Violation, check, is_test, sources, visit_code};

/// Files of `app` that contain a sentence.
const SENTENCES: [&str; 0] = [];

/// Macros whose text is for operators and developers, not for the people of a room.
const FOR_OPERATORS: [&str; 9] =
    ["trace", "debug", "info", "warn", "error", "fail_point", "expect", "unreachable", "assert"];

/// Collects string literals with a space between words.
struct Sentences {
    file: &'static SourceFile,
    found: Vec<Violation>,
}

impl Sentences {
    fn note(&mut self, text: &str, line: usize) {
        let words = text.split(' ').filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1);
        if words.count() > 2 {
            self.found.push(self.file.violation(line, format!("{text:?}")));
        }
    }
}

impl<'ast> Visit<'ast> for Sentences {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    // Doc comments and `#[error("…")]`.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let name = item.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if FOR_OPERATORS.contains(&name.as_str()) {
            return;
        }
        for token in item.tokens.clone() {
            if let Ok(syn::Lit::Str(text)) = syn::parse2::<syn::Lit>(token.into()) {
                self.note(&text.value(), text.span().start().line);
            }
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // Store errors go to the log and the health page.
        let names_error = matches!(&*call.func, syn::Expr::Path(path)
            if path.path.segments.iter().any(|segment| segment.ident.to_string().ends_with("Error")));
        if !names_error {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.note(&text.value(), text.span().start().line);
    }
}

#[test]
fn text_for_people_lives_in_templates() {
    let mut violations = Vec::new();
    for file in sources().filter(|file| file.area() == Some("app")) {
        let mut sentences = Sentences { file, found: Vec::new() };
        visit_code(&mut sentences, file);
        violations.extend(sentences.found);
    }
    check("no sentence in src/app", &violations, &SENTENCES);
}
