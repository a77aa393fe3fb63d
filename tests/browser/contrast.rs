//! The colours of `app.css`, computed without a browser.

use std::collections::BTreeMap;

const CSS: &str = include_str!("../../templates/web/static/app.css");

type Palette = BTreeMap<String, [f64; 3]>;

/// The colours that stand in the rule which begins with `selector`.
fn palette(selector: &str) -> Palette {
    let (_, rest) = CSS.split_once(&format!("{selector} {{")).unwrap_or_else(|| panic!("no rule {selector}"));
    let (body, _) = rest.split_once('}').expect("the rule ends");
    let colour = |declaration: &str| {
        let (name, value) = declaration.trim().strip_prefix("--")?.split_once(':')?;
        let hex = value.trim().strip_prefix('#').filter(|hex| hex.len() == 6)?;
        let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok().map(|v| f64::from(v) / 255.0);
        Some((name.to_owned(), [part(0)?, part(2)?, part(4)?]))
    };
    body.split(';').filter_map(colour).collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let line = |v: f64| if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    0.2126 * line(colour[0]) + 0.7152 * line(colour[1]) + 0.0722 * line(colour[2])
}

fn ratio(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Which colour is written on which, and what that needs.
const PAIRS: [(&[&str], &[&str], f64); 9] = [
    (&["text", "quiet", "accent-text"], &["page", "raised", "sunken"], 4.5),
    (&["critical", "warning", "good", "info"], &["page", "raised"], 4.5),
    (&["critical", "text"], &["critical-soft"], 4.5),
    (&["warning", "text", "quiet", "accent-text"], &["warning-soft"], 4.5),
    (&["good", "text"], &["good-soft"], 4.5),
    (&["info", "text"], &["info-soft"], 4.5),
    (&["accent-text", "text", "quiet"], &["accent-soft"], 4.5),
    (&["on-accent"], &["accent", "accent-hover"], 4.5),
    (&["line-strong"], &["page", "raised"], 3.0),
];

#[test]
fn every_text_stands_out_from_its_ground_in_both_themes() {
    let mut wrong = Vec::new();
    for theme in [":root", ":root[data-theme=\"dark\"]"] {
        let colours = palette(theme);
        let of = |name: &str| *colours.get(name).unwrap_or_else(|| panic!("{theme} has no --{name}"));
        for (texts, grounds, needs) in PAIRS {
            for (text, ground) in texts.iter().flat_map(|t| grounds.iter().map(move |g| (t, g))) {
                let got = ratio(of(text), of(ground));
                if got < needs {
                    wrong.push(format!("{theme}: --{text} on --{ground} is {got:.2}, needs {needs}"));
                }
            }
        }
        let button = ratio(of("on-danger"), of("danger"));
        assert!(button >= 4.5, "{theme}: a dangerous button's words have {button:.2}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_dark_theme_of_the_system_is_the_chosen_one() {
    assert_eq!(palette("  :root:not([data-theme])"), palette(":root[data-theme=\"dark\"]"));
}
