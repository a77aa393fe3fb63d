//! `hotroom check` of mail servers.

use super::*;
use crate::fake_http::RefusingPort;

/// A server that is not there; that a login works is tested with the client of mail.
#[test]
fn check_says_which_mail_server_cannot_be_used() {
    let home = home("");
    let path = home.file("bot.toml");
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let (smtp, imap) = runtime.block_on(async { (RefusingPort::open(), RefusingPort::open()) });
    let settings = format!(
        "[mail]\nserver = \"{}\"\nfrom = \"hotroom@example.com\"\n[mail.bounces]\naddress = \"bounces@example.com\"\n\
         server = \"{}\"\nuser = \"bounces\"\npassword = \"env:SECRET\"\n",
        smtp.address(),
        imap.address()
    );
    write(&path, &settings);
    let env = vec![("SECRET".to_owned(), "a-secret".to_owned())];
    let report = check(Some(&path), env, false, now());
    assert_eq!(report.exit, Exit::Failed);
    for server in
        [format!("[mail] {}: cannot connect to", smtp.address()), format!("[mail.bounces] {}: cannot", imap.address())]
    {
        assert!(report.lines.iter().any(|line| line.contains(&server)), "{:?}", report.lines);
    }
    assert!(!report.text().contains("a-secret"));
}

#[test]
fn check_says_where_reports_from_users_come_in_and_what_is_missing() {
    let home = home("");
    let path = home.file("bot.toml");
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let imap = runtime.block_on(async { RefusingPort::open() });
    let mailbox =
        format!("[reports.mail]\nserver = \"{}\"\nuser = \"report\"\npassword = \"env:SECRET\"\n", imap.address());
    write(&path, &mailbox);
    let report = check(Some(&path), vec![("SECRET".to_owned(), "a-secret".to_owned())], false, now());
    assert_eq!(report.exit, Exit::Failed);
    let refused = format!("[reports.mail] {}: cannot", imap.address());
    for part in ["reports from users are triaged in triage", "reporters are not informed", refused.as_str()] {
        assert!(report.lines.iter().any(|line| line.contains(part)), "{part}: {:?}", report.lines);
    }
    assert!(!report.text().contains("a-secret"));

    write(&path, "[reports]\nform = \"signed_in\"\n");
    let signed_in = check(Some(&path), Vec::new(), false, now());
    assert_eq!(signed_in.exit, Exit::Good, "{:?}", signed_in.lines);
    assert!(signed_in.text().contains("people of the console can report at http://127.0.0.1:8080/report-incident"));
}

#[test]
fn check_warns_when_no_phone_can_open_the_links_in_messages() {
    let home = home("");
    let path = home.file("bot.toml");
    let gateway = "[[contact_gateways]]\nid = \"sms\"\nurl = \"https://sms.example.com/?to={{digits}}&text={{text}}\"\nmethod = \"GET\"\n";
    let warns = |settings: &str| {
        write(&path, settings);
        let env = vec![("API_TOKEN".to_owned(), "a-token-of-sixteen-letters".to_owned())];
        let report = check(Some(&path), env, false, now());
        assert_eq!(report.exit, Exit::Good, "{:?}", report.lines);
        report.lines.iter().any(|line| line.contains("cannot be opened on a phone"))
    };
    assert!(warns(gateway));
    let public = "[server]\npublic_url = \"https://hot.example.com\"\napi_token = \"env:API_TOKEN\"\n";
    assert!(!warns(&format!("{public}{gateway}")));
    assert!(!warns(""), "without contact methods there are no links");
}
