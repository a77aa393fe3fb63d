//! `[documents.confluence]` and `[documents.wiki]`.

use super::{mistakes_with, read};
use crate::{
    domain::review::WikiKind,
    wiki::{WikiClient, confluence::ConfluenceEdition},
};

const SECRETS: [(&str, &str); 2] = [("KEY", "the-key-of-the-wiki"), ("AUTH", "Bearer the-key-of-the-wiki")];

#[test]
fn a_wiki_has_an_address_its_access_and_a_place() {
    let text = r#"
[documents.confluence]
url = "https://wiki.example.com/confluence"
edition = "data_center"
token = "env:KEY"
space = "OPS"
parent = 1001
labels = ["postmortem", "sev-1"]
private = true
[documents.wiki]
url = "https://pages.example.com/{{key}}"
body = '{"text": "{{markdown}}"}'
authorization = "env:AUTH"
headers = ["X-Wiki: 1"]
"#;
    let config = read(text, &SECRETS).expect("no mistake");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let confluence = config.documents.wiki(WikiKind::Confluence).expect("read");
    let WikiClient::Confluence(settings) = &confluence.client else { panic!("{confluence:?}") };
    assert_eq!((settings.edition, settings.parent.as_deref()), (ConfluenceEdition::DataCenter, Some("1001")));
    assert!(confluence.private && settings.labels.len() == 2);
    let wiki = config.documents.wiki(WikiKind::Template).expect("read");
    assert!(!wiki.private && matches!(&wiki.client, WikiClient::Template(template) if template.method == "PUT"));
    assert!(!format!("{config:?}").contains("the-key"), "a secret is never shown");
}

#[test]
fn what_is_wrong_with_a_wiki_is_said() {
    let said = mistakes_with(
        r#"
[documents.confluence]
url = "https://acme.atlassian.net"
token = "env:KEY"
space = "OPS/1"
parent = "OPS"
labels = ["Post mortem"]
[documents.wiki]
url = "https://pages.example.com/pages"
body = '{"text": "{{text}}"}'
authorization = "env:KEY"
headers = ["Host: x", "nonsense"]
"#
        .trim_start(),
        &SECRETS,
    );
    for part in [
        "must end with /wiki for Confluence Cloud",
        "is no key of a space",
        "is no id of a page",
        "is no label",
        "has no {{key}}",
        "\"text\" is no placeholder",
        "must be the whole header",
        "entry 1: host is set by hotroom itself",
        "entry 2: is no header",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = mistakes_with(
        "[documents.confluence]\nurl = \"https://wiki.example.com\"\nedition = \"data_center\"\nemail = \"a@b.c\"\n\
         token = \"env:KEY\"\nspace = \"OPS\"\n",
        &SECRETS,
    );
    assert!(said.contains("belongs to Confluence Cloud"), "{said}");
}
