//! Markup and settings.

use super::{super::markup::from_markdown, *};

#[test]
fn markdown_becomes_textile() {
    let text = "# Title\n\n- one **bold** and *it*\n  - two `a*b*`\n1. three [docs](https://a.example/x?y=1)\n\n```\n**code**\n```\n2 * 3 * 4";
    insta::assert_snapshot!(from_markdown(RedmineMarkup::Textile, text), @r#"
    h1. Title

    * one *bold* and _it_
    ** two @a*b*@
    # three "docs":https://a.example/x?y=1

    <pre>
    **code**
    </pre>
    2 * 3 * 4
    "#);
    assert_eq!(from_markdown(RedmineMarkup::Markdown, "**x**"), "**x**");
}

#[test]
fn odd_markdown_stays_text() {
    for text in ["**", "`", "[a](b)", "[a](https://x", "*a", "#tag", "**a", "[](https://x)", "````", "1.", "ü*ö*"] {
        let _any = from_markdown(RedmineMarkup::Textile, text);
    }
    assert_eq!(from_markdown(RedmineMarkup::Textile, "[a](javascript:alert(1))"), "[a](javascript:alert(1))");
    assert_eq!(from_markdown(RedmineMarkup::Textile, "```\nopen"), "<pre>\nopen\n</pre>");
}

#[test]
fn an_identifier_is_that_of_an_address() {
    for good in ["shop", "a-b_c1"] {
        assert_eq!(check_identifier(good), Ok(()));
    }
    for bad in ["", "Shop", "a b", "a/b", "ü"] {
        assert!(check_identifier(bad).is_err(), "{bad}");
    }
}

#[test]
fn settings_show_no_secret() {
    assert!(!format!("{:?}", settings("https://redmine.example.com")).contains(KEY));
}

#[test]
fn the_set_up_names_what_is_to_be_created() {
    insta::assert_snapshot!(setup_steps(&settings("https://redmine.example.com")).join("\n"), @r#"
    1. REST API (Administration > Settings > API): enable it.
    2. Role (Administration > Roles and permissions > New role) with these permissions:
       Add issues: create issues
       Edit issues: move and assign issues
       Add notes: comment
       View watchers list: invite watchers
       Add watchers: add watchers
       Manage issue relations: link follow-ups
       In Workflow give the role every transition that hotroom is to make.
    3. Account: create one for hotroom, with that role in shop.
       Its API access key (My account > Show) is the value of [tracker.redmine] api_key.
    4. Custom field (Administration > Custom fields > Issues): format Text, "Used as a filter", for those
       projects and their trackers. Its number must be 4, the value of mark_field.
    "#);
}
