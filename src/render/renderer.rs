//! The template engine, with the shipped templates and the operator's overrides.

use std::{
    collections::BTreeMap,
    error::Error,
    path::{Path, PathBuf},
};

use include_dir::{Dir, include_dir};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, escape_formatter, value::Serde};
use serde::Serialize;

use super::{
    RenderContext, Sample,
    encode::{DEFAULT_LENGTH, chat_line},
    filters, post_of, samples,
};
use crate::{
    chat::{Post, PostKind},
    domain::text::visible,
};

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Maximum template size in bytes.
const MAX_TEMPLATE: u64 = 256 * 1024;
/// File extensions of templates; other files (styles, scripts, icons) are served unchanged.
const TEMPLATES: [&str; 5] = ["md", "html", "txt", "atom", "xml"];

/// A template could not be loaded or rendered.
#[derive(Debug, thiserror::Error)]
#[error("template {template}{}: {what}", line.map(|n| format!(", line {n}")).unwrap_or_default())]
pub struct RenderError {
    /// The name of the template.
    pub template: String,
    /// The line in the template.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

/// Renders templates. The shipped ones are compiled in; a folder can replace each by a file of the same name.
///
/// ```
/// use hotroom::render::{Names, Renderer, RenderContext};
///
/// let renderer = Renderer::new(None).unwrap();
/// let names = Names::from_pairs(&[("person", "ann", "Ann Lee")], "http://localhost:8080");
/// let now = "2026-11-21T14:05:00Z".parse().unwrap();
/// let scene = RenderContext::new(&names, now).calling(["ann".into()]);
/// // In an adapter: let post = renderer.post(PostKind::Page, "chat/page/page.md", &scene, &my_context);
/// let text = renderer.render_str("{{ who|person }} has {{ what }} since {{ at|ago }}", &scene,
///     serde_json::json!({"who": "ann", "what": "*it*", "at": "2026-11-21T14:00:00Z"})).unwrap();
/// assert_eq!(text, r"<@ann> has \*it\* since <t:1795269600:R>");
/// ```
#[derive(Clone, Debug)]
pub struct Renderer {
    env: Environment<'static>,
    /// All template names, each with the file that replaces it.
    sources: BTreeMap<String, Option<PathBuf>>,
}

impl Renderer {
    /// Loads the shipped templates and those of `overrides`. Fails at the first invalid template, or at a file of the
    /// folder that does not replace a shipped template.
    pub fn new(overrides: Option<&Path>) -> Result<Self, RenderError> {
        let mut renderer = Self { env: environment(), sources: BTreeMap::new() };
        for (name, text) in shipped_templates() {
            renderer.add(name, text.to_owned(), None)?;
        }
        if let Some(folder) = overrides {
            renderer.add_folder(folder)?;
        }
        Ok(renderer)
    }

    fn add(&mut self, name: String, text: String, file: Option<PathBuf>) -> Result<(), RenderError> {
        let adapted = if name.ends_with(".md") { standing_alone(&text) } else { text.clone() };
        self.env.add_template_owned(name.clone(), adapted).map_err(|error| {
            // Parse the text as it is in the file, so that the error has the right line.
            let error = self.env.add_template_owned(name.clone(), text).err().unwrap_or(error);
            RenderError {
                template: file.as_ref().map_or_else(|| name.clone(), |f| f.display().to_string()),
                line: error.line(),
                what: error.detail().unwrap_or("not well formed").to_owned(),
            }
        })?;
        self.sources.insert(name, file);
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), RenderError> {
        let wrong = |path: &Path, what: String| RenderError { template: path.display().to_string(), line: None, what };
        for path in files_under(folder, 0).map_err(|e| wrong(folder, e.to_string()))? {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if !is_template(&name) {
                continue;
            }
            if !self.sources.contains_key(&name) {
                let near = nearest(self.sources.keys(), &name);
                return Err(wrong(&path, format!("replaces no template; did you mean {near}?")));
            }
            let size = path.metadata().map_err(|e| wrong(&path, e.to_string()))?.len();
            if size > MAX_TEMPLATE {
                return Err(wrong(&path, format!("larger than {MAX_TEMPLATE} bytes")));
            }
            let text = std::fs::read_to_string(&path).map_err(|e| wrong(&path, e.to_string()))?;
            self.add(name, text, Some(path))?;
        }
        Ok(())
    }

    /// Returns the names of all templates.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// True if the template exists.
    pub fn has(&self, template: &str) -> bool {
        self.sources.contains_key(template)
    }

    /// Renders a template without a scene: console pages, mail, files. Fails with the template and line, for example
    /// for an undefined variable.
    pub fn render(&self, template: &str, context: impl Serialize) -> Result<String, RenderError> {
        let compiled = self.env.get_template(template).map_err(|e| self.error(template, &e))?;
        compiled.render(minijinja::Value::from(Serde(context))).map_err(|e| self.error(template, &e))
    }

    /// Renders a chat template with the context and `scene`.
    pub fn text(
        &self,
        template: &str,
        scene: &RenderContext<'_>,
        context: impl Serialize,
    ) -> Result<String, RenderError> {
        let compiled = self.env.get_template(template).map_err(|e| self.error(template, &e))?;
        let base = minijinja::Value::from(Serde(context));
        compiled.render(context! { scene => scene.value(), ..base }).map_err(|e| self.error(template, &e))
    }

    /// Renders a chat template given as text; for samples and tests.
    pub fn render_str(
        &self,
        source: &str,
        scene: &RenderContext<'_>,
        context: impl Serialize,
    ) -> Result<String, RenderError> {
        let base = minijinja::Value::from(Serde(context));
        let context = context! { scene => scene.value(), ..base };
        self.env.render_named_str("given.md", &standing_alone(source), context).map_err(|e| self.error("given.md", &e))
    }

    /// Renders a chat template as a message. A template that fails despite the check at start-up must not block an
    /// incident: the message names the broken template and the log has the reason.
    pub fn post(&self, kind: PostKind, template: &str, scene: &RenderContext<'_>, context: impl Serialize) -> Post {
        match self.text(template, scene, context) {
            Ok(text) => Post { mentions: scene.mentions.clone(), ..post_of(kind, &text) },
            Err(error) => {
                tracing::error!(template, %error, "a template failed");
                let text = chat_line(&format!("(template {template} failed; see the log)"), DEFAULT_LENGTH);
                Post { kind, text, mentions: scene.mentions.clone(), ..Post::default() }
            }
        }
    }

    /// Renders a sample like its template: only chat templates have `scene`.
    fn sample(&self, world: &samples::SampleWorld, sample: &Sample) -> Result<String, RenderError> {
        match sample.template.starts_with("chat/") {
            true => self.text(&sample.template, &samples::scene(world, sample), &sample.context),
            false => self.render(&sample.template, &sample.context),
        }
    }

    /// Renders every chat template with sample contexts, so that an undefined variable is found by the configuration
    /// check and not during an incident. `more` has the samples of templates that other modules render.
    pub fn check(&self, more: &[Sample]) -> Vec<RenderError> {
        let world = samples::SampleWorld::new();
        let mut errors: Vec<RenderError> = Vec::new();
        for sample in samples::all().iter().chain(more) {
            match self.sample(&world, sample) {
                Err(error) if !errors.iter().any(|e| (&e.template, e.line) == (&error.template, error.line)) => {
                    errors.push(error);
                }
                Ok(_) | Err(_) => {}
            }
        }
        errors
    }

    /// Locates the error in the included template, not at the `include`.
    fn error(&self, template: &str, error: &minijinja::Error) -> RenderError {
        let mut error = error;
        while let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<minijinja::Error>()) {
            error = cause;
        }
        let name = error.name().unwrap_or(template);
        let file = self.sources.get(name).and_then(Option::as_ref);
        let detail = error.detail().map(|d| format!(": {d}")).unwrap_or_default();
        RenderError {
            template: file.map_or_else(|| name.to_owned(), |f| f.display().to_string()),
            line: error.line(),
            what: format!("{}{detail}", error.kind()),
        }
    }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_debug(true);
    env.set_auto_escape_callback(|name| match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("md") => AutoEscape::Custom("md".into()),
        Some("html" | "atom" | "xml") => AutoEscape::Html,
        Some(_) | None => AutoEscape::Custom("text".into()),
    });
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            return Ok(());
        }
        let unsafe_text = if value.is_safe() { None } else { value.as_str() };
        let Some(text) = unsafe_text else {
            return match state.auto_escape() {
                AutoEscape::Custom(_) => write!(out, "{value}").map_err(minijinja::Error::from),
                AutoEscape::None | AutoEscape::Html | AutoEscape::Json | _ => escape_formatter(out, state, value),
            };
        };
        match state.auto_escape() {
            AutoEscape::Custom(place) if place == "md" => {
                out.write_str(&chat_line(text, DEFAULT_LENGTH)).map_err(minijinja::Error::from)
            }
            AutoEscape::Custom(_) => out.write_str(&visible(text)).map_err(minijinja::Error::from),
            AutoEscape::None | AutoEscape::Html | AutoEscape::Json | _ => {
                escape_formatter(out, state, &minijinja::Value::from(visible(text)))
            }
        }
    });
    filters::add_to(&mut env);
    env
}

/// Removes the line of a tag that stands alone on it and keeps a tag inside text unchanged. The line break moves into
/// the tag, so that errors have the right line number.
fn standing_alone(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let tag = line.trim();
        let whole = |open: &str, close: &str| {
            tag.starts_with(open) && tag.ends_with(close) && tag.matches(open).count() == 1 && line.ends_with('\n')
        };
        let close = if whole("{%", "%}") { "%}" } else { "#}" };
        if whole("{%", "%}") || whole("{#", "#}") {
            let sign = tag.len() - close.len() - usize::from(tag[..tag.len() - close.len()].ends_with(['-', '+']));
            out.push_str(&format!("{}\n{}", &tag[..sign], &tag[sign..]));
        } else {
            out.push_str(line);
        }
    }
    out
}

fn is_template(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    TEMPLATES.contains(&ending) && !name.contains("/static/")
}

fn shipped_templates() -> Vec<(String, &'static str)> {
    fn walk(dir: &'static Dir<'static>, out: &mut Vec<(String, &'static str)>) {
        for file in dir.files() {
            let name = file.path().to_string_lossy().replace('\\', "/");
            if is_template(&name)
                && let Some(text) = file.contents_utf8()
            {
                out.push((name, text));
            }
        }
        dir.dirs().for_each(|inner| walk(inner, out));
    }
    let mut out = Vec::new();
    walk(&SHIPPED, &mut out);
    out
}

fn files_under(folder: &Path, depth: usize) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && depth < 4 {
            out.extend(files_under(&path, depth + 1)?);
        } else if path.is_file() {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

fn nearest<'a>(names: impl Iterator<Item = &'a String>, name: &str) -> String {
    let best = names.max_by(|a, b| {
        let (a, b) = (strsim::normalized_levenshtein(a, name), strsim::normalized_levenshtein(b, name));
        a.total_cmp(&b)
    });
    best.cloned().unwrap_or_default()
}
