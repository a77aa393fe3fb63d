//! `[[status_mirrors]]`: status pages of other products.

use super::{mistakes_with, read};
use crate::status_mirror::StatusMirrorClient;

const SECRETS: [(&str, &str); 1] = [("KEY", "the-key-of-the-mirror")];

#[test]
fn a_mirror_has_a_product_its_access_and_a_map_of_components() {
    let text = r#"
[[status_mirrors]]
id = "statuspage"
kind = "statuspage"
token = "env:KEY"
page = "kctbh9vrtdwd"
notify = false
[status_mirrors.components]
checkout = "8kbf7d35c070"

[[status_mirrors]]
id = "cachet"
kind = "cachet"
url = "https://status.example.com/"
token = "env:KEY"
[status_mirrors.components]
checkout = 3
api = "4"
"#;
    let config = read(text, &SECRETS).expect("no mistake");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let statuspage = config.status_mirror(&"statuspage".into()).expect("read");
    let StatusMirrorClient::Statuspage(settings) = &statuspage.client else { panic!("{statuspage:?}") };
    assert_eq!((settings.url.as_str(), settings.page.as_str()), ("https://api.statuspage.io/v1", "kctbh9vrtdwd"));
    assert!(!statuspage.notify);
    let cachet = config.status_mirror(&"cachet".into()).expect("read");
    let StatusMirrorClient::Cachet(settings) = &cachet.client else { panic!("{cachet:?}") };
    assert_eq!((settings.url.as_str(), cachet.notify), ("https://status.example.com", true));
    assert_eq!(cachet.components.values().map(String::as_str).collect::<Vec<_>>(), ["4", "3"]);
    assert!(!format!("{config:?}").contains("the-key"), "a secret is never shown");
}

#[test]
fn what_is_wrong_with_a_mirror_is_said() {
    let said = mistakes_with(
        r#"
[[status_mirrors]]
id = "one"
kind = "statuspag"
token = "env:KEY"
private = true

[[status_mirrors]]
id = "ONE"
kind = "statuspage"
token = "env:KEY"
[status_mirrors.components]
chekout = "8kbf7d35c070"
api = "../x"

[[status_mirrors]]
id = "three"
kind = "cachet"
page = "kctbh9vrtdwd"
"#
        .trim_start(),
        &SECRETS,
    );
    insta::assert_snapshot!(said);
}
